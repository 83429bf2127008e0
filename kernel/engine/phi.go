package engine

import (
	"golang.org/x/tools/go/ssa"
)

// join finds values that can be computed right in the register of the phi that
// they flow into, as i+1 in a loop: the value is used by the phi only, its block
// has no other successor, and the phi is not read after the value is computed.
func (p *plan) join(fn *ssa.Function) {
	for _, blk := range fn.Blocks {
		for _, ins := range blk.Instrs {
			phi, ok := ins.(*ssa.Phi)
			if !ok {
				break
			}
			if p.joinOne(phi) {
				continue
			}
		}
	}
}

func (p *plan) joinOne(phi *ssa.Phi) bool {
	for i, v := range phi.Edges {
		pred := phi.Block().Preds[i]
		def, ok := v.(ssa.Instruction)
		if !ok || def.Block() != pred || len(pred.Succs) != 1 || !joinable(v) {
			continue
		}
		if len(*v.Referrers()) != 1 || p.readAfter(phi, def, pred, i) {
			continue
		}
		p.joined[v] = phi
	}
	return false
}

func joinable(v ssa.Value) bool {
	switch v.(type) {
	case *ssa.BinOp, *ssa.Convert, *ssa.UnOp, *ssa.ChangeType, *ssa.Call:
		return true
	}
	return false
}

// readAfter tells whether phi is read by an instruction of pred that runs at or
// after def, or by another phi on the edge i.
func (p *plan) readAfter(phi *ssa.Phi, def ssa.Instruction, pred *ssa.BasicBlock, i int) bool {
	for _, ins := range phi.Block().Instrs {
		q, ok := ins.(*ssa.Phi)
		if !ok {
			break
		}
		if q != phi && readsPart(q.Edges[i], phi) {
			return true
		}
	}
	after := false
	for _, ins := range pred.Instrs {
		if ins == def {
			after = true
			continue // reading phi in def itself is fine: it is read first
		}
		if after && p.reads(ins, phi) {
			return true
		}
	}
	return false
}

// reads tells whether ins, with the instructions done by it, reads phi.
func (p *plan) reads(ins ssa.Instruction, phi *ssa.Phi) bool {
	var buf [8]*ssa.Value
	for _, op := range ins.Operands(buf[:0]) {
		if *op == nil {
			continue
		}
		if readsPart(*op, phi) {
			return true
		}
		if d, ok := (*op).(ssa.Instruction); ok && p.skip[d] && p.reads(d, phi) {
			return true
		}
	}
	return false
}

// readsPart tells whether v is phi or lies in its register.
func readsPart(v ssa.Value, phi *ssa.Phi) bool {
	for {
		if v == phi {
			return true
		}
		switch w := v.(type) {
		case *ssa.Field:
			v = w.X
		default:
			return false
		}
	}
}

// planMoves orders the moves into the phis of a successor. They happen at once
// in Go's terms, so a register is read before it is written, and cycles go
// through a temporary.
func (c *compiler) planMoves(from *ssa.BasicBlock, succ int, to *ssa.BasicBlock) {
	pred := predIndex(from, succ, to)
	var todo []move1s
	for _, ins := range to.Instrs {
		phi, ok := ins.(*ssa.Phi)
		if !ok {
			break
		}
		m := move1s{c.slots[phi], c.resolve(phi.Edges[pred]), c.shape(phi.Type())}
		if m.dst != m.src {
			todo = append(todo, m)
		}
	}
	var done []move1s
	for len(todo) > 0 {
		i := readyMove(todo)
		if i < 0 { // only cycles are left: free the first target
			m := todo[0]
			tmp := c.lay.alloc(m.s.rt)
			done = append(done, move1s{tmp, m.dst, m.s})
			for j := range todo {
				if sameReg(todo[j].src, m.dst) {
					extra := todo[j].src.extra
					todo[j].src = tmp
					todo[j].src.extra = extra
				}
			}
			i = 0
		}
		done = append(done, todo[i])
		todo = append(todo[:i], todo[i+1:]...)
	}
	if len(done) > 0 {
		c.plan.moves[edge{from, succ}] = done
	}
}

func sameReg(a, b slot) bool { return a.area == b.area && a.index == b.index }

// readyMove returns a move whose target no other move reads, or -1.
func readyMove(todo []move1s) int {
	for i, m := range todo {
		ready := true
		for j, o := range todo {
			if i != j && sameReg(o.src, m.dst) {
				ready = false
			}
		}
		if ready {
			return i
		}
	}
	return -1
}

// predIndex returns which predecessor of to the edge is; both edges of an If may
// lead to the same block.
func predIndex(from *ssa.BasicBlock, succ int, to *ssa.BasicBlock) int {
	nth := 0
	for i := range succ {
		if from.Succs[i] == to {
			nth++
		}
	}
	for i, p := range to.Preds {
		if p == from {
			if nth == 0 {
				return i
			}
			nth--
		}
	}
	return -1
}
