package jupyter

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"cliplab/kernel/wire"
	"cliplab/kernel/zmtp"
)

// registrationTimeout is how long a front end may take to answer the handshake.
const registrationTimeout = 10 * time.Second

// register tells the front end the ports that the kernel has picked (JEP 66): a
// handshake_request on the registration port, answered by a handshake_reply.
func (k *Kernel) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registrationTimeout)
	defer cancel()
	c := k.opt.Connection
	s, err := zmtp.Dial(ctx, zmtp.Req, c.Address(c.RegistrationPort), zmtp.Options{})
	if err != nil {
		return fmt.Errorf("jupyter: registration: %w", err)
	}
	defer s.Close()
	content := map[string]any{}
	for _, p := range c.Ports() {
		content[p.Name+"_port"] = *p.Port
	}
	frames, err := k.codec.Encode(wire.Outgoing{Type: "handshake_request", Content: content})
	if err != nil {
		return err
	}
	if err := s.Send(frames); err != nil {
		return fmt.Errorf("jupyter: registration: %w", err)
	}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	answer, err := s.Recv()
	if err != nil {
		return fmt.Errorf("jupyter: no answer to the registration at port %d: %w",
			c.RegistrationPort, err)
	}
	m, err := k.codec.Decode(answer)
	if err != nil {
		return err
	}
	var reply struct {
		Status string `json:"status"`
	}
	if err := m.Decode(&reply); err != nil || reply.Status != "ok" {
		return fmt.Errorf("%w: %s", errRegistration, m.Content)
	}
	return nil
}

// portOf is the port of an address that a socket listens on.
func portOf(address string) int {
	_, port, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp://"))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(port)
	return n
}
