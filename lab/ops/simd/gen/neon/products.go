package main

// product is a kind of multiplication: what a word of its operands holds.
type product struct {
	name, words string // the kernel's name, and how words are multiplied, in its comment
	rows        int    // the tallest tile that the registers allow
	sum         uint32 // the instruction that adds sums
	// left turns a broadcast word of A, right a register of B, into what mac takes of it: the
	// register itself and, from parts, as many more.
	left, right func(k *kernel, v vec, parts []vec)
	parts       [2]int // their numbers
	temps       int    // of mac
	mac         func(k *kernel, acc vec, a, b, t []vec)
}

// tileRows is the height of the tallest tile of float32: 6×16 takes 24 of 32 registers. Narrow ones
// waste less at the edges of products.
const tileRows, tileColumns, narrowColumns = 6, 16, 8

func (f *file) tiles() {
	whole := func(*kernel, vec, []vec) {}
	halves := func(k *kernel, v vec, parts []vec) {
		k.shiftLeft(parts[0], v, 16)
		k.shiftRight(v, v, 16)
		k.shiftLeft(v, v, 16)
	}
	floats := product{name: "tile", words: "one FMA each", rows: tileRows, sum: fadd, left: whole,
		right: whole, mac: func(k *kernel, acc vec, a, b, _ []vec) { k.op(fmla, acc, b[0], a[0]) }}
	narrow := floats
	narrow.name = "narrow"
	for rows := 1; rows <= tileRows; rows++ {
		f.tile(narrow, rows, narrowColumns)
	}
	for _, p := range []product{floats,
		{name: "tileBF16", words: "the words pairs of bfloat16, the odd first", rows: 4, sum: fadd,
			left: halves, right: halves, parts: [2]int{1, 1},
			mac: func(k *kernel, acc vec, a, b, _ []vec) {
				k.op(fmla, acc, b[0], a[0])
				k.op(fmla, acc, b[1], a[1])
			}},
		{name: "tileI8", words: "the words fours of uint8 in a, of int8 in b, sums int32", rows: 4,
			sum: add, parts: [2]int{0, 1}, temps: 4,
			left: func(k *kernel, v vec, _ []vec) { k.op1(uxtl, v, v) },
			right: func(k *kernel, v vec, parts []vec) {
				k.op1(sxtl2, parts[0], v)
				k.op1(sxtl, v, v)
			},
			mac: func(k *kernel, acc vec, a, b, t []vec) {
				for i := range t {
					k.op([]uint32{smull, smull2}[i%2], t[i], b[i/2], a[0])
				}
				k.op(addp, t[0], t[0], t[1])
				k.op(addp, t[2], t[2], t[3])
				k.op(addp, t[0], t[0], t[2])
				k.op(add, acc, acc, t[0])
			}},
	} {
		for rows := 1; rows <= p.rows; rows++ {
			f.tile(p, rows, tileColumns)
		}
	}
}
