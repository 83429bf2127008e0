package zmtp

import (
	"io"
	"net"
	"slices"
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
	onePiece   = 1 << 20   // written before progress is told
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
	b.refer(body)
}

// extend lets a function append to the small frames.
func (b *batch) extend(appendTo func([]byte) []byte) {
	before := len(b.small)
	b.small = appendTo(b.small)
	b.size += len(b.small) - before
}

// cut moves the small frames to the buffers; their array is used on from there.
func (b *batch) cut() {
	b.refer(b.small)
	b.small = b.small[len(b.small):]
}

func (b *batch) refer(body []byte) {
	for piece := range slices.Chunk(body, onePiece) {
		b.buffers = append(b.buffers, piece)
	}
}

func (b *batch) full() bool { return b.size >= fullBatch }

// flush writes the batch and empties it. It tells of progress after each piece, so that who
// reads a long frame slowly is not taken for one who does not read.
func (b *batch) flush(w io.Writer, progress func()) error {
	defer b.reset()
	if len(b.buffers) == 0 && len(b.small) <= onePiece {
		_, err := w.Write(b.small)
		return err
	}
	b.cut()
	for rest := b.buffers; len(rest) > 0; progress() {
		n, size := 0, 0
		for n < len(rest) && size < onePiece {
			size += len(rest[n])
			n++
		}
		group := rest[:n]
		rest = rest[n:]
		if _, err := group.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) reset() {
	clear(b.buffers)
	if len(b.buffers) > 0 || cap(b.small) > 2*fullBatch {
		b.small = nil
	}
	b.buffers, b.small, b.size = b.buffers[:0], b.small[:0], 0
}
