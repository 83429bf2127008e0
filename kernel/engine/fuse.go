package engine

import (
	"cmp"
	"go/token"
	"go/types"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// Arithmetic on variables, as total += x at the top level of a cell or on captured
// variables, is load, add, store in SSA. fuseLoads and fuseStore let the addition
// read and write the variables itself.

// loc is where an operand lies: a register, a fixed address, or behind the pointer
// in a register.
type loc struct {
	fixed unsafe.Pointer
	off   uintptr // of the register
	deref bool
	field uintptr // added to the pointer
}

func (l loc) at(fr *frame) unsafe.Pointer {
	if l.fixed != nil {
		return l.fixed
	}
	p := unsafe.Add(unsafe.Pointer(fr), l.off)
	if l.deref {
		p = *(*unsafe.Pointer)(p)
		_ = *(*byte)(p) // panics if nil
		p = unsafe.Add(p, l.field)
	}
	return p
}

// fuseLoads marks loads that only one following operation of the block reads, with
// nothing in between that could change the variable.
func (p *plan) fuseLoads(blk *ssa.BasicBlock) {
	fresh := map[ssa.Value]bool{} // loads since the last instruction with effects
	for _, ins := range blk.Instrs {
		switch ins := ins.(type) {
		case *ssa.UnOp:
			switch {
			case ins.Op == token.ARROW:
				clear(fresh)
			case ins.Op == token.MUL && p.isPlainLoad(ins):
				fresh[ins] = true
			}
		case *ssa.BinOp:
			if fusableArith(ins) {
				p.takeLoads(ins, fresh)
			}
		case *ssa.If:
			if c, ok := ins.Cond.(*ssa.BinOp); ok && p.skip[c] && isNumber(c.X.Type()) {
				p.takeLoads(c, fresh)
			}
		case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Phi, *ssa.Extract, *ssa.Field, *ssa.Convert,
			*ssa.ChangeType, *ssa.DebugRef:
		default:
			clear(fresh)
		}
	}
}

func (p *plan) takeLoads(ins *ssa.BinOp, fresh map[ssa.Value]bool) {
	for _, v := range []ssa.Value{ins.X, ins.Y} {
		if fresh[v] {
			p.skip[v.(ssa.Instruction)] = true
			p.fused[ins] = true
		}
	}
}

// isPlainLoad tells whether a load of a number is used once and not of an element.
func (p *plan) isPlainLoad(ins *ssa.UnOp) bool {
	if !isNumber(ins.Type()) || len(*ins.Referrers()) != 1 {
		return false
	}
	return p.isPlainAddr(ins.X)
}

func (p *plan) isPlainAddr(addr ssa.Value) bool {
	x, ok := addr.(*ssa.IndexAddr)
	return !ok || !p.skip[x] // a computed element address is a pointer like others
}

// isNumber tells whether t is int or float64, or named so.
func isNumber(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Int || b.Kind() == types.Float64)
}

func fusableArith(ins *ssa.BinOp) bool {
	switch ins.Op {
	case token.ADD, token.SUB, token.MUL, token.QUO:
		return isNumber(ins.X.Type())
	}
	return false
}

// fuseStore marks an operation whose result the next instruction stores.
func (p *plan) fuseStore(blk *ssa.BasicBlock) {
	var last ssa.Instruction // the last one that is not done by another
	for _, ins := range blk.Instrs {
		if st, ok := ins.(*ssa.Store); ok {
			bin, ok := st.Val.(*ssa.BinOp)
			if ok && last == ssa.Instruction(bin) && fusableArith(bin) &&
				len(*bin.Referrers()) == 1 && p.isPlainAddr(st.Addr) {
				p.skip[bin] = true
			}
		}
		if !p.skip[ins] {
			last = ins
		}
	}
}

// loc returns where an operand lies.
func (c *compiler) loc(v ssa.Value) loc {
	if ld, ok := v.(*ssa.UnOp); ok && ld.Op == token.MUL && c.plan.skip[ld] {
		return c.place(ld.X)
	}
	return loc{off: c.off(v)}
}

