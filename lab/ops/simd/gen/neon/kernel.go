package main

import (
	"fmt"
	"slices"
	"strings"
)

// General registers: parameters and pointers from the top of pool, the rest by name. R18, R27
// to R30 belong to the system and to Go.
const (
	constants = "R26" // the table of constants
	left      = "R25" // elements that a loop has left
	mask      = "R24" // the mask of a tail
	from, to  = "R23", "R22"
	count     = "R21"
	word      = "R20"
)

// kernel is one function under way.
type kernel struct {
	file   *file
	offset map[string]int // of parameters and results
	used   []vec          // temporaries in use
	kept   vec            // registers from here on are kept
	pool   int            // general registers given out
}

// buffers is the room on the stack for the tails of five arrays of 16 lanes.
const buffers = 5 * 64

// kernel starts a function of the given Go signature, "(a, b *float32, n int) (sum float32)".
func (f *file) kernel(name, signature, doc string) *kernel {
	name += "NEON"
	f.doc(name, signature, doc)
	k := &kernel{file: f, offset: map[string]int{}, kept: 32}
	size := k.layout(signature)
	fmt.Fprintf(&f.code, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $%d-%d\n", name, signature, name,
		buffers, size)
	k.line("MOVD $constants<>(SB), %s", constants)
	return k
}

// layout finds where arguments and results lie: each as large as it is, results on words.
func (k *kernel) layout(signature string) int {
	at := 0
	for i, group := range strings.Split(strings.Trim(signature, "()"), ") (") {
		if i > 0 {
			at = (at + 7) &^ 7
		}
		list := strings.Split(group, ", ")
		for i, p := range list {
			name, kind, typed := strings.Cut(p, " ")
			for j := i; !typed; j++ {
				_, kind, typed = strings.Cut(list[j], " ")
			}
			size := 8
			if kind == "float32" {
				size = 4
			}
			at = (at + size - 1) &^ (size - 1)
			k.offset[name] = at
			at += size
		}
	}
	return at
}

func (k *kernel) end() { k.line("RET") }

// general is a general register for as long as the function lasts.
func (k *kernel) general() string {
	if k.pool > 16 {
		panic("neon: no general register is left")
	}
	k.pool++
	return fmt.Sprintf("R%d", k.pool-1)
}

// param is a pointer or int argument in a register.
func (k *kernel) param(name string) string {
	r := k.general()
	k.line("MOVD %s+%d(FP), %s", name, k.offset[name], r)
	return r
}

// scalar is a float32 argument in all lanes, kept.
func (k *kernel) scalar(name string) vec {
	v := k.keep()
	k.line("FMOVS %s+%d(FP), F%d", name, k.offset[name], v)
	k.spread(v, v, 0)
	return v
}

func (k *kernel) result(name string, v vec) {
	k.line("FMOVS F%d, %s+%d(FP)", v, name, k.offset[name])
}

// temp is a vector register until the lanes of the loop are done, or free gives it back.
func (k *kernel) temp() vec {
	for v := vec(0); v < k.kept; v++ {
		if !slices.Contains(k.used, v) {
			k.used = append(k.used, v)
			return v
		}
	}
	panic("neon: no vector register is left")
}

func (k *kernel) free(v ...vec) {
	k.used = slices.DeleteFunc(k.used, func(u vec) bool { return slices.Contains(v, u) })
}

// keep is a vector register for as long as the function lasts.
func (k *kernel) keep() vec {
	k.kept--
	if slices.Contains(k.used, k.kept) {
		panic("neon: no vector register is left to keep")
	}
	return k.kept
}

// zeros are 16 lanes of zero, to sum into.
func (k *kernel) zeros() []vec {
	acc := []vec{k.keep(), k.keep(), k.keep(), k.keep()}
	for _, v := range acc {
		k.clear(v)
	}
	return acc
}

// lanes is a quarter of 16 lanes: where the loop stands, and whether it is the tail.
type lanes struct {
	*kernel
	quarter int
	tail    bool
	base    map[string]string
}

func (c lanes) in(array string) vec {
	v := c.temp()
	c.kernel.load(v, 16*c.quarter, c.base[array])
	return v
}

