package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// columns are the registers of a tile's row: 32 columns of AVX-512, 16 of AVX2; of a narrow tile 24
// and 8, by which edges of products waste less.
func (s isa) columns(narrow bool) []VecVirtual {
	switch {
	case !narrow:
		return []VecVirtual{s.reg(), s.reg()}
	case s.wide():
		return []VecVirtual{ZMM(), YMM()}
	}
	return []VecVirtual{YMM()}
}

// bytesOf is how many a row of a tile takes.
func bytesOf(row []VecVirtual) (n int) {
	for _, v := range row {
		n += int(v.Size())
	}
	return n
}

// tiles are the heart of matrix multiplication: one kernel for each height of the block of dst
// that stays in registers, up to 14×32 of AVX-512 (28 of 32 registers), 6×16 of AVX2 (12 of 16).
func (s isa) tiles(p product) {
	for rows := 1; rows <= p.rows; rows++ {
		s.tile(p, rows, false)
	}
}

// narrowTiles are those of float32 that are less wide.
func (s isa) narrowTiles() {
	p := s.float32s()
	p.name = "narrow"
	for rows := 1; rows <= p.rows; rows++ {
		s.tile(p, rows, true)
	}
}

func (s isa) tile(p product, rows int, narrow bool) {
	width := len(s.columns(narrow))
	s.text(fmt.Sprint(p.name, "x", rows), "(k int, a *float32, ai, ak int, b *float32, bk, bh int, "+
		"c *float32, ldc int, from *float32, ldf int, next uintptr, ahead int, "+
		"out *float32, ldo int)", fmt.Sprintf(
		"is for i < %d, j < %d\nc[i·ldc+j] = from[i·ldf+j] + Σₚ a[i·ai+p·ak]·b[p·bk+j/16·bh+j%%16], "+
			"p = 0..k−1,\n%s; without from the sum alone. Fetches from next on, ahead bytes a step, "+
			"and out[i·ldo+j].",
		rows, bytesOf(s.columns(narrow))/4, p.words))
	k, a, b := param("k"), param("a"), param("b")
	ai, ak, bk := strideBytes("ai"), strideBytes("ak"), strideBytes("bk")
	var acc []VecVirtual
	for range rows {
		acc = append(acc, s.columns(narrow)...)
	}
	for _, v := range acc {
		s.clear(v)
	}
	half := Mem{Base: b, Disp: s.bytes} // where the second register of B is
	if s.wide() {
		half = Mem{Base: b, Index: strideBytes("bh"), Scale: 1}
	}
	next, ahead := param("next"), param("ahead")
	bases := rowBases(a, ai, rows)
	fetch := PREFETCHT0
	if s.wide() && rows <= 8 {
		// So few rows wait for memory: more is under way to the second cache than to the first.
		fetch = PREFETCHT1
	}
	loop, done := label("k"), label("end")
	TESTQ(k, k)
	JE(LabelRef(done))
	rest := s.splitSteps(k, loop)
	Label(loop)
	bv := make([][]VecVirtual, width)
	for j, v := range s.columns(narrow) {
		VMOVUPS([]Mem{{Base: b}, half}[j], v)
		bv[j] = p.split(v, false)
	}
	for j := range 2 {
		fetch(Mem{Base: next, Disp: 64 * j})
	}
	ADDQ(ahead, next)
	for i := range rows {
		v := s.reg()
		VBROADCASTSS(rowMem(bases, ai, i, 0), v)
		av := p.split(v, true)
		for j := range bv {
			p.mac(as(av, bv[j]), bv[j], acc[i*width+j])
		}
	}
	for _, base := range bases {
		ADDQ(ak, base)
	}
	ADDQ(bk, b)
	DECQ(k)
	JNE(LabelRef(loop))
	MOVQ(rest, k)
	TESTQ(k, k)
	JE(LabelRef(done))
	s.fetchRows(rows, bytesOf(acc[:width]))
	MOVQ(U32(0), rest)
	JMP(LabelRef(loop))
	Label(done)
	s.storeTile(acc, rows, p.integers)
}

// as are the low parts of registers that are as wide as others.
func as(vs, like []VecVirtual) (low []VecVirtual) {
	for i, v := range vs {
		if v.Size() != like[i].Size() {
			v = v.AsY().(VecVirtual)
		}
		low = append(low, v)
	}
	return low
}

