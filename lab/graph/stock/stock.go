package stock

import (
	"fmt"
	"maps"
	"math"

	G "gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"

	_ "cliplab/lab/graph" // sets Gorgonia up: no pool, an acknowledged Go version
)

// CLIP is the graph of a training step.
type CLIP struct {
	Patches *G.Node // input [batch·(1+P), 3·patch²], each picture's first row zero
	Tokens  *G.Node // input [batch·T], ids
	First   *G.Node // input [batch, batch·(1+P)], picks class tokens
	End     *G.Node // input [batch, batch·T], picks ends of text
	Loss    *G.Node

	Learnables G.Nodes

	g      *G.ExprGraph
	c      tower.Config
	params map[string]*tensor.Tensor
	batch  int
}

// New adds a model to g for batches of one size. It copies the parameters.
//
//	tokens [batch, T]  ids; texts end in their largest id
//	images [batch, 3, size, size]
func New(g *G.ExprGraph, c tower.Config, batch int, params map[string]*tensor.Tensor,
	images, tokens *tensor.Tensor) *CLIP {
	m := &CLIP{g: g, c: c, params: maps.Clone(params), batch: batch}
	m.inputs(images, tokens)
	image := m.normalize(m.imageTower())
	text := m.normalize(m.textTower())
	scale := G.Must(G.Exp(m.param(tower.LogitScale)))
	logits := G.Must(G.HadamardProd(G.Must(G.Mul(image, G.Must(G.Transpose(text, 1, 0)))), scale))
	diagonal := make([]float32, batch*batch)
	for i := range batch {
		diagonal[i*(batch+1)] = -1 / float32(2*batch)
	}
	picked := m.input("diagonal", diagonal, batch, batch)
	half := func(x *G.Node) *G.Node {
		return G.Must(G.Sum(G.Must(G.HadamardProd(G.Must(G.LogSoftMax(x)), picked))))
	}
	m.Loss = G.Must(G.Add(half(logits), half(G.Must(G.Transpose(logits, 1, 0)))))
	return m
}

// inputs are the batch, cut and laid out as stock ops want it.
func (m *CLIP) inputs(images, tokens *tensor.Tensor) {
	p, width, t := m.c.Patches(), m.c.PatchPixels(), tokens.Shape[1]
	rows := 1 + p
	cut := make([]float32, m.batch*rows*width)
	grid, size, patch := m.c.Grid(), m.c.ImageSize, m.c.PatchSize
	for i := range m.batch {
		for k := range p {
			row := cut[(i*rows+1+k)*width:]
			y0, x0 := k/grid*patch, k%grid*patch
			for ch := range 3 {
				for y := range patch {
					from := ((i*3+ch)*size+y0+y)*size + x0
					copy(row[(ch*patch+y)*patch:], images.Data[from:from+patch])
				}
			}
		}
	}
	m.Patches = m.input("patches", cut, m.batch*rows, width)
	ids := make([]int, len(tokens.Data))
	first, end := make([]float32, m.batch*m.batch*rows), make([]float32, m.batch*m.batch*t)
	for i := range m.batch {
		first[i*m.batch*rows+i*rows] = 1
		at := 0
		for j, id := range tokens.Row(i).Data {
			ids[i*t+j] = int(id)
			if id > tokens.Row(i).Data[at] {
				at = j
			}
		}
		end[i*m.batch*t+i*t+at] = 1
	}
	m.Tokens = G.NewTensor(m.g, gt.Int, 1, G.WithShape(len(ids)), G.WithName("tokens"),
		G.WithValue(gt.New(gt.WithShape(len(ids)), gt.WithBacking(ids))))
	m.First = m.input("first", first, m.batch, m.batch*rows)
	m.End = m.input("end", end, m.batch, m.batch*t)
}

func (m *CLIP) input(name string, data []float32, shape ...int) *G.Node {
	return G.NewTensor(m.g, G.Float32, len(shape), G.WithShape(shape...), G.WithName(name),
		G.WithValue(gt.New(gt.WithShape(shape...), gt.WithBacking(data))))
}

