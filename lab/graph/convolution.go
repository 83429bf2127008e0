package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
)

// Legend of convolution.go, batchnorm.go and resnet.go: cells [B, S, S, C], see lab/ops.

// bench is the working memory of convolutions. Those of a graph share it, as they run one after
// the other.
type bench struct{ columns, turned, sums []float32 }

// columnNumbers is how much of the columns of a convolution is laid out at once: 4 MB, but no
// fewer than columnRows rows, for which the weights are packed again.
const (
	columnNumbers = 1 << 20
	columnRows    = 512
)

// Cells brings the channels of pictures innermost. Pictures have no gradient.
//
//	images [B, C, S, S]
//	       [B, S, S, C]
func Cells(images *G.Node) *G.Node {
	s := images.Shape()
	want("Cells", "images", images, len(s) == 4 && s[2] == s[3])
	o := &op{name: "Cells", shape: []int{s[0], s[2], s[3], s[1]}, wanted: []bool{false},
		run: func(dst []float32, v [][]float32) { ops.Cells(dst, v[0], s[0], s[1], s[2]*s[3]) }}
	o.grads = func(G.Nodes, *G.Node, *G.Node) G.Nodes { return G.Nodes{nil} }
	return apply(o, images)
}

// Convolution is a 3×3 convolution with a border of zeros, without bias. With a stride of 2 it
// has no gradient by x, which none but the first layer of a ResNet would want.
//
//	x [B, S, S, in]
//	w [out, in, 3, 3]  as torch.nn.Conv2d keeps it
//	  [B, S/stride, S/stride, out]
func Convolution(x, w *G.Node, stride int) *G.Node { return convolution(x, w, stride, new(bench)) }

func convolution(x, w *G.Node, stride int, b *bench) *G.Node {
	s, k := x.Shape(), w.Shape()
	want("Convolution", "x", x, len(s) == 4 && s[1] == s[2] && stride > 0 && s[1]%stride == 0)
	want("Convolution", "w", w, len(k) == 4 && k[1] == s[3] && k[2] == 3 && k[3] == 3)
	c := &conv{bench: b, batch: s[0], side: s[1], stride: stride, in: s[3], out: k[0]}
	o := &op{name: "Convolution", shape: []int{s[0], s[1] / stride, s[1] / stride, k[0]},
		wanted: []bool{stride == 1, true}, run: func(dst []float32, v [][]float32) {
			c.forward(dst, v[0], c.turn(v[1]))
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 2)
		if o.wanted[0] {
			back := *c
			back.in, back.out = c.out, c.in
			grads[0] = apply(&op{name: "Convolution dx", shape: s,
				run: func(dx []float32, v [][]float32) { back.forward(dx, v[0], back.turnBack(v[1])) }},
				grad, w)
		}
		if o.wanted[1] {
			grads[1] = apply(&op{name: "Convolution dw", shape: k,
				run: func(dw []float32, v [][]float32) { c.weightGrad(dw, v[0], v[1]) }}, grad, x)
		}
		return grads
	}
	return apply(o, x, w)
}

// conv is the shape of a convolution.
type conv struct {
	*bench
	batch, side, stride, in, out int
}

// blocks calls f for blocks of rows of the result with their columns.
func (c *conv) blocks(x []float32, f func(columns []float32, lo, hi int)) {
	out := c.side / c.stride
	lines := c.batch * out
	step := max(1, max(columnNumbers/(9*c.in), columnRows)/out)
	for lo := 0; lo < lines; lo += step {
		hi := min(lo+step, lines)
		columns := grow(&c.columns, (hi-lo)*out*9*c.in)
		ops.Columns(columns, x, lo, hi, c.side, c.in, c.stride)
		f(columns, lo*out, hi*out)
	}
}

// forward is columns·Wᵀ.
//
//	w [out, ky, kx, in]
func (c *conv) forward(dst, x, w []float32) {
	c.blocks(x, func(columns []float32, lo, hi int) {
		ops.Linear(dst[lo*c.out:hi*c.out], columns, w, nil, nil, hi-lo, 9*c.in, c.out)
	})
}

// weightGrad is dyᵀ·columns, with columns made again instead of kept: they are nine times x.
func (c *conv) weightGrad(dw, dy, x []float32) {
	sums := grow(&c.sums, len(dw))
	c.blocks(x, func(columns []float32, lo, hi int) {
		ops.Gemm(sums, dy[lo*c.out:hi*c.out], columns, c.out, 9*c.in, hi-lo, true, false, lo > 0)
	})
	for o := range c.out {
		from, to := sums[o*9*c.in:][:9*c.in], dw[o*9*c.in:][:9*c.in]
		for i := range to {
			to[i] = from[i%9*c.in+i/9]
		}
	}
}

