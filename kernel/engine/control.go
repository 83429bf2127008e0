package engine

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// genNext binds the instruction that ends a block.
func (c *compiler) genNext(blk *ssa.BasicBlock) {
	b := c.blocks[blk.Index]
	switch ins := blk.Instrs[len(blk.Instrs)-1].(type) {
	case *ssa.Jump:
		for _, m := range c.plan.moves[edge{blk, 0}] {
			c.emit(moveOp(m.s, c.lay.off(m.dst), c.lay.off(m.src)), token.NoPos)
		}
		to := blk.Succs[0]
		if isBack(blk, to) {
			b.next = c.backJump(to)
		} else {
			b.next = c.jump(to)
		}
	case *ssa.If:
		yes, no := c.edgeBlock(blk, 0), c.edgeBlock(blk, 1)
		b.next = c.branch(ins, yes, no, false)
	case *ssa.Return:
		c.genReturn(ins)
		b.next = func(*frame) *block { return nil }
	case *ssa.Panic:
		x := c.off(ins.X)
		toAny := c.toAny(ins.X.Type())
		c.emit(func(fr *frame) { goPanic(toAny(at[any](fr, x))) }, ins.Pos())
		b.next = func(*frame) *block { return nil }
	}
}

// isBack tells whether an edge may close a loop.
func isBack(from, to *ssa.BasicBlock) bool {
	return to.Index <= from.Index || to.Dominates(from)
}

func (c *compiler) jump(to *ssa.BasicBlock) func(*frame) *block {
	t := c.blocks[to.Index]
	return func(*frame) *block { return t }
}

// backJump ends a round of a loop. When the head of the loop only tests its
// condition, the test is made right here.
func (c *compiler) backJump(to *ssa.BasicBlock) func(*frame) *block {
	if br := c.onlyTest(to); br != nil {
		cur := c.cur
		c.cur = to
		f := c.branch(br, c.edgeBlock(to, 0), c.edgeBlock(to, 1), true)
		c.cur = cur
		return f
	}
	t := c.blocks[to.Index]
	return func(fr *frame) *block {
		if fr.g.x.stop.Load() != 0 {
			fr.g.checkStop()
		}
		return t
	}
}

// onlyTest returns the If of a block that does nothing else, or nil.
func (c *compiler) onlyTest(blk *ssa.BasicBlock) *ssa.If {
	for i, ins := range blk.Instrs {
		if i == len(blk.Instrs)-1 {
			br, _ := ins.(*ssa.If)
			if br != nil && (isBack(blk, blk.Succs[0]) || isBack(blk, blk.Succs[1])) {
				return nil
			}
			return br
		}
		if _, ok := ins.(*ssa.Phi); !ok && !c.plan.skip[ins] {
			return nil
		}
	}
	return nil
}

// edgeBlock returns the block that an edge of an If leads to: its target, or a
// block that first moves values into the target's phis and checks for interrupts.
func (c *compiler) edgeBlock(from *ssa.BasicBlock, succ int) *block {
	to := from.Succs[succ]
	moves := c.plan.moves[edge{from, succ}]
	if len(moves) == 0 && !isBack(from, to) {
		return c.blocks[to.Index]
	}
	b := &block{}
	for _, m := range moves {
		b.ops = append(b.ops, moveOp(m.s, c.lay.off(m.dst), c.lay.off(m.src)))
		b.pos = append(b.pos, token.NoPos)
	}
	b.next = c.jump(to)
	if isBack(from, to) {
		b.next = c.backJump(to)
	}
	c.edges = append(c.edges, b)
	return b
}

func (c *compiler) genReturn(ins *ssa.Return) {
	for i, v := range ins.Results {
		dst, src := c.lay.off(c.plan.results[i]), c.off(v)
		c.emit(moveOp(c.b.rshape[i], dst, src), ins.Pos())
	}
}

// branch binds an If, with the comparison that it alone uses. A back branch also
// looks for an interrupt.
func (c *compiler) branch(ins *ssa.If, yes, no *block, back bool) func(*frame) *block {
	if cmp, ok := ins.Cond.(*ssa.BinOp); ok && c.plan.skip[cmp] {
		return c.compareBranch(cmp, yes, no, back)
	}
	x := c.off(ins.Cond)
	return func(fr *frame) *block {
		if back && fr.g.x.stop.Load() != 0 {
			fr.g.checkStop()
		}
		if *at[bool](fr, x) {
			return yes
		}
		return no
	}
}