// param is a learned node, of the shape that is asked for.
func (m *CLIP) param(name string, shape ...int) *G.Node {
	data := append([]float32(nil), m.params[name].Data...)
	var n *G.Node
	if len(m.params[name].Shape) == 0 {
		n = G.NewScalar(m.g, G.Float32, G.WithName(name), G.WithValue(data[0]))
	} else {
		n = m.input(name, data, shape...)
	}
	m.Learnables = append(m.Learnables, n)
	return n
}

// third is a third of a parameter, for queries, keys or values, as a parameter of its own. To
// slice one is no way: slices whose bounds differ by multiples of 256 become one node, since
// Gorgonia's hash of them takes a byte of each bound.
func (m *CLIP) third(name string, k int, shape ...int) *G.Node {
	all, part := m.params[name].Data, fmt.Sprintf("%s %d", name, k)
	n := len(all) / 3
	m.params[part] = tensor.From(all[k*n:(k+1)*n], shape...)
	return m.param(part, shape...)
}

func (m *CLIP) imageTower() *G.Node {
	w, rows := m.c.VisionWidth, 1+m.c.Patches()
	x := G.Must(G.Mul(m.Patches, G.Must(G.Transpose(
		m.param(tower.ConvWeight, w, m.c.PatchPixels()), 1, 0)))) // [batch·rows, width]
	first := make([]float32, rows)
	first[0] = 1
	class := G.Must(G.Mul(m.input("class place", first, rows, 1), m.param(tower.ClassEmbedding, 1, w)))
	x = m.addRows(x, G.Must(G.Add(m.param(tower.VisualPositions, rows, w), class)))
	x = m.norm(x, tower.LnPre, w)
	for i := range m.c.VisionLayers {
		x = m.block(x, tower.VisionBlock(i), m.c.VisionHeads, rows, w, false)
	}
	x = m.norm(G.Must(G.Mul(m.First, x)), tower.LnPost, w)
	return G.Must(G.Mul(x, m.param(tower.VisualProjection, w, m.c.EmbedDim)))
}

func (m *CLIP) textTower() *G.Node {
	w, t := m.c.TextWidth, m.Tokens.Shape()[0]/m.batch
	x := G.Must(G.ByIndices(m.param(tower.TokenEmbedding, m.c.VocabSize, w), m.Tokens, 0))
	positions := m.param(tower.PositionalEmbedding, m.c.ContextLength, w)
	if t < m.c.ContextLength {
		positions = G.Must(G.Slice(positions, G.S(0, t)))
	}
	x = m.addRows(x, positions)
	for i := range m.c.TextLayers {
		x = m.block(x, tower.TextBlock(i), m.c.TextHeads, t, w, true)
	}
	x = m.norm(G.Must(G.Mul(m.End, x)), tower.LnFinal, w)
	return G.Must(G.Mul(x, m.param(tower.TextProjection, w, m.c.EmbedDim)))
}

// addRows adds the same rows to each sequence: positions, and before pictures the class token.
func (m *CLIP) addRows(x, rows *G.Node) *G.Node {
	all, width := x.Shape()[0], x.Shape()[1]
	flat := rows.Shape().TotalSize()
	rows = G.Must(G.Reshape(rows, gt.Shape{1, flat}))
	x = G.Must(G.Reshape(x, gt.Shape{m.batch, flat}))
	x = G.Must(G.BroadcastAdd(x, rows, nil, []byte{0}))
	return G.Must(G.Reshape(x, gt.Shape{all, width}))
}

func (m *CLIP) block(x *G.Node, b tower.Block, heads, tokens, width int, causal bool) *G.Node {
	x = G.Must(G.Add(x, m.attention(m.norm(x, b.Ln1, width), b, heads, tokens, width, causal)))
	h := m.linear(m.norm(x, b.Ln2, width), b.CFc, 4*width, width)
	h = G.Must(G.HadamardProd(h, G.Must(G.Sigmoid(m.times(h, 1.702)))))
	return G.Must(G.Add(x, m.linear(h, b.CProj, width, 4*width)))
}

