package jupyter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"cliplab/kernel/capture"
	"cliplab/kernel/wire"
	"cliplab/kernel/zmtp"
)

// Serve runs a kernel until a front end shuts it down, its parent dies, or ctx is done. Only
// one can run in a process. The error says which channel cannot be opened.
func Serve(ctx context.Context, opt Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	k := &Kernel{
		opt: opt, log: &logger{w: opt.Log}, shells: map[string]*shell{}, stop: stop,
		questions: questions{pending: map[string]chan string{}}, cells: &cells{},
	}
	var err error
	if k.codec, err = wire.NewCodec(opt.Connection.SignatureScheme, opt.Connection.Key); err != nil {
		return err
	}
	if err := k.open(); err != nil {
		return err
	}
	defer endChildren()
	if opt.Connection.Key == "" {
		k.log.printf("the key is empty: messages are not signed, anyone here can run code")
	}
	defer k.close()
	if k.capture, err = capture.Start(); err != nil {
		return err
	}
	defer k.capture.Stop()
	if opt.Comms != nil {
		opt.Comms.Connect(k.sendComm)
	}
	k.shells[""] = newShell(k, "")
	k.receiveAll()
	k.pub.status("starting", nil)
	watchParent(ctx, stop)
	k.watchSignals(ctx)
	if opt.Connection.RegistrationPort != 0 {
		if err := k.register(ctx); err != nil {
			return err
		}
		if opt.ConnectionFile != "" {
			if err := opt.Connection.Write(opt.ConnectionFile); err != nil {
				return fmt.Errorf("jupyter: connection file for further clients: %w", err)
			}
			defer os.Remove(opt.ConnectionFile)
		}
	}
	<-ctx.Done()
	return nil
}

// open opens the five sockets; where the connection has no ports yet, it picks them.
func (k *Kernel) open() error {
	c := k.opt.Connection
	options := zmtp.Options{Log: func(line string) { k.log.printf("%s", line) }}
	if c.CurvePublicKey != "" {
		keys, err := zmtp.ParseCurve(c.CurvePublicKey, c.CurveSecretKey)
		if err != nil {
			return fmt.Errorf("jupyter: CURVE keys of the connection: %w", err)
		}
		options.Curve = keys
	}
	k.pub = &publisher{codec: k.codec, log: k.log}
	public := options
	public.Welcome = k.pub.welcome
	k.shell, k.control = &channel{name: "shell"}, &channel{name: "control"}
	k.stdin = &channel{name: "stdin"}
	for _, part := range []struct {
		name    string
		kind    zmtp.Kind
		port    *int
		options zmtp.Options
		take    func(*zmtp.Socket)
	}{
		{"heartbeat", zmtp.Rep, &c.HBPort, options,
			func(s *zmtp.Socket) { k.heartbeat = s }},
		{"iopub", zmtp.XPub, &c.IOPubPort, public,
			func(s *zmtp.Socket) { k.pub.socket = s }},
		{"control", zmtp.Router, &c.ControlPort, options,
			func(s *zmtp.Socket) { k.control.socket = s }},
		{"stdin", zmtp.Router, &c.StdinPort, options,
			func(s *zmtp.Socket) { k.stdin.socket = s }},
		{"shell", zmtp.Router, &c.ShellPort, options,
			func(s *zmtp.Socket) { k.shell.socket = s }},
	} {
		s, err := zmtp.Listen(part.kind, c.Address(*part.port), part.options)
		if err != nil {
			k.close()
			return fmt.Errorf("jupyter: cannot open the %s channel: %w", part.name, err)
		}
		part.take(s)
		if *part.port == 0 {
			*part.port = portOf(s.Addr())
		}
	}
	return nil
}

// close ends the cells, lets the last messages leave, and closes the sockets.
func (k *Kernel) close() {
	for _, s := range k.allShells() {
		s.close()
	}
	if k.opt.History != nil {
		k.opt.History.Close()
	}
	var closing sync.WaitGroup
	for _, s := range []socket{k.control.socket, k.shell.socket, k.pub.socket, k.stdin.socket,
		k.heartbeat} {
		if s != nil {
			closing.Go(func() { s.Close() })
		}
	}
	closing.Wait()
}

func (k *Kernel) receiveAll() {
	go k.receive(k.shell, k.toShell)
	go k.receive(k.control, k.atOnce)
	go k.receive(k.stdin, k.answer)
	go func() {
		for {
			beat, err := k.heartbeat.Recv()
			if err != nil || k.heartbeat.Send(beat) != nil {
				return
			}
		}
	}()
}

// watchSignals lets SIGINT interrupt the cells, and SIGTERM and SIGHUP end the kernel.
func (k *Kernel) watchSignals(ctx context.Context) {
	interrupts, ends := make(chan os.Signal, 8), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-interrupts:
				k.Interrupt()
			case <-ends:
				k.stop()
			case <-ctx.Done():
				signal.Stop(interrupts)
				signal.Stop(ends)
				return
			}
		}
	}()
}

// parentInterval is how often the parent is looked at.
const parentInterval = 500 * time.Millisecond

// watchParent ends the kernel when the process that started it is gone. Jupyter names that
// process, since the parent of a kernel in a container may rightly be process 1.
func watchParent(ctx context.Context, stop func()) {
	var parent int
	if _, err := fmt.Sscan(os.Getenv("JPY_PARENT_PID"), &parent); err != nil || parent <= 0 {
		return
	}
	gone := parentGone(parent)
	if gone == nil {
		return
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(parentInterval):
			}
			if gone() {
				stop()
				return
			}
		}
	}()
}

// errRegistration is returned when a front end does not take the ports that the kernel picked.
var errRegistration = errors.New("jupyter: the front end refused the registration")
