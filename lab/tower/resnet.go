package tower

import (
	"cliplab/lab/ops"
	"cliplab/lab/trace"
)

// Legend: cells [B, S, S, C] lie with the channels innermost, so that a 1×1 convolution is a
// product over rows of cells. S side.

// resNet is the layers of OpenAI's modified ResNet, batch norms folded in.
type resNet struct {
	stem                   [3]*layer
	bottlenecks            []bottleneck
	query, key, value, out *layer
}

type bottleneck struct {
	Bottleneck
	conv1, conv2, conv3, around *layer
}

// columnNumbers is how much of the columns of a convolution is laid out at once: 1 MB, which
// stays in a core's own cache until it is multiplied.
const columnNumbers = 256 << 10

// stemNames are those of the ReLUs, where folded batch norms first show.
var stemNames = [3]string{"visual.act1", "visual.act2", "visual.act3"}

func newResNet(c Config) *resNet {
	w, e := c.VisionWidth, c.poolWidth()
	conv := func(name, norm string, out, in, side int) *layer {
		return &layer{weight: name + ".weight", norm: norm, in: in * side * side, out: out, side: side}
	}
	r := &resNet{
		stem: [3]*layer{conv("visual.conv1", "visual.bn1", w/2, 3, 3),
			conv("visual.conv2", "visual.bn2", w/2, w/2, 3), conv("visual.conv3", "visual.bn3", w, w/2, 3)},
		query: linearLayer(PoolQuery, e, e), key: linearLayer(PoolKey, e, e),
		value: linearLayer(PoolValue, e, e), out: linearLayer(PoolOut, e, c.EmbedDim),
	}
	for _, b := range Bottlenecks(c) {
		l := bottleneck{Bottleneck: b,
			conv1: conv(b.Name+".conv1", b.Name+".bn1", b.Planes, b.In, 1),
			conv2: conv(b.Name+".conv2", b.Name+".bn2", b.Planes, b.Planes, 3),
			conv3: conv(b.Name+".conv3", b.Name+".bn3", b.Out(), b.Planes, 1),
		}
		if b.Downsample {
			l.around = conv(b.Name+".downsample.0", b.Name+".downsample.1", b.Out(), b.In, 1)
		}
		r.bottlenecks = append(r.bottlenecks, l)
	}
	return r
}

// encodeResNet carries b pictures to features.
func (e *Encoder) encodeResNet(w *work, dst, pixels []float32, b int, t *trace.Trace) {
	c, s := e.config, e.config.ImageSize
	x := grow(&w.x, b*s*s*3)
	ops.Cells(x, pixels, b, 3, s*s)
	width := c.VisionWidth / 2
	for i, l := range e.resNet.stem {
		stride := 1
		if i == 0 {
			stride = 2
		}
		y := grow(&w.wide, b*(s/stride)*(s/stride)*l.out)
		e.convolve(w, l, y, x, b, s, stride)
		s, width = s/stride, l.out
		keepCells(t, stemNames[i], "", "ReLU(bn(conv(x)))", y, b, s, width)
		w.x, w.wide = w.wide, w.x
		x = y
	}
	y := grow(&w.wide, b*s*s/4*width)
	ops.AverageFour(y, x, b, s, width)
	w.x, w.wide = w.wide, w.x
	x, s = y, s/2
	keepCells(t, "visual.avgpool", "", "mean of 2×2 cells", x, b, s, width)
	for i := range e.resNet.bottlenecks {
		n := &e.resNet.bottlenecks[i]
		x = e.bottleneck(w, n, x, b, s)
		s /= n.Stride
		keepCells(t, n.Name, "", "ReLU(bn3(conv3(…)) + x)", x, b, s, n.Out())
	}
	e.pool(w, dst, x, b, s*s, t)
}

// convolve is ReLU(bn(conv(x))) of 3×3 cells with a border of zeros.
//
//	dst [B, S/stride, S/stride, out]
//	x   [B, S, S, in/9]
func (e *Encoder) convolve(w *work, l *layer, dst, x []float32, b, s, stride int) {
	lines := b * (s / stride)
	step := max(1, columnNumbers/(s/stride*l.in))
	for lo := 0; lo < lines; lo += step {
		hi := min(lo+step, lines)
		rows := (hi - lo) * (s / stride)
		column := grow(&w.column, rows*l.in)
		ops.Columns(column, x, lo, hi, s, l.in/9, stride)
		e.apply(l, dst[lo*(s/stride)*l.out:][:rows*l.out], column, nil, rows, ops.ReLUActivation)
	}
}

// bottleneck leaves its result in w.x, where its input is.
//
//	x      [B, S, S, in]
//	result [B, S/stride, S/stride, out]
func (e *Encoder) bottleneck(w *work, n *bottleneck, x []float32, b, s int) []float32 {
	cells := b * s * s
	y := grow(&w.wide, cells*n.Planes)
	e.apply(n.conv1, y, x, nil, cells, ops.ReLUActivation)
	z := grow(&w.norm, cells*n.Planes)
	e.convolve(w, n.conv2, z, y, b, s, 1)
	if n.Stride > 1 {
		cells /= 4
		ops.AverageFour(y[:cells*n.Planes], z, b, s, n.Planes)
		z = y[:cells*n.Planes]
		small := grow(&w.other, cells*n.In)
		ops.AverageFour(small, x, b, s, n.In)
		x = small
	}
	if n.Downsample {
		around := grow(&w.around, cells*n.Out())
		e.apply(n.around, around, x, nil, cells, ops.Identity)
		x = around
	}
	out := grow(&w.keys, cells*n.Out())
	e.apply(n.conv3, out, z, x, cells, ops.Identity)
	for i, v := range out {
		out[i] = max(v, 0)
	}
	w.x, w.keys = w.keys, w.x
	return out
}

// pool is attention pooling: the mean of all cells asks the cells and itself.
//
//	dst [B, D]
//	x   [B, S·S, C]
func (e *Encoder) pool(w *work, dst, x []float32, b, cells int, t *trace.Trace) {
	c, width := e.config, e.config.poolWidth()
	s := w.equal(b, 1+cells)
	s.width, s.heads = width, c.VisionHeads
	tokens := grow(&w.norm, s.rows()*width)
	ops.MeanFirst(tokens, x, e.get(PoolPositions), b, cells, width)
	t.Keep(PoolPositions, "", "[mean; cells] + positional_embedding", tokens, b, 1+cells, width)
	asking, q := w.pick(&w.picked, tokens, s), grow(&w.queries, b*width)
	e.apply(e.resNet.query, q, asking, nil, b, ops.Identity)
	keys, values := grow(&w.wide, s.rows()*width), grow(&w.around, s.rows()*width)
	e.apply(e.resNet.key, keys, tokens, nil, s.rows(), ops.Identity)
	e.apply(e.resNet.value, values, tokens, nil, s.rows(), ops.Identity)
	var probs []float32
	if t.Wants("visual.attnpool", ".weights") {
		probs = grow(&w.probs, b*s.heads*(1+cells))
	}
	w.attendOne(asking, probs, q, keys, values, width, s)
	if probs != nil {
		t.Keep("visual.attnpool", ".weights", "softmax(q·Kᵀ/√d)", probs, b, s.heads, 1+cells)
	}
	t.Keep("visual.attnpool", ".attn", "softmax(q·Kᵀ/√d)·V", asking, b, width)
	e.apply(e.resNet.out, dst, asking, nil, b, ops.Identity)
	t.Keep("visual.attnpool", "", "attn · Wᵀ + b: the image features", dst, b, c.EmbedDim)
}
