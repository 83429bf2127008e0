//go:build !unix

package bench

// pause does nothing where processes cannot be stopped.
func (w *worker) pause() {}

func (w *worker) resume() {}
