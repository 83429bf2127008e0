package engine

import (
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// plan is what is decided about a function before registers are given out.
type plan struct {
	local       map[*ssa.Alloc]bool      // variables that live in the frame
	homes       map[*ssa.Alloc]slot      // where
	skip        map[ssa.Instruction]bool // done by another instruction
	joined      map[ssa.Value]*ssa.Phi   // values computed right in the phi's register
	callees     map[*ssa.Function]int    // uses as a value, not as the callee
	results     []slot
	moves       map[edge][]move1s
	runDefersAt map[ssa.Instruction]bool
	fused       map[*ssa.BinOp]bool // with operands that it loads itself
}

type edge struct {
	from *ssa.BasicBlock
	succ int
}

// move1s is one step of the moves on an edge.
type move1s struct {
	dst, src slot
	s        *shape
}

func (c *compiler) analyse() *plan {
	p := &plan{
		local: map[*ssa.Alloc]bool{}, homes: map[*ssa.Alloc]slot{},
		skip: map[ssa.Instruction]bool{}, joined: map[ssa.Value]*ssa.Phi{},
		callees: map[*ssa.Function]int{}, runDefersAt: map[ssa.Instruction]bool{},
		fused: map[*ssa.BinOp]bool{},
	}
	hasRunDefers, hasStack := false, false
	for _, blk := range c.fn.Blocks {
		for _, ins := range blk.Instrs {
			switch ins := ins.(type) {
			case *ssa.Alloc:
				p.local[ins] = !ins.Heap && staysLocal(ins)
			case *ssa.Defer:
				c.b.hasDefer = true
			case *ssa.RunDefers:
				hasRunDefers = true
			}
			p.countFuncs(ins)
			if call, ok := ins.(*ssa.Call); ok {
				if bi, ok := call.Call.Value.(*ssa.Builtin); ok && bi.Name() == "ssa:deferstack" {
					hasStack = true
				}
			}
			p.fuseAddr(ins)
			p.fuseCompare(ins)
		}
	}
	if hasStack {
		c.b.hasDefer = true
		if !hasRunDefers {
			p.placeRunDefers(c.fn)
		}
	}
	for _, blk := range c.fn.Blocks {
		p.fuseLoads(blk)
		p.fuseStore(blk)
	}
	p.join(c.fn)
	return p
}

// countFuncs records functions used as values.
func (p *plan) countFuncs(ins ssa.Instruction) {
	var buf [8]*ssa.Value
	for _, op := range ins.Operands(buf[:0]) {
		if f, ok := (*op).(*ssa.Function); ok {
			if mc, ok := ins.(*ssa.MakeClosure); ok && op == &mc.Fn {
				continue
			}
			if call, ok := ins.(ssa.CallInstruction); ok && op == &call.Common().Value {
				continue
			}
			p.callees[f]++
		}
	}
}

// staysLocal tells whether the address of a variable is only loaded from, stored
// to and taken apart, so that the variable can live in the frame.
func staysLocal(v ssa.Value) bool {
	for _, ref := range *v.Referrers() {
		switch ref := ref.(type) {
		case *ssa.UnOp:
			if ref.Op != token.MUL {
				return false
			}
		case *ssa.Store:
			if ref.Val == v {
				return false
			}
		case *ssa.FieldAddr:
			if !staysLocal(ref) {
				return false
			}
		case *ssa.IndexAddr:
			if ref.X != v || !staysLocal(ref) {
				return false
			}
		case *ssa.DebugRef:
		default:
			return false
		}
	}
	return true
}

// placeRunDefers makes the deferred calls of range-over-func bodies run: go/ssa
// leaves RunDefers out of functions whose own body defers nothing. They go
// before the loads of the results that precede each return.
func (p *plan) placeRunDefers(fn *ssa.Function) {
	for _, blk := range fn.Blocks {
		if blk == fn.Recover || len(blk.Instrs) == 0 {
			continue
		}
		n := len(blk.Instrs) - 1
		ret, ok := blk.Instrs[n].(*ssa.Return)
		if !ok {
			continue
		}
		at := ssa.Instruction(ret)
		for i := n - 1; i >= 0; i-- {
			ld, ok := blk.Instrs[i].(*ssa.UnOp)
			if !ok || ld.Op != token.MUL {
				break
			}
			at = ld
		}
		p.runDefersAt[at] = true
	}
}

// fuseAddr marks an address that is computed for one load or store of the same
// block: the load or store does it.
func (p *plan) fuseAddr(ins ssa.Instruction) {
	var addr ssa.Value
	switch ins := ins.(type) {
	case *ssa.UnOp:
		if ins.Op == token.MUL {
			addr = ins.X
		}
	case *ssa.Store:
		addr = ins.Addr
	}
	if addr == nil {
		return
	}
	def, ok := addr.(ssa.Instruction)
	if !ok || def.Block() != ins.Block() {
		return
	}
	switch addr.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		if refs := addr.Referrers(); len(*refs) == 1 {
			p.skip[def] = true
		}
	}
}

// fuseCompare marks a comparison used only by the If that follows it.
func (p *plan) fuseCompare(ins ssa.Instruction) {
	br, ok := ins.(*ssa.If)
	if !ok {
		return
	}
	cmp, ok := br.Cond.(*ssa.BinOp)
	if !ok || cmp.Block() != br.Block() || len(*cmp.Referrers()) != 1 {
		return
	}
	if isFusable(cmp) {
		p.skip[cmp] = true
	}
}

// isWrapper tells whether a synthetic function stands for the one method that it
// calls, so that this method may recover what its caller could.
func isWrapper(fn *ssa.Function) bool {
	for _, s := range []string{"wrapper", "thunk", "bound"} {
		if strings.Contains(fn.Synthetic, s) {
			return true
		}
	}
	return false
}
