package jupyter

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"cliplab/kernel/capture"
	"cliplab/kernel/comm"
	"cliplab/kernel/history"
	"cliplab/kernel/magic"
	"cliplab/kernel/wire"
)

// Options are what a kernel is made of.
type Options struct {
	Connection *wire.Connection
	Cells      *magic.Interpreter // what runs the cells
	History    *history.Store     // of inputs; may be nil
	Comms      *comm.Manager      // may be nil
	Version    string             // of the implementation
	Log        io.Writer          // one line for each thing that went wrong; may be nil

	// ConnectionFile is written for further clients where the kernel picks its own ports.
	ConnectionFile string
}

// Kernel is a running kernel.
type Kernel struct {
	opt       Options
	codec     *wire.Codec
	log       *logger
	pub       *publisher
	shell     *channel
	control   *channel
	stdin     *channel
	heartbeat socket
	questions questions
	cells     *cells
	rest      rest
	capture   *capture.Capture

	mu        sync.Mutex
	shells    map[string]*shell // by subshell id; "" is the main shell
	subshells int
	stop      context.CancelFunc
}

// socket is what the kernel needs of a zmtp.Socket.
type socket interface {
	Recv() ([][]byte, error)
	Send(frames [][]byte) error
	Close() error
}

// broadcaster is a socket that one can wait for.
type broadcaster interface {
	socket
	Settle(below int64, patience time.Duration)
}

// channel is a socket from which requests come and to which their replies go.
type channel struct {
	name   string
	socket socket
}

// receive decodes what arrives on a channel and hands it on, until the socket is closed.
func (k *Kernel) receive(c *channel, take func(*wire.Message)) {
	for {
		frames, err := c.socket.Recv()
		if err != nil {
			return
		}
		m, err := k.codec.Decode(frames)
		if err != nil {
			k.log.printf("%s: message dropped: %v", c.name, err)
			continue
		}
		take(m)
	}
}

// toShell puts a request into the queue of its subshell.
func (k *Kernel) toShell(m *wire.Message) {
	r := &request{Message: m, channel: k.shell, arrived: time.Now()}
	k.mu.Lock()
	s := k.shells[m.Header.Subshell]
	k.mu.Unlock()
	if s == nil {
		k.framed(r, func() {
			k.reply(r, failed("SubshellError", fmt.Sprintf("there is no subshell %q",
				m.Header.Subshell)), nil)
		})
		return
	}
	s.put(r)
}

// framed says busy before and idle after, as for every request.
func (k *Kernel) framed(r *request, f func()) {
	k.pub.status("busy", r.RawHeader)
	defer k.pub.status("idle", r.RawHeader)
	f()
}

// handle answers one request. A fault of the kernel's own is an error reply, not its end.
func (k *Kernel) handle(r *request) {
	if r.channel != k.control {
		defer k.rest.begin()()
	}
	if r.shell != nil {
		defer r.shell.take()()
	}
	k.framed(r, func() {
		defer func() {
			if p := recover(); p != nil {
				k.log.printf("internal error on %s: %v\n%s", r.Header.Type, p, debug.Stack())
				k.reply(r, failed("InternalError", fmt.Sprint(p)), nil)
			}
		}()
		answer := handlers[r.Header.Type]
		switch {
		case answer != nil:
			answer(k, r)
		case strings.HasSuffix(r.Header.Type, "_request"):
			k.reply(r, failed("UnknownRequest", fmt.Sprintf("%s is not known to protocol %s",
				r.Header.Type, wire.Version)), nil)
		default:
			k.log.printf("%s: message of unknown type %.40q ignored", r.channel.name,
				r.Header.Type)
		}
	})
}

// reply answers a request on the channel that it came from.
func (k *Kernel) reply(r *request, content, metadata any) {
	kind := strings.TrimSuffix(r.Header.Type, "_request") + "_reply"
	frames, err := k.codec.Encode(wire.Outgoing{
		Identities: r.Identities, Type: kind, Parent: r.RawHeader, Content: content,
		Metadata: metadata,
	})
	if err != nil {
		k.log.printf("%v", err)
		return
	}
	if err := r.channel.socket.Send(frames); err != nil {
		k.log.printf("%s: %v", r.channel.name, err)
	}
}

// failure is the content of a reply that says no.
type failure struct {
	Status    string   `json:"status"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

func failed(name, value string) failure {
	return failure{"error", name, value, []string{name + ": " + value}}
}

// logger writes a line for each thing that went wrong, at most a few a second.
type logger struct {
	mu     sync.Mutex
	w      io.Writer
	second int64
	count  int
}

func (l *logger) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w == nil {
		return
	}
	if now := time.Now().Unix(); now != l.second {
		l.second, l.count = now, 0
	}
	if l.count++; l.count > 20 {
		return
	}
	fmt.Fprintf(l.w, "cliplab kernel: "+format+"\n", args...)
}
