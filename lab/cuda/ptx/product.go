package ptx

// product is d = a·b + c of 16 × 8 sums over 8 words, one tf32 or two bf16 each. Where the words
// lie (PTX ISA 7.8, 9.7.13.4): with group = lane/4 and quad = lane%4, lane holds of a the words
// (group + 8·(e%2), quad + 4·(e/2)), e = 0..3; of b (quad + 4e, group), e = 0..1; of c and d
// the sums (group + 8·(e/2), 2·quad + e%2).
func (w *warp) product(in *instruction) {
	d, a, b, c := in.values[:4], in.values[4:8], in.values[8:10], in.values[10:14]
	var left [16][8]uint32
	var right [8][8]uint32
	var sums [16][8]float32
	for l := range 32 {
		group, quad := l/4, l%4
		for e := range 4 {
			left[group+e%2*8][quad+e/2*4] = uint32(w.regs[a[e]][l])
			sums[group+e/2*8][quad*2+e%2] = f32(w.regs[c[e]][l])
		}
		for e := range 2 {
			right[quad+e*4][group] = uint32(w.regs[b[e]][l])
		}
	}
	for i := range 16 {
		for k := range 8 {
			for j := range 8 {
				sums[i][j] += words(left[i][k], right[k][j], in.two)
			}
		}
	}
	for l := range 32 {
		for e := range 4 {
			w.regs[d[e]][l] = f32bits(sums[l/4+e/2*8][l%4*2+e%2])
		}
	}
}

// words multiplies two words: tensor cores read the leading 19 bits of a tf32, and both halves of
// a pair of bf16.
func words(a, b uint32, two bool) float32 {
	if !two {
		return f32(uint64(a&^0x1fff)) * f32(uint64(b&^0x1fff))
	}
	return f32(uint64(a<<16))*f32(uint64(b<<16)) + f32(uint64(a&^0xffff))*f32(uint64(b&^0xffff))
}
