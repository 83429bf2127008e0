package jupyter

import (
	"encoding/json"
	"time"

	"cliplab/kernel/wire"
)

// publisher sends to all front ends on iopub. Its methods are safe for concurrent use.
type publisher struct {
	socket broadcaster
	codec  *wire.Codec
	log    *logger
}

// send publishes one message that answers the request with header parent.
func (p *publisher) send(kind string, parent json.RawMessage, content, metadata any,
	buffers ...[]byte) {
	topic := []byte("kernel." + p.codec.Session() + "." + kind)
	frames, err := p.codec.Encode(wire.Outgoing{
		Identities: [][]byte{topic}, Type: kind, Parent: parent, Content: content,
		Metadata: metadata, Buffers: buffers,
	})
	if err != nil { // a value of the user's that JSON cannot hold
		p.log.printf("%v", err)
		return
	}
	if err := p.socket.Send(frames); err != nil {
		p.log.printf("iopub: %v", err)
	}
}

// status says what the kernel does: starting, busy or idle.
func (p *publisher) status(state string, parent json.RawMessage) {
	p.send("status", parent, map[string]string{"execution_state": state}, nil)
}

// welcome is what a new subscriber hears first, so that it knows that it will miss nothing.
func (p *publisher) welcome(topic []byte) [][]byte {
	frames, err := p.codec.Encode(wire.Outgoing{
		Identities: [][]byte{topic}, Type: "iopub_welcome",
		Content: map[string]string{"subscription": string(topic)},
	})
	if err != nil {
		return nil
	}
	return frames
}

// Bounds of what a front end may be behind, and of how long one is waited for that reads nothing.
const (
	behind = 16 << 20 // bytes
	stall  = time.Second
)

// settle lets front ends that read catch up, before more is printed.
func (p *publisher) settle() { p.socket.Settle(behind, stall) }
