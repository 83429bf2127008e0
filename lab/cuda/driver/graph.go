package driver

import "errors"

// Graph is work of streams that was captured, to be launched as a whole, again and again.
type Graph struct {
	context *Context
	exec    Handle
}

// Capture runs f, which puts work into s and streams that wait for it and that it waits for; the
// work is not done but becomes a graph. An error of f ends the capture.
func (s *Stream) Capture(f func() error) (*Graph, error) {
	captured, err := s.capture(f)
	if err != nil {
		return nil, err
	}
	g := &Graph{context: s.context}
	err = s.context.call(func(api API) Result { return api.GraphInstantiate(&g.exec, captured) },
		"GraphInstantiateWithFlags", "")
	err = errors.Join(err, s.context.destroy(captured))
	if err != nil {
		return nil, err
	}
	s.context.count("graph", 1)
	return g, nil
}

func (s *Stream) capture(f func() error) (Handle, error) {
	err := s.context.call(func(api API) Result {
		return api.StreamBeginCapture(s.handle, captureRelaxed)
	}, "StreamBeginCapture", "")
	if err != nil {
		return 0, err
	}
	err = f()
	var captured Handle
	ended := s.context.call(func(api API) Result {
		return api.StreamEndCapture(s.handle, &captured)
	}, "StreamEndCapture", "")
	if err = errors.Join(err, ended); err != nil {
		if captured != 0 {
			err = errors.Join(err, s.context.destroy(captured))
		}
		return 0, err
	}
	return captured, nil
}

func (c *Context) destroy(graph Handle) error {
	return c.call(func(api API) Result { return api.GraphDestroy(graph) }, "GraphDestroy", "")
}

// Update captures again and puts the new arguments of the same kernels into the graph. When the
// work is not the same, the error's code is GraphUpdateFailure and the graph stays as it was.
func (g *Graph) Update(s *Stream, f func() error) error {
	captured, err := s.capture(f)
	if err != nil {
		return err
	}
	err = s.context.call(func(api API) Result { return api.GraphExecUpdate(g.exec, captured) },
		"GraphExecUpdate", "")
	return errors.Join(err, s.context.destroy(captured))
}

// Launch puts the whole graph into a stream.
func (g *Graph) Launch(s *Stream) error {
	return g.context.call(func(api API) Result { return api.GraphLaunch(g.exec, s.handle) },
		"GraphLaunch", "")
}

// Close gives the graph back.
func (g *Graph) Close() error {
	if g == nil || g.exec == 0 {
		return nil
	}
	err := g.context.call(func(api API) Result { return api.GraphExecDestroy(g.exec) },
		"GraphExecDestroy", "")
	if err == nil {
		g.exec = 0
		g.context.count("graph", -1)
	}
	return err
}
