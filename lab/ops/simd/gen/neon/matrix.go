package main

import "fmt"

// tile is the heart of matrix multiplication, a block of dst that stays in registers.
func (f *file) tile(p product, rows, wide int) {
	k := f.kernel(fmt.Sprint(p.name, "x", rows), "(k int, a *float32, ai, ak int, b *float32, "+
		"bk, bh int, c *float32, ldc int, from *float32, ldf int, next uintptr, ahead int, "+
		"out *float32, ldo int)", fmt.Sprintf(
		"is for i < %d, j < %d\nc[i·ldc+j] = from[i·ldf+j] + Σₚ a[i·ai+p·ak]·b[p·bk+j], "+
			"p = 0..k−1,\n%s; without from the sum alone.", rows, wide, p.words))
	columns := wide / 4
	depth, ai, ak := k.param("k"), k.stride("ai"), k.stride("ak")
	b, bk := k.param("b"), k.stride("bk")
	a := []string{k.param("a")}
	for i := 1; i < rows; i++ {
		a = append(a, k.general())
		k.line("ADD %s, %s, %s", ai, a[i-1], a[i])
	}
	acc := k.temps(rows * columns)
	for _, v := range acc {
		k.clear(v)
	}
	bv, t := k.temps(1+p.parts[1]), k.temps(p.temps)
	av := make([][]vec, rows)
	for i := range av {
		av[i] = k.temps(1 + p.parts[0])
	}
	loop, done := k.fresh("k"), k.fresh("done")
	k.line("CBZ %s, %s", depth, done)
	k.label(loop)
	for i, v := range av {
		k.line("VLD1R.P (%s)(%s), [V%d.S4]", a[i], ak, v[0])
		p.left(k, v[0], v[1:])
	}
	for j := range columns {
		k.load(bv[0], 16*j, b)
		p.right(k, bv[0], bv[1:])
		for i := range rows {
			p.mac(k, acc[i*columns+j], av[i], bv, t)
		}
	}
	k.line("ADD %s, %s", bk, b)
	k.line("SUBS $1, %s", depth)
	k.line("BNE %s", loop)
	k.label(done)
	k.storeTile(acc, columns, bv[0], p.sum)
}

func (k *kernel) temps(n int) []vec {
	var all []vec
	for range n {
		all = append(all, k.temp())
	}
	return all
}

func (k *kernel) storeTile(acc []vec, columns int, old vec, sum uint32) {
	k.pool = 0
	start, ldf := k.param("from"), k.stride("ldf")
	store := k.fresh("store")
	k.line("CBZ %s, %s", start, store)
	for i, v := range acc {
		k.load(old, 16*(i%columns), start)
		k.op(sum, v, v, old)
		if i%columns == columns-1 {
			k.line("ADD %s, %s", ldf, start)
		}
	}
	k.label(store)
	c, ldc := k.param("c"), k.stride("ldc")
	for i, v := range acc {
		k.store(v, 16*(i%columns), c)
		if i%columns == columns-1 {
			k.line("ADD %s, %s", ldc, c)
		}
	}
	k.end()
}

// stride is an int argument, in bytes of float32.
func (k *kernel) stride(name string) string {
	r := k.param(name)
	k.line("LSL $2, %s", r)
	return r
}

// transpose turns operands that lie the other way, in squares of 8, each in squares of 4.
func (f *file) transpose() {
	k := f.kernel("transpose", "(dst *float32, ldd int, src *float32, lds, m, n int)",
		"is dst[j·ldd+i] = src[i·lds+j] for i < m, j < n, both at least 8. The last squares may lie\n"+
			"over those before.")
	src, lds, down := k.param("src"), k.stride("lds"), k.param("m")
	dst, ldd, along := k.param("dst"), k.stride("ldd"), k.general()
	k.squares(down, func() {
		k.line("MOVD n+%d(FP), %s", k.offset["n"], along)
		k.line("MOVD %s, %s", src, from)
		k.line("MOVD %s, %s", dst, to)
		k.squares(along, func() { k.square(lds, ldd) }, func(step string) {
			k.line("ADD %s<<2, %s", step, from)
			k.line("MADD %s, %s, %s, %s", step, to, ldd, to)
		})
	}, func(step string) {
		k.line("ADD %s<<2, %s", step, dst)
		k.line("MADD %s, %s, %s, %s", step, src, lds, src)
	})
	k.end()
}

// squares runs body for n elements by eights, at last for the last eight of them, and steps on in
// between.
func (k *kernel) squares(n string, body func(), on func(step string)) {
	loop, done, step := k.fresh("square"), k.fresh("done"), k.general()
	k.line("SUB $8, %s", n)
	k.label(loop)
	body()
	k.line("CBZ %s, %s", n, done)
	k.line("MOVD $8, %s", step)
	k.line("CMP %s, %s", step, n)
	k.line("CSEL LT, %s, %s, %s", n, step, step)
	k.line("SUB %s, %s", step, n)
	on(step)
	k.line("B %s", loop)
	k.label(done)
}

// square turns 8×8 numbers from one place to another.
func (k *kernel) square(lds, ldd string) {
	src, dst := k.general(), k.general()
	k.line("MOVD %s, %s", from, src)
	k.line("MOVD %s, %s", to, dst)
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
}

// scatterRows moves one row of a matrix to where tiles read it as A: a piece to each panel.
func (f *file) scatterRows() {
	k := f.kernel("scatterRows", "(dst *float32, stride int, src *float32, panels int)",
		fmt.Sprintf("is dst[j·stride+i] = src[%d·j+i] for i < %d, j < panels.", tileRows, tileRows))
	dst, src := k.param("dst"), k.param("src")
	k.scatter(src, dst, tileRows, func(v vec) {
		k.load(v, 0, src)
		k.store(v, 0, dst)
		k.line("FMOVD 16(%s), F%d", src, v)
		k.line("FMOVD F%d, 16(%s)", v, dst)
	})
}

// scatterColumns does so as B: a piece to each half of each panel.
func (f *file) scatterColumns() {
	k := f.kernel("scatterColumns", "(dst *float32, stride, half int, src *float32, panels int)",
		"is dst[j·stride+i/16·half+i%16] = src[32·j+i] for i < 32, j < panels.")
	dst, half, src, second := k.param("dst"), k.stride("half"), k.param("src"), k.general()
	k.scatter(src, dst, 32, func(v vec) {
		k.line("ADD %s, %s, %s", half, dst, second)
		for at := 0; at < 64; at += 16 {
			k.load(v, at, src)
			k.store(v, at, dst)
			k.load(v, 64+at, src)
			k.store(v, at, second)
		}
	})
}

func (k *kernel) scatter(src, dst string, floats int, piece func(v vec)) {
	stride, n := k.stride("stride"), k.param("panels")
	loop, done := k.fresh("panel"), k.fresh("done")
	k.label(loop)
	k.line("CBZ %s, %s", n, done)
	piece(k.temp())
	k.line("ADD $%d, %s", 4*floats, src)
	k.line("ADD %s, %s", stride, dst)
	k.line("SUB $1, %s", n)
	k.line("B %s", loop)
	k.label(done)
	k.end()
}
