package jpeg

import (
	"errors"
	"fmt"
)

// scan is one pass through the picture: some components, and of their blocks some
// coefficients.
type scan struct {
	*decoder
	bits
	comps     []*component
	from, to  int // coefficients, in zigzag order
	high, low int // progressive: the bits known before, and to be known after
	run       int // progressive: blocks to come that hold nothing new
}

// scan reads a scan's header and then its bits.
func (d *decoder) scan(body []byte) error {
	if d.comps == nil {
		return errors.New("jpeg: scan before the frame")
	}
	if d.scans++; d.scans > maxScans {
		return fmt.Errorf("jpeg: file holds more than %d scans", maxScans)
	}
	if len(body) < 1 || len(body) != 4+2*int(body[0]) {
		return errors.New("jpeg: scan header has a wrong length")
	}
	s := &scan{decoder: d}
	blocks := 0
	for i := range int(body[0]) {
		c, err := d.chosen(s, body[1+2*i], body[2+2*i])
		if err != nil {
			return err
		}
		s.comps = append(s.comps, c)
		blocks += c.h * c.v
	}
	if n := len(s.comps); n == 0 || n > 1 && blocks > 10 {
		return fmt.Errorf("jpeg: scan of %d components, %d blocks a group", n, blocks)
	}
	last := body[len(body)-3:]
	s.from, s.to, s.high, s.low = int(last[0]), int(last[1]), int(last[2]>>4), int(last[2]&15)
	if err := s.check(); err != nil {
		return err
	}
	s.bits = bits{data: d.data, at: d.at}
	if err := s.groups(); err != nil {
		return err
	}
	d.at = s.bits.at
	return nil
}

// chosen finds a component of a scan and its tables.
func (d *decoder) chosen(s *scan, id, tables byte) (*component, error) {
	for i := range d.comps {
		c := &d.comps[i]
		if c.id != id {
			continue
		}
		for _, other := range s.comps {
			if other == c {
				return nil, fmt.Errorf("jpeg: scan names component %d twice", id)
			}
		}
		if c.quant == nil {
			c.quant = d.quant[c.table]
		}
		if c.quant == nil || tables>>4 > 3 || tables&15 > 3 {
			return nil, fmt.Errorf("jpeg: component %d has no table", id)
		}
		c.dc, c.ac, c.mean = d.dc[tables>>4], d.ac[tables&15], 0
		return c, nil
	}
	return nil, fmt.Errorf("jpeg: scan names component %d, which the frame does not", id)
}

// check tells whether the coefficients of a scan make sense and the tables are there.
func (s *scan) check() error {
	if !s.progressive {
		s.from, s.to, s.high, s.low = 0, 63, 0, 0 // libjpeg warns and goes on
	}
	if s.from > s.to || s.to > 63 || s.low > 13 || s.from == 0 && s.to > 0 && s.progressive ||
		s.high != 0 && s.high != s.low+1 || s.from > 0 && len(s.comps) > 1 {
		return fmt.Errorf("jpeg: scan of coefficients %d to %d, bits %d to %d, %d components",
			s.from, s.to, s.high, s.low, len(s.comps))
	}
	for _, c := range s.comps {
		needDC, needAC := s.from == 0 && s.high == 0, s.to > 0
		if needDC && c.dc == nil || needAC && c.ac == nil {
			return errors.New("jpeg: scan before its tables of codes")
		}
	}
	return nil
}

// errDamaged is returned for codes that mean nothing.
var errDamaged = errors.New("jpeg: damaged data in a scan")

// groups reads all blocks of a scan. Several components come in groups that cover the same
// part of the picture; a single one comes block by block.
func (s *scan) groups() error {
	across, down := s.mcusX, s.mcusY
	single := len(s.comps) == 1
	if single {
		across, down = s.comps[0].blocksX, s.comps[0].blocksY
	}
	left, mark := s.interval, 0
	for y := range down {
		for x := range across {
			if s.interval > 0 && left == 0 {
				if !s.restart(mark & 7) {
					return s.broken()
				}
				left, mark, s.run = s.interval, mark+1, 0
				for _, c := range s.comps {
					c.mean = 0
				}
			}
			left--
			if single {
				if !s.block(s.comps[0], x, y) {
					return s.broken()
				}
				continue
			}
			for _, c := range s.comps {
				for i := range c.h * c.v {
					if !s.block(c, x*c.h+i%c.h, y*c.v+i/c.h) {
						return s.broken()
					}
				}
			}
		}
		if s.overrun() {
			return s.broken()
		}
	}
	return nil
}

// broken tells apart the end of the file and nonsense.
func (s *scan) broken() error {
	if s.bits.at+1 >= len(s.bits.data) {
		return errCut
	}
	return errDamaged
}

// block reads one block, at block column x and row y of a component.
func (s *scan) block(c *component, x, y int) bool {
	if !s.progressive {
		return s.sequential(c, x, y)
	}
	b := &c.coefs[y*(c.stride/8)+x]
	switch {
	case s.from == 0 && s.high == 0:
		return s.firstMean(c, b)
	case s.from == 0:
		s.nextMean(b)
		return true
	case s.high == 0:
		return s.first(c, b)
	}
	return s.refine(c, b)
}