// place returns the variable that addr points to.
func (c *compiler) place(addr ssa.Value) loc {
	if g, ok := addr.(*ssa.Global); ok {
		return loc{fixed: c.e.global(g)}
	}
	a := c.address(addr)
	if a.kind == aFrame {
		return loc{off: a.off}
	}
	return loc{off: a.base, deref: true, field: a.off}
}

// fusedOp binds an operation on places.
func (c *compiler) fusedOp(ins *ssa.BinOp, d loc) op {
	x, y := c.loc(ins.X), c.loc(ins.Y)
	if ins.X.Type().Underlying().(*types.Basic).Kind() == types.Int {
		return placeOp[int](ins.Op, d, x, y)
	}
	return placeOp[float64](ins.Op, d, x, y)
}

func placeOp[T int | float64](o token.Token, d, x, y loc) op {
	if d.fixed != nil && d == x {
		if f := updateOp(o, (*T)(d.fixed), y); f != nil {
			return f
		}
	}
	switch o {
	case token.ADD:
		return func(fr *frame) { *(*T)(d.at(fr)) = *(*T)(x.at(fr)) + *(*T)(y.at(fr)) }
	case token.SUB:
		return func(fr *frame) { *(*T)(d.at(fr)) = *(*T)(x.at(fr)) - *(*T)(y.at(fr)) }
	case token.MUL:
		return func(fr *frame) { *(*T)(d.at(fr)) = *(*T)(x.at(fr)) * *(*T)(y.at(fr)) }
	}
	return func(fr *frame) { *(*T)(d.at(fr)) = *(*T)(x.at(fr)) / *(*T)(y.at(fr)) }
}

// updateOp binds v += y and v -= y for a variable of a package.
func updateOp[T int | float64](o token.Token, v *T, y loc) op {
	q, off := (*T)(y.fixed), y.off
	switch {
	case y.deref:
		return nil
	case o == token.ADD && q != nil:
		return func(*frame) { *v += *q }
	case o == token.ADD:
		return func(fr *frame) { *v += *at[T](fr, off) }
	case o == token.SUB && q != nil:
		return func(*frame) { *v -= *q }
	case o == token.SUB:
		return func(fr *frame) { *v -= *at[T](fr, off) }
	}
	return nil
}

// fusedTest binds a comparison of places.
func (c *compiler) fusedTest(ins *ssa.BinOp) test {
	x, y := c.loc(ins.X), c.loc(ins.Y)
	if ins.X.Type().Underlying().(*types.Basic).Kind() == types.Int {
		return placeTest[int](ins.Op, x, y)
	}
	return placeTest[float64](ins.Op, x, y)
}

func placeTest[T cmp.Ordered](o token.Token, x, y loc) test {
	if x.fixed != nil && y.fixed == nil && !y.deref && o == token.LSS {
		p, off := (*T)(x.fixed), y.off
		return func(fr *frame) bool { return *p < *at[T](fr, off) }
	}
	switch o {
	case token.EQL:
		return func(fr *frame) bool { return *(*T)(x.at(fr)) == *(*T)(y.at(fr)) }
	case token.NEQ:
		return func(fr *frame) bool { return *(*T)(x.at(fr)) != *(*T)(y.at(fr)) }
	case token.LSS:
		return func(fr *frame) bool { return *(*T)(x.at(fr)) < *(*T)(y.at(fr)) }
	case token.LEQ:
		return func(fr *frame) bool { return *(*T)(x.at(fr)) <= *(*T)(y.at(fr)) }
	case token.GTR:
		return func(fr *frame) bool { return *(*T)(x.at(fr)) > *(*T)(y.at(fr)) }
	}
	return func(fr *frame) bool { return *(*T)(x.at(fr)) >= *(*T)(y.at(fr)) }
}
