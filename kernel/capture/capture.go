package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Capture takes what is written to os.Stdout and os.Stderr.
//
// One pipe serves for all cells, because goroutines may hold the file after their cell. After
// each cell a mark is sent through it, so that the cell's text is not given to the next one.
type Capture struct {
	pipes   []*pipe
	restore func()
}

type pipe struct {
	w       *os.File
	mark    []byte
	arrived chan struct{}
	done    chan struct{}
	mu      sync.Mutex
	to      io.Writer
}

// Start replaces os.Stdout and os.Stderr until Stop is called. Only one capture can be active.
func Start() (*Capture, error) {
	oldOut, oldErr := os.Stdout, os.Stderr
	c := &Capture{restore: func() { os.Stdout, os.Stderr = oldOut, oldErr }}
	for i, file := range []**os.File{&os.Stdout, &os.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			c.Stop()
			return nil, fmt.Errorf("capture: no pipe for the output of cells: %w", err)
		}
		p := &pipe{w: w, to: io.Discard, arrived: make(chan struct{}, 1),
			done: make(chan struct{}),
			mark: fmt.Appendf(nil, "\x00cliplab end of cell %d %d\x00", i, time.Now().UnixNano())}
		c.pipes = append(c.pipes, p)
		*file = w
		go p.copy(r)
	}
	return c, nil
}

// Direct sends what arrives from now on to a cell.
func (c *Capture) Direct(stdout, stderr io.Writer) {
	for i, to := range []io.Writer{stdout, stderr} {
		c.pipes[i].mu.Lock()
		c.pipes[i].to = to
		c.pipes[i].mu.Unlock()
	}
}

// Drain waits until all that was written before has reached the cell.
func (c *Capture) Drain() {
	for _, p := range c.pipes {
		if _, err := p.w.Write(p.mark); err != nil {
			continue
		}
		select {
		case <-p.arrived:
		case <-p.done:
		}
	}
}

// Stop brings the old files back.
func (c *Capture) Stop() {
	c.restore()
	for _, p := range c.pipes {
		p.w.Close()
		<-p.done
	}
}

// copy hands on what arrives, and keeps back a tail that may be the beginning of the mark.
func (p *pipe) copy(r *os.File) {
	defer close(p.done)
	defer r.Close()
	buf := make([]byte, 64<<10)
	var held []byte
	for {
		n, err := r.Read(buf)
		held = append(held, buf[:n]...)
		for {
			i := bytes.Index(held, p.mark)
			if i < 0 {
				break
			}
			p.send(held[:i])
			held = append(held[:0], held[i+len(p.mark):]...)
			select {
			case p.arrived <- struct{}{}:
			default:
			}
		}
		keep := partial(held, p.mark)
		if err != nil {
			keep = 0
		}
		p.send(held[:len(held)-keep])
		held = append(held[:0], held[len(held)-keep:]...)
		if err != nil {
			return
		}
	}
}

func (p *pipe) send(b []byte) {
	if len(b) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to.Write(b)
}

// partial is the length of the longest end of b that begins mark.
func partial(b, mark []byte) int {
	for n := min(len(b), len(mark)-1); n > 0; n-- {
		if bytes.HasPrefix(mark, b[len(b)-n:]) {
			return n
		}
	}
	return 0
}
