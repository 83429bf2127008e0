package jpeg

// sequential reads a block of a baseline scan and writes its samples.
func (s *scan) sequential(c *component, x, y int) bool {
	var b block
	rows, ok := s.coefficients(c, &b)
	if ok {
		inverse(c.plane[8*y*c.stride+8*x:], c.stride, &b, rows)
	}
	return ok
}

// coefficients reads all coefficients of a block, times their steps. rows is for inverse.
func (s *scan) coefficients(c *component, b *block) (rows int, ok bool) {
	if !s.mean(c) {
		return 0, false
	}
	quant, table := c.quant, c.ac
	b[0] = int16(c.mean * int(quant[0]))
	acc, n := s.acc, s.n
	places := 0
	for k := 1; k < 64; k++ {
		if n < enough {
			acc, n = s.refill(acc, n)
		}
		e := table.look[acc>>(64-lookBits)]
		used := int(e & 0xFF)
		value := int(int32(e) >> 16)
		skip, size := int(e>>12&15), int(e>>8&15)
		if value == 0 { // the value did not fit, or there is none
			if used == 0 {
				symbol, length := table.long(int(acc >> 48))
				if length == 0 {
					return 0, false
				}
				skip, size, used = int(symbol>>4), int(symbol&15), length
			}
			if size == 0 {
				acc <<= uint(used)
				n -= used
				if skip != 15 {
					break
				}
				k += 15
				continue
			}
			value = extend(int(acc<<uint(used)>>uint(64-size)), size)
			used += size
		}
		acc <<= uint(used)
		n -= used
		if k += skip; k > 63 {
			return 0, false
		}
		place := zigzag[k]
		places |= int(place)
		rows = max(rows, k)
		b[place] = int16(value * int(quant[k]))
	}
	s.acc, s.n = acc, n
	if places>>3 != 0 {
		return 8, true
	}
	return min(rows, 1), true
}

// mean reads by how much the mean of a block differs from that of the one before.
func (s *scan) mean(c *component) bool {
	size, ok := c.dc.symbol(&s.bits)
	if !ok || size > 15 {
		return false
	}
	c.mean += extend(s.take(int(size)), int(size))
	return true
}
