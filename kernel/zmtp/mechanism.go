package zmtp

import (
	"bytes"
	"fmt"
	"io"
)

// A mechanism secures one connection: first it shakes hands, then it wraps every frame.
type mechanism interface {
	// greeting names the mechanism and the role.
	greeting() greeting
	// handshake trades properties with the peer.
	handshake(l *link, mine []byte) (theirs metadata, err error)
	// seal adds a frame to the batch that goes out.
	seal(out *batch, flags byte, body []byte)
	// open returns the frame that was sealed by the peer.
	open(flags byte, body []byte) (byte, []byte, error)
}

// link carries the commands of a handshake.
type link struct {
	io.Writer
	frames frameReader
}

// maxHandshake bounds one command of a handshake: a stranger gets no more memory.
const maxHandshake = 8 << 10

func newLink(rw io.ReadWriter) *link {
	return &link{Writer: rw, frames: frameReader{r: rw}}
}

// read returns the data of the next command, which has to be the named one.
func (l *link) read(want string) ([]byte, error) {
	flags, body, err := l.frames.next(maxHandshake)
	if err != nil {
		return nil, err
	}
	if flags != flagCommand {
		return nil, fmt.Errorf("zmtp: a message came instead of the command %s", want)
	}
	name, data, err := splitCommand(body)
	switch {
	case err != nil:
		return nil, err
	case name == "ERROR":
		return nil, refusal(data)
	case name != want:
		return nil, fmt.Errorf("zmtp: command %q came instead of %s", name, want)
	}
	return data, nil
}

// write sends the command whose data are the joined parts.
func (l *link) write(name string, parts ...[]byte) error {
	body := append(appendName(nil, name), bytes.Join(parts, nil)...)
	_, err := l.Write(append(appendHead(nil, flagCommand, len(body)), body...))
	return err
}

// null is the mechanism of RFC 25: both sides say READY, frames go as they are.
type null struct{}

func (null) greeting() greeting { return greeting{mechanism: "NULL"} }

func (null) handshake(l *link, mine []byte) (metadata, error) {
	if err := l.write("READY", mine); err != nil {
		return nil, err
	}
	data, err := l.read("READY")
	if err != nil {
		return nil, err
	}
	return parseMetadata(data)
}

func (null) seal(out *batch, flags byte, body []byte) {
	out.head(flags, len(body))
	out.add(body)
}

func (null) open(flags byte, body []byte) (byte, []byte, error) { return flags, body, nil }
