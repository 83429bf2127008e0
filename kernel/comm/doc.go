// Package comm holds the kernel's ends of comms, Jupyter's channels between code in a cell and
// code in the front end. Interactive widgets (package widgets) speak over them, and cells can
// have comms of their own:
//
//	comm.Target("echo", func(c *comm.Comm, m comm.Message) {
//		c.OnMessage(func(m comm.Message) { c.Send(m.Data) })
//	})
//
// It knows messages, not sockets: the kernel connects a [Manager] to what carries them. Without
// a front end, as in reports, all works and nothing is carried. No notebook teaches it.
package comm