// lastSteps are those after which lines that were asked for before have come.
const lastSteps = 16

// splitSteps leaves the last steps to a second pass of the loop, and says how many they are, if
// lines are to be fetched before them.
func (s isa) splitSteps(k Register, loop string) (rest Mem) {
	rest = AllocLocal(8)
	MOVQ(U32(0), rest)
	out, err := Param("out").Resolve()
	if err != nil {
		panic(err)
	}
	CMPQ(out.Addr, Imm(0))
	JE(LabelRef(loop))
	CMPQ(k, Imm(lastSteps))
	JLE(LabelRef(loop))
	SUBQ(Imm(lastSteps), k)
	MOVQ(U32(lastSteps), rest)
	return rest
}

// fetchRows asks for the lines that are written next. Else each store, and they are in order,
// waits for its own; had they come earlier, the operands would have driven them out again.
func (s isa) fetchRows(rows, bytes int) {
	out, ldo := param("out"), param("ldo")
	for i := range rows {
		if i > 0 {
			LEAQ(Mem{Base: out, Index: ldo, Scale: 4}, out)
		}
		for disp := 0; disp < bytes; disp += 64 {
			PREFETCHT0(Mem{Base: out, Disp: disp})
		}
	}
}

func (s isa) storeTile(acc []VecVirtual, rows int, integers bool) {
	from, ldf, width := param("from"), strideBytes("ldf"), len(acc)/rows
	store := label("store")
	TESTQ(from, from)
	JE(LabelRef(store))
	fromBases := rowBases(from, ldf, rows)
	add := VADDPS
	if integers {
		add = VPADDD
	}
	for i, v := range acc {
		add(rowMem(fromBases, ldf, i/width, i%width*s.bytes), v, v)
	}
	Label(store)
	c, ldc := param("c"), strideBytes("ldc")
	bases := rowBases(c, ldc, rows)
	for i, v := range acc {
		VMOVUPS(v, rowMem(bases, ldc, i/width, i%width*s.bytes))
	}
	end()
}

func strideBytes(name string) Register {
	r := param(name)
	SHLQ(Imm(2), r)
	return r
}

// rowBases are registers that point to every third of some rows; the two after each are reached
// by index.
func rowBases(p, stride Register, rows int) []Register {
	bases := []Register{p}
	for i := 3; i < rows; i += 3 {
		next := GP64()
		LEAQ(Mem{Base: bases[len(bases)-1], Index: stride, Scale: 2}, next)
		ADDQ(stride, next)
		bases = append(bases, next)
	}
	return bases
}

func rowMem(bases []Register, stride Register, row, disp int) Mem {
	m := Mem{Base: bases[row/3], Disp: disp}
	if row%3 > 0 {
		m.Index, m.Scale = stride, uint8(row%3)
	}
	return m
}

// transpose turns operands that lie the other way, in squares of 8. It moves no more than AVX2
// registers hold in either set.
func (s isa) transpose() {
	s.text("transpose", "(dst *float32, ldd int, src *float32, lds, m, n int)",
		"is dst[j·ldd+i] = src[i·lds+j] for i < m, j < n, both at least 8. The last squares may lie\n"+
			"over those before.")
	src, lds, dst, ldd := param("src"), strideBytes("lds"), param("dst"), strideBytes("ldd")
	squares(param("m"), func() {
		from, to := GP64(), GP64()
		MOVQ(src, from)
		MOVQ(dst, to)
		squares(param("n"), func() { square(from, lds, to, ldd) }, func(step Register) {
			LEAQ(Mem{Base: from, Index: step, Scale: 4}, from)
			IMULQ(ldd, step)
			ADDQ(step, to)
		})
	}, func(step Register) {
		LEAQ(Mem{Base: dst, Index: step, Scale: 4}, dst)
		IMULQ(lds, step)
		ADDQ(step, src)
	})
	VZEROUPPER()
	RET()
}

