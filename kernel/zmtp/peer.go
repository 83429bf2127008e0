package zmtp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
)

// peer is one connection after its handshake. Its reader and its writer are goroutines.
type peer struct {
	conn     net.Conn
	mech     mechanism
	minor    byte   // of the ZMTP 3 that both speak
	identity []byte // empty if the peer leaves it to us
	out      outbox
	in       *lane         // nil where nothing is received
	topics   subscriptions // at an XPub
	lost     int           // messages that it was too slow for, in a row
}

func (p *peer) String() string {
	if addr, ok := p.conn.RemoteAddr().(*net.TCPAddr); ok {
		return addr.String()
	}
	return "a local process" // on ipc nobody has an address
}

// drop closes the connection; reader and writer then end.
func (p *peer) drop() { p.conn.Close() }

// overhead is what a mechanism may add to the body of a frame.
const overhead = 64

// read hands the messages and commands of the peer to the pattern until the connection ends.
func (p *peer) read(to pattern, limit int64) error {
	frames := frameReader{r: bufio.NewReaderSize(p.conn, 16<<10)}
	var message [][]byte
	size := int64(0)
	for {
		flags, body, err := frames.next(limit - size + overhead)
		if err != nil {
			return err
		}
		if flags, body, err = p.mech.open(flags, body); err != nil {
			return err
		}
		if flags&flagCommand != 0 {
			if err := p.command(to, body); err != nil {
				return err
			}
			continue
		}
		size += int64(len(body))
		message = append(message, body)
		if size > limit || len(message) > maxFrames {
			return fmt.Errorf("zmtp: message of %d frames and %d bytes; the limits are %d and %d",
				len(message), size, maxFrames, limit)
		}
		if flags&flagMore == 0 {
			if err := to.deliver(p, message); err != nil {
				return err
			}
			message, size = nil, 0
		}
	}
}

// command obeys a command in the traffic (RFC 37, "Commands"); unknown ones are passed over.
func (p *peer) command(to pattern, body []byte) error {
	name, data, err := splitCommand(body)
	if err != nil {
		return err
	}
	switch name {
	case "PING": // two octets of time to live, then a context that comes back
		if len(data) < 2 || len(data) > 2+16 {
			return fmt.Errorf("zmtp: PING with %d bytes", len(data))
		}
		pong := append(appendName(nil, "PONG"), data[2:]...)
		p.out.put(parcel{frames: [][]byte{pong}, command: true})
	case "SUBSCRIBE":
		return to.subscribe(p, data, true)
	case "CANCEL":
		return to.subscribe(p, data, false)
	case "ERROR":
		return refusal(data)
	}
	return nil
}

// write sends what is put into the outbox, many parcels at once if they are there.
func (p *peer) write() error {
	var out batch
	var parcels []parcel
	for {
		if cap(parcels) > 4096 {
			parcels = nil
		}
		if parcels = p.out.take(parcels); len(parcels) == 0 {
			return nil
		}
		sealed := int64(0)
		for i := range parcels {
			p.seal(&out, parcels[i])
			sealed += weight(parcels[i].frames)
			parcels[i] = parcel{} // what was written can be collected
			if !out.full() && i < len(parcels)-1 {
				continue
			}
			if err := out.flush(p.conn, p.out.progress); err != nil {
				return err
			}
			p.out.written(sealed)
			sealed = 0
		}
	}
}

func (p *peer) seal(out *batch, item parcel) {
	if item.command {
		p.mech.seal(out, flagCommand, item.frames[0])
		return
	}
	last := len(item.frames) - 1
	for i, frame := range item.frames {
		flags := byte(flagMore)
		if i == last {
			flags = 0
		}
		p.mech.seal(out, flags, frame)
	}
}

// shake makes a peer of a fresh connection. All of it has to happen within the deadline
// that the caller sets.
func shake(conn net.Conn, k Kind, o Options) (*peer, error) {
	mech := o.mechanism(k.listens())
	mine := mech.greeting()
	if _, err := conn.Write(mine.bytes()); err != nil {
		return nil, err
	}
	theirs, err := readGreeting(conn)
	if err != nil {
		return nil, err
	}
	if theirs.mechanism != mine.mechanism {
		return nil, fmt.Errorf("zmtp: the peer asks for %s, this socket for %s",
			clip(theirs.mechanism), mine.mechanism)
	}
	properties, err := mech.handshake(newLink(conn), properties(k, o.Identity))
	if err != nil {
		return nil, err
	}
	if kind := properties["socket-type"]; !k.fits(kind) {
		return nil, fmt.Errorf("zmtp: a %s socket is no peer of a %s socket", clip(kind), k)
	}
	identity := properties["identity"]
	if len(identity) > 255 {
		return nil, fmt.Errorf("zmtp: identity of %d bytes, over 255", len(identity))
	}
	p := &peer{conn: conn, mech: mech, minor: min(theirs.minor, 1), identity: []byte(identity)}
	p.out.init(o.Queue)
	return p, nil
}

// clip makes a stranger's word fit for a log.
func clip(word string) string {
	if len(word) > 20 {
		word = word[:20] + "…"
	}
	return fmt.Sprintf("%q", word)
}

// ended says that a connection came to its end as connections do.
func ended(err error) bool {
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || reset(err)
}
