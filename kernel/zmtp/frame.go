package zmtp

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The flags of a frame.
const (
	flagMore    = 1 // another frame of the message follows
	flagLong    = 2 // the length has eight octets
	flagCommand = 4
)

// frameReader reads frames (RFC 23, "Framing"): flags, then a length of one octet or
// eight, then the body.
type frameReader struct {
	r    io.Reader
	head [9]byte
}

// next reads one frame whose body has at most limit bytes.
func (f *frameReader) next(limit int64) (flags byte, body []byte, err error) {
	if _, err = io.ReadFull(f.r, f.head[:2]); err != nil {
		return 0, nil, err
	}
	flags = f.head[0]
	if flags > 7 || flags&(flagMore|flagCommand) == flagMore|flagCommand {
		return 0, nil, fmt.Errorf("zmtp: frame with flags %#02x", flags)
	}
	size := uint64(f.head[1])
	if flags&flagLong != 0 {
		if _, err = io.ReadFull(f.r, f.head[2:]); err != nil {
			return 0, nil, unexpected(err)
		}
		size = binary.BigEndian.Uint64(f.head[1:])
	}
	if size > uint64(max(limit, 0)) {
		return 0, nil, fmt.Errorf("zmtp: frame of %d bytes, over the limit of %d", size, limit)
	}
	body, err = readBody(f.r, int(size))
	return flags &^ flagLong, body, unexpected(err)
}

// believed is how many bytes are allocated on the word of a peer. Beyond it the buffer
// grows to eight times of what has come, so that 50 MB are copied less than once.
const believed = 256 << 10

func readBody(r io.Reader, size int) ([]byte, error) {
	body := make([]byte, min(size, believed))
	for have := 0; ; {
		n, err := io.ReadFull(r, body[have:])
		have += n
		if err != nil || have == size {
			return body[:have], err
		}
		grown := make([]byte, min(size, 8*have))
		copy(grown, body)
		body = grown
	}
}

// unexpected turns an end of file within a frame into an error of its own.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendHead appends the flags and the length of a frame.
func appendHead(b []byte, flags byte, size int) []byte {
	if size < 256 {
		return append(b, flags, byte(size))
	}
	return binary.BigEndian.AppendUint64(append(b, flags|flagLong), uint64(size))
}
