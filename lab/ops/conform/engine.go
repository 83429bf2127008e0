package conform

import "cliplab/lab/ops"

// Engine is a place where ops run, with those ops that package ops has beside its seam.
type Engine interface {
	ops.Engine
	SigmoidLoss(dlogits, logits []float32, bias float32, n int) (loss float64, dbias float32)
	Rows(dst, x []float32, index []int, tokens, width int)
	RowsGrad(dx, dy []float32, index []int, tokens, width int)
}

// CPU are all engines of lab/ops that this machine can run, the judge first.
func CPU() []Engine {
	var all []Engine
	for _, e := range ops.Engines() {
		all = append(all, cpu{e})
	}
	return all
}

// cpu runs ops beside the seam while its engine is the one in use.
type cpu struct{ ops.Engine }

// use makes the engine the one in use until undo.
func (c cpu) use() (undo func()) {
	before := ops.Current().Name()
	if err := ops.Use(c.Name()); err != nil {
		panic(err)
	}
	return func() { _ = ops.Use(before) }
}

func (c cpu) SigmoidLoss(dlogits, logits []float32, bias float32, n int) (float64, float32) {
	defer c.use()()
	return ops.SigmoidLoss(dlogits, logits, bias, n)
}

func (c cpu) Rows(dst, x []float32, index []int, tokens, width int) {
	defer c.use()()
	ops.Rows(dst, x, index, tokens, width)
}

func (c cpu) RowsGrad(dx, dy []float32, index []int, tokens, width int) {
	defer c.use()()
	ops.RowsGrad(dx, dy, index, tokens, width)
}

func (c cpu) TanhGELU(dst, x []float32) {
	defer c.use()()
	ops.TanhGELU(dst, x)
}
