// Package progress shows how far a long computation has come.
//
// A [Bar] may be moved from any goroutine, as often as one likes: it tells its [Sink] at most
// ten times a second. Without a sink of its own a program gets one line on stderr that is
// redrawn, or plain lines where stderr is no terminal; a notebook puts its own sink in place.
//
// It measures nothing but time and steps. Training cells use it; see
// notebooks/01-clip-explained.ipynb.
package progress
