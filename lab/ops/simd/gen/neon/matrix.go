package main

import "fmt"

// The block of dst that stays in registers: 8×12 takes 24 of 32.
const tileRows, tileColumns = 8, 12

// tile is the heart of matrix multiplication.
func (f *file) tile() {
	k := f.kernel("tile", "(k int, a, b, c *float32, ldc int, from *float32, ldf int)", fmt.Sprintf(
		"multiplies a block that stays in registers: for i < %d, j < %d\n"+
			"c[i·ldc+j] = from[i·ldf+j] + Σₚ a[%d·p+i]·b[%d·p+j], p = 0..k−1, one FMA each;\n"+
			"without from the sum alone.", tileRows, tileColumns, tileRows, tileColumns))
	const columns = tileColumns / 4
	depth, a, b := k.param("k"), k.param("a"), k.param("b")
	var acc [tileRows * columns]vec
	for i := range acc {
		acc[i] = k.temp()
		k.clear(acc[i])
	}
	bv := []vec{k.temp(), k.temp(), k.temp()}
	av := []vec{k.temp(), k.temp()}
	loop, done := k.fresh("k"), k.fresh("done")
	k.line("CBZ %s, %s", depth, done)
	k.label(loop)
	for j, v := range bv {
		k.load(v, 16*j, b)
	}
	for i, v := range av {
		k.load(v, 16*i, a)
	}
	k.line("ADD $%d, %s", 4*tileColumns, b)
	k.line("ADD $%d, %s", 4*tileRows, a)
	for i := range tileRows {
		for j, v := range bv {
			k.multiplyAddLane(acc[i*columns+j], v, av[i/4], uint32(i%4))
		}
	}
	k.line("SUBS $1, %s", depth)
	k.line("BNE %s", loop)
	k.label(done)
	start, ldf := k.param("from"), k.stride("ldf")
	store := k.fresh("store")
	k.line("CBZ %s, %s", start, store)
	for i := range tileRows {
		for j := range columns {
			k.load(bv[0], 16*j, start)
			k.op(fadd, acc[i*columns+j], acc[i*columns+j], bv[0])
		}
		k.line("ADD %s, %s", ldf, start)
	}
	k.label(store)
	c, ldc := k.param("c"), k.stride("ldc")
	for i := range tileRows {
		for j := range columns {
			k.store(acc[i*columns+j], 16*j, c)
		}
		k.line("ADD %s, %s", ldc, c)
	}
	k.end()
}

// stride is an int argument, in bytes of float32.
func (k *kernel) stride(name string) string {
	r := k.param(name)
	k.line("LSL $2, %s", r)
	return r
}

// transpose turns 8×8 blocks, to pack the operands that lie the other way, in squares of 4.
func (f *file) transpose() {
	k := f.kernel("transpose8", "(dst *float32, ldd int, src *float32, lds int)",
		"is dst[j·ldd+i] = src[i·lds+j] for i, j in 0..7.")
	src, lds := k.param("src"), k.stride("lds")
	dst, ldd := k.param("dst"), k.stride("ldd")
	var rows [8][2]vec
	for i := range rows {
		rows[i] = [2]vec{k.temp(), k.temp()}
		k.load(rows[i][0], 0, src)
		k.load(rows[i][1], 16, src)
		k.line("ADD %s, %s", lds, src)
	}
	t := []vec{k.temp(), k.temp(), k.temp(), k.temp()}
	for half := range 2 { // columns of src
		for top := 0; top < 8; top += 4 {
			r := [4]vec{rows[top][half], rows[top+1][half], rows[top+2][half], rows[top+3][half]}
			k.op(trn1, t[0], r[0], r[1])
			k.op(trn2, t[1], r[0], r[1])
			k.op(trn1, t[2], r[2], r[3])
			k.op(trn2, t[3], r[2], r[3])
			k.op(trnd, r[0], t[0], t[2])
			k.op(trnd, r[1], t[1], t[3])
			k.op(trne, r[2], t[0], t[2])
			k.op(trne, r[3], t[1], t[3])
		}
		for j := range 4 {
			k.store(rows[j][half], 0, dst)
			k.store(rows[4+j][half], 16, dst)
			k.line("ADD %s, %s", ldd, dst)
		}
	}
	k.end()
}

// scatter moves one row of a matrix to where the tile reads it: a piece to each panel.
func (f *file) scatter(name string, floats int) {
	k := f.kernel(name, "(dst *float32, stride int, src *float32, panels int)",
		fmt.Sprintf("is dst[j·stride+i] = src[%d·j+i] for i < %d, j < panels.", floats, floats))
	dst, stride, src, n := k.param("dst"), k.stride("stride"), k.param("src"), k.param("panels")
	loop, done := k.fresh("panel"), k.fresh("done")
	k.label(loop)
	k.line("CBZ %s, %s", n, done)
	v := k.temp()
	for at := 0; at < 4*floats; at += 16 {
		k.load(v, at, src)
		k.store(v, at, dst)
	}
	k.line("ADD $%d, %s", 4*floats, src)
	k.line("ADD %s, %s", stride, dst)
	k.line("SUB $1, %s", n)
	k.line("B %s", loop)
	k.label(done)
	k.end()
}
