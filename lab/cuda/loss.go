package cuda

import (
	"errors"
	"fmt"

	"cliplab/lab/ops"
)

// contrastive is the loss of N pairs, CLIP's or SigLIP's, in panels of rows of the matrix of
// logits, so that memory grows with N and not with N². CLIP's with several panels calculates logits
// twice: once for the sums of rows and columns, once for the gradient.
type contrastive struct {
	g         *GPU
	n, d, row int // pairs, dimensions, rows of a panel
	p         Precision

	image, text   pointer // [N, D] unit features
	dimage, dtext pointer // their gradients
	t, dt         pointer // the logarithm of the logit scale, and its gradient
	bias, dbias   pointer // of SigLIP's loss, which is taken where bias is not 0

	scaled                     pointer // [N, D]  eᵗ · image
	panel                      pointer // [row, N]
	byRow, byColumn, right, d1 pointer // [N]
	losses                     pointer // [2]
}

// panelNumbers is how many logits a panel may hold, unless told otherwise: 256 MiB.
const panelNumbers = 64 << 20

func newContrastive(a *arena, n, d, panelRows int, p Precision) *contrastive {
	if panelRows <= 0 {
		panelRows = max(1, panelNumbers/n)
	}
	// Logits of up to 100 want more than the 8 digits of bf16.
	c := &contrastive{g: a.g, n: n, d: d, row: min(n, panelRows), p: min(p, TF32)}
	take := func(n int) pointer { return a.take("the loss of pairs", n) }
	c.image, c.text, c.dimage, c.dtext = take(n*d), take(n*d), take(n*d), take(n*d)
	c.scaled, c.panel = take(n*d), take(c.row*n)
	c.byRow, c.byColumn, c.right, c.d1, c.losses = take(n), take(n), take(n), take(n), take(2)
	return c
}

func at(p pointer, numbers int) pointer { return p + pointer(numbers*number) }

// logits are those of the panel that starts at a row.
func (c *contrastive) logits(first, rows int) {
	c.g.gemm(c.panel, at(c.scaled, first*c.d), c.text, rows, c.n, c.d, false, true, fused{}, c.p)
}

// run leaves the losses and all gradients.
func (c *contrastive) run() {
	n, d := c.n, c.d
	c.g.each("scale_exp", n*d, c.scaled, c.image, c.t)
	if c.bias == 0 {
		c.sums()
	}
	for first := 0; first < n; first += c.row {
		rows := min(c.row, n-first)
		if c.row < n || c.bias != 0 {
			c.logits(first, rows)
		}
		c.gradient(first, rows)
		// dI = eᵗ · dl·T, dT = dlᵀ·(eᵗ · I)
		c.g.gemm(at(c.dimage, first*d), c.panel, c.text, rows, d, n, false, false, fused{}, c.p)
		c.g.gemm(c.dtext, c.panel, at(c.scaled, first*d), n, d, rows, true, false,
			fused{add: first > 0}, c.p)
	}
	c.g.each("scale_exp", n*d, c.dimage, c.dimage, c.t)
	c.total(c.dt, c.d1)
	if c.bias != 0 { // both halves of the loss are the whole
		c.total(c.losses, c.byRow)
		c.total(at(c.losses, 1), c.byRow)
		c.total(c.dbias, c.byColumn)
	}
}

// sums leaves the logarithms of the sums of all rows and columns, and the losses.
func (c *contrastive) sums() {
	n := c.n
	for first := 0; first < n; first += c.row {
		rows := min(c.row, n-first)
		c.logits(first, rows)
		c.g.eachRow("row_lse", rows, c.byRow, c.right, c.panel, int32(rows), int32(n), int32(first))
		c.g.launch("column_lse", [3]uint32{blocks(n, 32), 1, 1}, columnBlock, c.byColumn, c.panel,
			int32(rows), int32(n), int32(first))
	}
	c.g.launch("losses", one, sumBlock, c.losses, c.byRow, c.byColumn, c.right, int32(n))
}

// gradient turns the logits of a panel into their gradient.
func (c *contrastive) gradient(first, rows int) {
	shape := []any{int32(rows), int32(c.n), int32(first)}
	if c.bias == 0 {
		c.g.eachRow("contrastive_grad", rows, append([]any{c.panel, c.d1, c.panel, c.byRow, c.byColumn},
			shape...)...)
		return
	}
	c.g.eachRow("sigmoid_grad", rows, append([]any{c.panel, c.byRow, c.d1, c.byColumn, c.panel,
		c.bias}, shape...)...)
}

func (c *contrastive) total(dst, x pointer) {
	c.g.launch("total", one, sumBlock, dst, x, int32(c.n))
}

// ContrastiveLoss is the loss of N pairs of unit features and its gradients, in panels of rows of
// logits (0: as many as 256 MiB hold). With it a batch may be larger than what the towers hold at
// a time (Gao et al. 2021, GradCache): no N×N matrix is ever kept, so N = 32,768 fits.
//
//	image, text   [N, D]  unit features
//	dimage, dtext [N, D]  their gradients
//	t, dt         the logarithm of the logit scale, and its gradient
func (g *GPU) ContrastiveLoss(dimage, dtext, image, text []float32, t float32, n, d, rows int,
	p Precision) (l ops.Losses, dt float32, err error) {
	if n < 1 || len(image) != n*d || len(text) != n*d || len(dimage) != n*d || len(dtext) != n*d {
		return l, 0, fmt.Errorf("cuda: %d and %d numbers are no features [%d %d]", len(image), len(text),
			n, d)
	}
	a := &arena{g: g}
	c := newContrastive(a, n, d, rows, p)
	c.t, c.dt = a.take("the loss of pairs", 1), a.take("the loss of pairs", 1)
	g.do(func() error {
		return errors.Join(g.stream.Write(c.image, image), g.stream.Write(c.text, text),
			g.stream.Write(c.t, []float32{t}))
	})
	c.run()
	losses, dts := make([]float32, 2), make([]float32, 1)
	g.do(func() error {
		return errors.Join(g.stream.Read(losses, c.losses), g.stream.Read(dts, c.dt),
			g.stream.Read(dimage, c.dimage), g.stream.Read(dtext, c.dtext))
	})
	err = errors.Join(g.Err(), a.free())
	return ops.Losses{PerImage: float64(losses[0]), PerText: float64(losses[1])}, dts[0], err
}