func (c lanes) out(v vec, array string) { c.kernel.store(v, 16*c.quarter, c.base[array]) }

// zeroTail clears lanes that do not exist, before they enter a sum.
func (c lanes) zeroTail(v vec) {
	if c.tail {
		m := c.temp()
		c.kernel.load(m, 16*c.quarter, mask)
		c.op(and, v, v, m)
		c.free(m)
	}
}

// keepTail writes v into acc where lanes exist.
func (c lanes) keepTail(v, acc vec) {
	if !c.tail {
		c.kernel.copy(acc, v)
		return
	}
	m := c.temp()
	c.kernel.load(m, 16*c.quarter, mask)
	c.op(bit, acc, v, m)
	c.free(m)
}

// each runs body over the n elements of arrays, 16 at a time, then once more over what is left,
// in copies on the stack that zeros fill up. Arrays are names of parameters; those marked with
// ! are written.
func (k *kernel) each(arrays string, body func(c lanes)) {
	pool := k.pool
	names := strings.Fields(arrays)
	base := map[string]string{}
	for _, a := range names {
		a = strings.Trim(a, "!")
		base[a] = k.param(a)
	}
	k.line("MOVD n+%d(FP), %s", k.offset["n"], left)
	full, tail, done := k.fresh("full"), k.fresh("tail"), k.fresh("done")
	k.label(full)
	k.line("CMP $16, %s", left)
	k.line("BLT %s", tail)
	k.quarters(lanes{kernel: k, base: base}, body)
	for _, r := range pointers(names, base) {
		k.line("ADD $64, %s", r)
	}
	k.line("SUB $16, %s", left)
	k.line("B %s", full)
	k.label(tail)
	k.line("CBZ %s, %s", left, done)
	k.tail(names, base, body)
	k.label(done)
	k.pool = pool
}

func pointers(names []string, base map[string]string) []string {
	var list []string
	for _, a := range names {
		list = append(list, base[strings.Trim(a, "!")])
	}
	return list
}

func (k *kernel) quarters(c lanes, body func(c lanes)) {
	for q := range 4 {
		before := slices.Clone(k.used)
		c.quarter = q
		body(c)
		k.used = before
	}
}

func (k *kernel) tail(names []string, base map[string]string, body func(c lanes)) {
	room := map[string]string{}
	zero := k.temp()
	k.clear(zero)
	for i, a := range names {
		a := strings.Trim(a, "!")
		r := k.general()
		room[a] = r
		k.line("MOVD $room-%d(SP), %s", buffers-64*i, r)
		for q := range 4 {
			k.store(zero, 16*q, r)
		}
		k.words(base[a], r)
	}
	k.free(zero)
	k.line("MOVD $tails<>+64(SB), %s", mask)
	k.line("SUB %s<<2, %s", left, mask)
	k.quarters(lanes{kernel: k, tail: true, base: room}, body)
	for _, a := range names {
		if name, written := strings.CutSuffix(a, "!"); written {
			k.words(room[name], base[name])
		}
	}
}

// words copies the left elements from one place to another.
func (k *kernel) words(src, dst string) {
	loop := k.fresh("word")
	k.line("MOVD %s, %s", src, from)
	k.line("MOVD %s, %s", dst, to)
	k.line("MOVD %s, %s", left, count)
	k.label(loop)
	k.line("MOVWU.P 4(%s), %s", from, word)
	k.line("MOVW.P %s, 4(%s)", word, to)
	k.line("SUBS $1, %s", count)
	k.line("BNE %s", loop)
}

// fold joins 16 lanes to one by op, in the tree of the other sets, in the lowest lane of a kept
// register.
func (k *kernel) fold(acc []vec, word uint32) vec {
	x, t := k.keep(), k.temp()
	k.op(word, x, acc[0], acc[2])
	k.op(word, t, acc[1], acc[3])
	k.op(word, x, x, t)
	k.word(dupD1|uint32(x)<<5|uint32(t), "DUP V%d.2D, V%d.D[1]", t, x)
	k.op(word, x, x, t)
	k.spread(t, x, 1)
	k.op(word, x, x, t)
	k.free(t)
	return x
}
