package driver

import "time"

const (
	nonBlocking    = 1 // streams that do not wait for the default stream
	captureRelaxed = 2 // calls of a capture may come from several threads
)

// Stream is a queue of work of a device: what is put into it runs in order.
type Stream struct {
	context *Context
	handle  Handle
}

// Stream makes a queue.
func (c *Context) Stream() (*Stream, error) {
	s := &Stream{context: c}
	err := c.call(func(api API) Result { return api.StreamCreate(&s.handle, nonBlocking) },
		"StreamCreate", "")
	if err != nil {
		return nil, err
	}
	c.count("stream", 1)
	return s, nil
}

// Handle is the driver's own, for libraries that take one.
func (s *Stream) Handle() Handle { return s.handle }

// Close gives the stream back once its work is done.
func (s *Stream) Close() error {
	if s == nil || s.handle == 0 {
		return nil
	}
	err := s.context.call(func(api API) Result { return api.StreamDestroy(s.handle) },
		"StreamDestroy", "")
	if err == nil {
		s.handle = 0
		s.context.count("stream", -1)
	}
	return err
}

// Synchronize waits until the stream is empty. Errors of what ran show here.
func (s *Stream) Synchronize() error {
	return s.context.call(func(api API) Result { return api.StreamSynchronize(s.handle) },
		"StreamSynchronize", "")
}

// Wait lets the stream wait for an event of another.
func (s *Stream) Wait(e *Event) error {
	return s.context.call(func(api API) Result {
		return api.StreamWaitEvent(s.handle, e.handle, 0)
	}, "StreamWaitEvent", "")
}

// Event is a mark in a stream.
type Event struct {
	context *Context
	handle  Handle
}

// Event makes a mark, to be set by Record.
func (c *Context) Event() (*Event, error) {
	e := &Event{context: c}
	err := c.call(func(api API) Result { return api.EventCreate(&e.handle, 0) }, "EventCreate", "")
	if err != nil {
		return nil, err
	}
	c.count("event", 1)
	return e, nil
}

// Close gives the event back.
func (e *Event) Close() error {
	if e == nil || e.handle == 0 {
		return nil
	}
	err := e.context.call(func(api API) Result { return api.EventDestroy(e.handle) },
		"EventDestroy", "")
	if err == nil {
		e.handle = 0
		e.context.count("event", -1)
	}
	return err
}

// Record sets the mark behind what the stream holds now.
func (e *Event) Record(s *Stream) error {
	return e.context.call(func(api API) Result { return api.EventRecord(e.handle, s.handle) },
		"EventRecord", "")
}

// Synchronize waits until the stream has come to the mark.
func (e *Event) Synchronize() error {
	return e.context.call(func(api API) Result { return api.EventSynchronize(e.handle) },
		"EventSynchronize", "")
}

// Since is the device's time between two marks that have been reached.
func (e *Event) Since(start *Event) (time.Duration, error) {
	var ms float32
	err := e.context.call(func(api API) Result {
		return api.EventElapsedTime(&ms, start.handle, e.handle)
	}, "EventElapsedTime", "")
	return time.Duration(float64(ms) * float64(time.Millisecond)), err
}