// squares runs body for n elements by eights, at last for the last eight of them, and steps on in
// between.
func squares(n Register, body func(), on func(step Register)) {
	loop, done, step := label("square"), label("end"), GP64()
	SUBQ(Imm(8), n)
	Label(loop)
	body()
	MOVQ(U32(8), step)
	CMPQ(n, step)
	CMOVQLT(n, step)
	SUBQ(step, n)
	TESTQ(step, step)
	JE(LabelRef(done))
	on(step)
	JMP(LabelRef(loop))
	Label(done)
}

// square turns 8×8 numbers.
func square(src, lds, dst, ldd Register) {
	from, to := rowBases(src, lds, 8), rowBases(dst, ldd, 8)
	in := make([]VecVirtual, 8)
	// Rows i and i+4 share a register: lanes 0–3 of both in the low four, 4–7 in the high four.
	for i := range 4 {
		in[i], in[i+4] = YMM(), YMM()
		VMOVUPS(rowMem(from, lds, i, 0), in[i].AsX())
		VINSERTF128(Imm(1), rowMem(from, lds, i+4, 0), in[i], in[i])
		VMOVUPS(rowMem(from, lds, i, 16), in[i+4].AsX())
		VINSERTF128(Imm(1), rowMem(from, lds, i+4, 16), in[i+4], in[i+4])
	}
	for h := range 2 {
		r := in[4*h : 4*h+4]
		lo01, hi01, lo23, hi23 := YMM(), YMM(), YMM(), YMM()
		VUNPCKLPS(r[1], r[0], lo01)
		VUNPCKHPS(r[1], r[0], hi01)
		VUNPCKLPS(r[3], r[2], lo23)
		VUNPCKHPS(r[3], r[2], hi23)
		for j, pair := range [][2]VecVirtual{{lo01, lo23}, {lo01, lo23}, {hi01, hi23}, {hi01, hi23}} {
			out := YMM()
			VSHUFPS(Imm([]uint64{0x44, 0xee}[j%2]), pair[1], pair[0], out)
			VMOVUPS(out, rowMem(to, ldd, 4*h+j, 0))
		}
	}
}

// scatterRows moves one row of a matrix to where tiles read it as A: a piece to each panel.
func (s isa) scatterRows(floats int) {
	s.text("scatterRows", "(dst *float32, stride int, src *float32, panels int)",
		fmt.Sprintf("is dst[j·stride+i] = src[%d·j+i] for i < %d, j < panels.", floats, floats))
	s.scatter(func(dst, src Register) { s.move(src, dst, 0, floats) }, floats)
}

// scatterColumns does so as B: a piece to each half of each panel.
func (s isa) scatterColumns() {
	s.text("scatterColumns", "(dst *float32, stride, half int, src *float32, panels int)",
		"is dst[j·stride+i/16·half+i%16] = src[32·j+i] for i < 32, j < panels.")
	half := strideBytes("half")
	s.scatter(func(dst, src Register) {
		s.move(src, dst, 0, 16)
		second := GP64()
		LEAQ(Mem{Base: dst, Index: half, Scale: 1}, second)
		s.move(src, second, 64, 16)
	}, 32)
}

func (s isa) scatter(piece func(dst, src Register), floats int) {
	dst, stride, src, n := param("dst"), strideBytes("stride"), param("src"), param("panels")
	loop, done := label("panel"), label("end")
	Label(loop)
	TESTQ(n, n)
	JE(LabelRef(done))
	piece(dst, src)
	ADDQ(U32(4*floats), src)
	ADDQ(stride, dst)
	DECQ(n)
	JMP(LabelRef(loop))
	Label(done)
	end()
}

// move copies so many floats from src and a displacement to dst.
func (s isa) move(src, dst Register, disp, floats int) {
	for at := 0; at < floats; {
		from, to := Mem{Base: src, Disp: disp + 4*at}, Mem{Base: dst, Disp: 4 * at}
		switch left := floats - at; {
		case left >= 16 && s.wide():
			at += move(VMOVUPS, from, to, ZMM(), 16)
		case left >= 8:
			at += move(VMOVUPS, from, to, YMM(), 8)
		case left >= 4:
			at += move(VMOVUPS, from, to, XMM(), 4)
		default:
			at += move(VMOVSD, from, to, XMM(), 2)
		}
	}
}

func move(mov func(...Op), from, to Mem, v VecVirtual, lanes int) int {
	mov(from, v)
	mov(v, to)
	return lanes
}