// turn brings the weights to the order of the columns.
//
//	w      [out, in, ky, kx]
//	result [out, ky, kx, in]
func (c *conv) turn(w []float32) []float32 {
	turned := grow(&c.turned, len(w))
	for o := range c.out {
		from, to := w[o*9*c.in:][:9*c.in], turned[o*9*c.in:][:9*c.in]
		for i, v := range from {
			to[i%9*c.in+i/9] = v
		}
	}
	return turned
}

// turnBack gives the weights of the gradient by x, which is a convolution of dy: of cell (ky, kx)
// they are those of the cell opposite. c is the convolution of dy.
//
//	w      [in, out, ky, kx]
//	result [out, 2−ky, 2−kx, in]
func (c *conv) turnBack(w []float32) []float32 {
	turned := grow(&c.turned, len(w))
	for i := range c.in {
		for o := range c.out {
			for k, v := range w[(i*c.out+o)*9:][:9] {
				turned[(o*9+8-k)*c.in+i] = v
			}
		}
	}
	return turned
}

// pointwise is a 1×1 convolution without bias, a product over rows of cells. Where a branch starts
// with it, skip brings the gradient that goes around the branch, which its own is added to.
//
//	x [B, S, S, in]
//	w [out, in, 1, 1]
//	  [B, S, S, out]
func pointwise(x, w *G.Node, skip *fork) *G.Node {
	p := newPoints(x, w)
	o := &op{name: "Convolution 1×1", shape: p.shape, wanted: []bool{true, true}, run: p.forward}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 2)
		if o.wanted[0] {
			grads[0] = p.inputGrad(grad, x, w, skip)
		}
		if o.wanted[1] {
			grads[1] = p.weightGrad(grad, x, w)
		}
		return grads
	}
	return apply(o, x, w)
}

// points is the shape of a 1×1 convolution.
type points struct {
	rows, in, out int
	shape         []int
}

func newPoints(x, w *G.Node) points {
	s, k := x.Shape(), w.Shape()
	want("Convolution 1×1", "x", x, len(s) == 4)
	want("Convolution 1×1", "w", w, len(k) == 4 && k[1] == s[3] && k[2] == 1 && k[3] == 1)
	return points{s[0] * s[1] * s[2], s[3], k[0], []int{s[0], s[1], s[2], k[0]}}
}

func (p points) forward(dst []float32, v [][]float32) {
	ops.Linear(dst, v[0], v[1], nil, nil, p.rows, p.in, p.out)
}

func (p points) inputGrad(grad, x, w *G.Node, skip *fork) *G.Node {
	inputs := G.Nodes{grad, w}
	if skip != nil && skip.grad != nil {
		inputs = append(inputs, skip.grad)
	}
	return apply(&op{name: "Convolution 1×1 dx", shape: x.Shape(),
		run: func(dx []float32, v [][]float32) {
			if len(v) > 2 {
				copy(dx, v[2])
			}
			ops.Gemm(dx, v[0], v[1], p.rows, p.in, p.out, false, false, len(v) > 2)
		}}, inputs...)
}

func (p points) weightGrad(grad, x, w *G.Node) *G.Node {
	return apply(&op{name: "Convolution 1×1 dw", shape: w.Shape(),
		run: func(dw []float32, v [][]float32) {
			ops.LinearGrad(nil, dw, nil, v[0], v[1], nil, p.rows, p.in, p.out)
		}}, grad, x)
}

// AverageFour is the mean of each 2×2 cells.
//
//	x [B, S, S, C]
//	  [B, S/2, S/2, C]
func AverageFour(x *G.Node) *G.Node { return averageFour(x, true) }

// averageFour without grad carries no gradient back by itself.
func averageFour(x *G.Node, grad bool) *G.Node {
	s := x.Shape()
	want("AverageFour", "x", x, len(s) == 4 && s[1] == s[2] && s[1]%2 == 0)
	o := &op{name: "AverageFour", shape: []int{s[0], s[1] / 2, s[2] / 2, s[3]}, wanted: []bool{grad},
		run: func(dst []float32, v [][]float32) { ops.AverageFour(dst, v[0], s[0], s[1], s[3]) }}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes { return G.Nodes{averageFourGrad(grad, s)} }
	return apply(o, x)
}

func averageFourGrad(grad *G.Node, s []int) *G.Node {
	return apply(&op{name: "AverageFour dx", shape: s, run: func(dx []float32, v [][]float32) {
		ops.AverageFourGrad(dx, v[0], s[0], s[1], s[3])
	}}, grad)
}

// grow gives n numbers of unknown content, from *buf when it is large enough.
func grow(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = make([]float32, n)
	}
	return (*buf)[:n]
}
