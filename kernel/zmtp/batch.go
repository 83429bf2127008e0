package zmtp

import (
	"io"
	"net"
)

// batch gathers frames so that one system call writes many of them. Small ones are copied
// together, large ones referred to.
type batch struct {
	small   []byte      // what was copied since the last cut
	buffers net.Buffers // what goes before it
	size    int
}

const (
	largeFrame = 8 << 10   // referred to, not copied
	fullBatch  = 256 << 10 // worth a system call
)

func (b *batch) head(flags byte, size int) {
	b.extend(func(small []byte) []byte { return appendHead(small, flags, size) })
}

func (b *batch) add(body []byte) {
	b.size += len(body)
	if len(body) < largeFrame {
		b.small = append(b.small, body...)
		return
	}
	b.cut()
	b.buffers = append(b.buffers, body)
}

// extend lets a function append to the small frames.
func (b *batch) extend(appendTo func([]byte) []byte) {
	before := len(b.small)
	b.small = appendTo(b.small)
	b.size += len(b.small) - before
}

// cut moves the small frames to the buffers; their array is used on from there.
func (b *batch) cut() {
	if len(b.small) > 0 {
		b.buffers = append(b.buffers, b.small)
		b.small = b.small[len(b.small):]
	}
}

func (b *batch) full() bool { return b.size >= fullBatch }

// flush writes the batch and empties it.
func (b *batch) flush(w io.Writer) error {
	var err error
	if len(b.buffers) == 0 {
		_, err = w.Write(b.small)
		b.small = b.small[:0]
		if cap(b.small) > 2*fullBatch {
			b.small = nil
		}
	} else {
		b.cut()
		rest := b.buffers
		_, err = rest.WriteTo(w)
		clear(b.buffers)
		b.buffers, b.small = b.buffers[:0], nil
	}
	b.size = 0
	return err
}
