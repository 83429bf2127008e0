package session

import (
	"cliplab/kernel/engine"
)

// Part is Go source that is executed as a part of a cell: what stands between lines that are
// not Go. Its text has blanks and line ends where the rest of the cell is, so that positions
// are those of the cell.
type Part struct {
	Cell   string // the whole cell, to quote its lines
	Text   string // what is executed
	Number int    // of the cell, as Result.N of an earlier part told; 0 for the first part
	Index  int    // 0 for the first part that is executed, then counted up
}

// ExecutePart is Execute for a part of a cell. The parts of a cell share its number; apart
// from that each is a cell of its own.
func (s *Session) ExecutePart(p Part, x *engine.Exec) (*Result, error) { return s.execute(p, x) }

// partStep keeps apart the parts of a cell: part k of cell n is cell n + k·partStep inside.
const partStep = 1 << 32

// counted is the number of a cell as people see it.
func counted(n int) int { return n % partStep }

// begin gives a part its number and makes its lines known. s.mu is held.
func (s *Session) begin(p Part, x *engine.Exec) *cell {
	n := p.Number
	switch {
	case n == 0:
		n = s.number(x.Number)
	case n < uncounted && n > s.n: // the first part ran in a session before this one
		s.n = n
	}
	c := s.newCell(n+p.Index*partStep, p.Text)
	s.sources[n] = c.src
	if p.Cell != p.Text {
		s.sources[n] = &source{n: n, text: []byte(p.Cell)}
	}
	return c
}
