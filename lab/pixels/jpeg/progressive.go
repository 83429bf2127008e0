package jpeg

// firstMean reads the higher bits of a block's mean.
func (s *scan) firstMean(c *component, b *block) bool {
	if !s.mean(c) {
		return false
	}
	b[0] = int16(c.mean << s.low)
	return true
}

// nextMean reads one more bit of a block's mean.
func (s *scan) nextMean(b *block) {
	b[0] |= int16(s.take(1) << s.low)
}

// first reads the higher bits of some coefficients of a block.
func (s *scan) first(c *component, b *block) bool {
	if s.run > 0 {
		s.run--
		return true
	}
	for k := s.from; k <= s.to; k++ {
		symbol, ok := c.ac.symbol(&s.bits)
		if !ok {
			return false
		}
		skip, size := int(symbol>>4), int(symbol&15)
		if size == 0 {
			if skip < 15 {
				s.run = 1<<skip - 1 + s.take(skip)
				break
			}
			k += 15
			continue
		}
		if k += skip; k > 63 {
			return false
		}
		b[k] = int16(extend(s.take(size), size) << s.low)
	}
	return true
}

// refine reads one more bit of coefficients that are known to differ from zero, and those that
// turn out to.
//
// Source: T.81, section G.1.2.3, figures G.7 and G.8.
func (s *scan) refine(c *component, b *block) bool {
	step := int16(1) << s.low
	k := s.from
	for ; s.run == 0 && k <= s.to; k++ {
		symbol, ok := c.ac.symbol(&s.bits)
		if !ok {
			return false
		}
		skip, size := int(symbol>>4), int(symbol&15)
		value := int16(0)
		switch {
		case size > 1:
			return false
		case size == 1:
			value = step
			if s.take(1) == 0 {
				value = -step
			}
		case skip < 15:
			s.run = 1<<skip + s.take(skip)
		}
		if s.run > 0 {
			break
		}
		k = s.correct(b, k, skip, step)
		if value != 0 {
			if k > s.to {
				return false
			}
			b[k] = value
		}
	}
	if s.run > 0 {
		s.run--
		s.correct(b, k, 64, step)
	}
	return true
}

// correct reads a bit for each coefficient from k on that is not zero, and stops at the zero
// behind skip others, or behind the last coefficient. It returns where it stopped.
func (s *scan) correct(b *block, k, skip int, step int16) int {
	acc, n := s.acc, s.n
	for ; k <= s.to; k++ {
		p := &b[k&63]
		if *p == 0 {
			if skip == 0 {
				break
			}
			skip--
			continue
		}
		if n == 0 {
			acc, n = s.refill(acc, n)
		}
		bit := int64(acc) < 0
		acc <<= 1
		n--
		if bit && *p&step == 0 {
			if *p > 0 {
				*p += step
			} else {
				*p -= step
			}
		}
	}
	s.acc, s.n = acc, n
	return k
}

// transform writes the samples of all blocks, whose coefficients are complete.
func (c *component) transform() {
	perRow := c.stride / 8
	for i := range c.coefs {
		raw := &c.coefs[i]
		var b block
		rows := 0
		b[0] = int16(int(raw[0]) * int(c.quant[0]))
		for k := 1; k < 64; k++ {
			if v := raw[k]; v != 0 {
				place := zigzag[k]
				b[place] = int16(int(v) * int(c.quant[k]))
				rows = max(rows, 1+int(place)>>3)
			}
		}
		inverse(c.plane[i/perRow*8*c.stride+i%perRow*8:], c.stride, &b, rows)
	}
}