func (m *CLIP) attention(x *G.Node, b tower.Block, heads, t, width int, causal bool) *G.Node {
	d := width / heads
	part := func(k int, axes ...int) *G.Node { // a third of the projection, by heads
		y := G.Must(G.Mul(x, G.Must(G.Transpose(m.third(b.InWeight, k, width, width), 1, 0))))
		y = G.Must(G.BroadcastAdd(y, m.third(b.InBias, k, 1, width), nil, []byte{0}))
		y = G.Must(G.Transpose(G.Must(G.Reshape(y, gt.Shape{m.batch, t, heads, d})), axes...))
		shape := y.Shape()
		return G.Must(G.Reshape(y, gt.Shape{m.batch * heads, shape[2], shape[3]}))
	}
	q, k, v := part(0, 0, 2, 1, 3), part(1, 0, 2, 3, 1), part(2, 0, 2, 1, 3)
	scores := m.times(G.Must(G.BatchedMatMul(q, k)), 1/math.Sqrt(float64(d)))
	if causal {
		mask := make([]float32, t*t)
		for i := range mask {
			if i%t > i/t {
				mask[i] = -1e9
			}
		}
		scores = G.Must(G.BroadcastAdd(scores, m.input(b.InWeight+" mask", mask, 1, t, t), nil,
			[]byte{0}))
	}
	flat := G.Must(G.Reshape(scores, gt.Shape{m.batch * heads * t, t}))
	probs := G.Must(G.Reshape(G.Must(G.SoftMax(flat)), gt.Shape{m.batch * heads, t, t}))
	mixed := G.Must(G.Reshape(G.Must(G.BatchedMatMul(probs, v)), gt.Shape{m.batch, heads, t, d}))
	mixed = G.Must(G.Reshape(G.Must(G.Transpose(mixed, 0, 2, 1, 3)), gt.Shape{m.batch * t, width}))
	return m.linear(mixed, b.OutProj, width, width)
}

func (m *CLIP) linear(x *G.Node, name string, out, in int) *G.Node {
	w, b := m.param(name+".weight", out, in), m.param(name+".bias", 1, out)
	return G.Must(G.BroadcastAdd(G.Must(G.Mul(x, G.Must(G.Transpose(w, 1, 0)))), b, nil, []byte{0}))
}

// norm is layer norm over the rows.
func (m *CLIP) norm(x *G.Node, name string, width int) *G.Node {
	rows := gt.Shape{x.Shape()[0], 1}
	mean := G.Must(G.Reshape(G.Must(G.Mean(x, 1)), rows))
	centred := G.Must(G.BroadcastSub(x, mean, nil, []byte{1}))
	variance := G.Must(G.Mean(G.Must(G.Square(centred)), 1))
	eps := G.NewConstant(float32(1e-5), G.WithName(name+" epsilon"))
	sigma := G.Must(G.Reshape(G.Must(G.Sqrt(G.Must(G.Add(variance, eps)))), rows))
	x = G.Must(G.BroadcastHadamardDiv(centred, sigma, nil, []byte{1}))
	x = G.Must(G.BroadcastHadamardProd(x, m.param(name+".weight", 1, width), nil, []byte{0}))
	return G.Must(G.BroadcastAdd(x, m.param(name+".bias", 1, width), nil, []byte{0}))
}

// normalize divides rows by their length.
func (m *CLIP) normalize(x *G.Node) *G.Node {
	length := G.Must(G.Sqrt(G.Must(G.Sum(G.Must(G.Square(x)), 1))))
	length = G.Must(G.Reshape(length, gt.Shape{x.Shape()[0], 1}))
	return G.Must(G.BroadcastHadamardDiv(x, length, nil, []byte{1}))
}

func (m *CLIP) times(x *G.Node, by float64) *G.Node {
	return G.Must(G.HadamardProd(x, G.NewConstant(float32(by))))
}
