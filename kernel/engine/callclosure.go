package engine

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// callClosure binds a call of a func value whose one or two arguments and result are words;
// nil for others.
func (c *compiler) callClosure(cc *ssa.CallCommon, args, res []move) op {
	if _, isFunc := cc.Value.(*ssa.Function); isFunc || cc.IsInvoke() {
		return nil
	}
	if _, ok := cc.Value.Type().Underlying().(*types.Signature); !ok {
		return nil
	}
	if len(args) == 0 || len(args) > 2 || len(res) != 1 || !allWords(args) || !allWords(res) {
		return nil
	}
	rt := c.rtype(cc.Value.Type())
	s, slow := stubFor(rt), c.e.unwrapper(rt)
	if s == nil {
		return nil
	}
	f, d, x, y := c.off(cc.Value), res[0].dst, args[0].src, args[len(args)-1].src
	two := len(args) == 2
	return func(fr *frame) {
		p := *at[ptr](fr, f)
		if p == nil {
			panicNil()
		}
		var cl *closure
		if (*funcval)(p).code == s.code {
			cl = (*closure)(*word(p, s.at))
		} else {
			cl = slow(p)
		}
		b := cl.fn.code()
		nf := fr.push(b)
		cl.capture(nf)
		*at[uint64](nf, b.params[0]) = *at[uint64](fr, x)
		if two {
			*at[uint64](nf, b.params[1]) = *at[uint64](fr, y)
		}
		if b.hasDefer || fr.body.wrapper {
			nf.panics = fr.panicsFor(nf)
			b.exec(nf)
		} else {
			run(nf, b.entry)
		}
		*at[uint64](fr, d) = *at[uint64](nf, b.results[0])
		fr.pop(nf)
	}
}

func allWords(ms []move) bool {
	for _, m := range ms {
		if m.s.class != cW64 {
			return false
		}
	}
	return true
}
