package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
)

// Normalize divides each row by its length: features become unit features.
//
//	x [n, embed]
//	  [n, embed]
func Normalize(x *G.Node) *G.Node {
	width := last(x)
	n := x.Shape().TotalSize() / width
	norms := make([]float32, n)
	o := &op{name: "Normalize", shape: x.Shape(), wanted: []bool{true},
		run: func(dst []float32, v [][]float32) { ops.Normalize(dst, norms, v[0], n, width) }}
	o.grads = func(_ G.Nodes, output, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: "Normalize dx", shape: x.Shape(),
			run: func(dx []float32, v [][]float32) {
				ops.NormalizeGrad(dx, v[0], v[1], norms, n, width)
			}}, grad, output)}
	}
	return apply(o, x)
}

// Logits compares every image with every text: exp(t) · I·Tᵀ. Rows are images.
//
//	imageFeatures, textFeatures [n, embed]  unit features
//	logLogitScale               t, a scalar
//	                            [n, n]
func Logits(imageFeatures, textFeatures, logLogitScale *G.Node) *G.Node {
	image, text, t := imageFeatures, textFeatures, logLogitScale
	want("Logits", "image features", image, image.Dims() == 2)
	want("Logits", "text features", text, text.Shape().Eq(image.Shape()))
	want("Logits", "scale", t, t.Shape().TotalSize() == 1)
	n, d := image.Shape()[0], image.Shape()[1]
	o := &op{name: "Logits", shape: []int{n, n}, wanted: []bool{true, true, true},
		run: func(dst []float32, v [][]float32) { ops.Logits(dst, v[0], v[1], v[2][0], n, d) }}
	o.grads = func(_ G.Nodes, output, grad *G.Node) G.Nodes {
		dtext, dt := make([]float32, n*d), make([]float32, 1)
		dimage := apply(&op{name: "Logits dimage", shape: image.Shape(),
			run: func(dimage []float32, v [][]float32) {
				dt[0] = ops.LogitsGrad(dimage, dtext, v[0], v[1], v[2], v[3], v[4][0], n, d)
			}}, grad, output, image, text, t)
		return G.Nodes{dimage, follow("Logits dtext", dimage, text, dtext),
			follow("Logits dt", dimage, t, dt)}
	}
	return apply(o, image, text, t)
}

// CrossEntropy is the loss of logits [n, n] whose truth is the diagonal: the mean of the
// cross-entropies along rows (per image) and along columns (per text), a scalar.
func CrossEntropy(logits *G.Node) *G.Node { return crossEntropy(logits, new(ops.Losses)) }

// crossEntropy keeps the two halves of the last run in parts.
func crossEntropy(logits *G.Node, parts *ops.Losses) *G.Node {
	want("CrossEntropy", "logits", logits, logits.Dims() == 2 && logits.Shape()[0] == last(logits))
	n := last(logits)
	dlogits := make([]float32, n*n)
	o := &op{name: "CrossEntropy", wanted: []bool{true}}
	o.run = func(dst []float32, v [][]float32) {
		*parts = ops.CrossEntropy(dlogits, v[0], n)
		dst[0] = float32(parts.Mean())
	}
	o.grads = func(_ G.Nodes, output, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: "CrossEntropy dlogits", shape: logits.Shape(),
			run: func(dst []float32, v [][]float32) { ops.Scale(dst, dlogits, v[0][0]) }}, grad, output)}
	}
	return apply(o, logits)
}

// ContrastiveLoss is CLIP's loss of a batch of pairs: CrossEntropy of Logits, a scalar.
//
//	imageFeatures, textFeatures [n, embed]  unit features; row i of both is pair i
//	logLogitScale               t, a scalar
//
// Radford et al. 2021, figure 3.
func ContrastiveLoss(imageFeatures, textFeatures, logLogitScale *G.Node) *G.Node {
	return CrossEntropy(Logits(imageFeatures, textFeatures, logLogitScale))
}

// SigmoidLoss is SigLIP's loss of logits [n, n]: n² questions of yes, on the diagonal, and no.
//
//	bias b, a learned scalar
//
// Zhai et al. 2023, algorithm 1; see ops.SigmoidLoss.
func SigmoidLoss(logits, bias *G.Node) *G.Node { return sigmoidLoss(logits, bias, new(ops.Losses)) }

func sigmoidLoss(logits, bias *G.Node, parts *ops.Losses) *G.Node {
	want("SigmoidLoss", "logits", logits, logits.Dims() == 2 && logits.Shape()[0] == last(logits))
	want("SigmoidLoss", "bias", bias, bias.Shape().TotalSize() == 1)
	n := last(logits)
	dlogits, dbias := make([]float32, n*n), make([]float32, 1)
	o := &op{name: "SigmoidLoss", wanted: []bool{true, true}}
	o.run = func(dst []float32, v [][]float32) {
		loss, d := ops.SigmoidLoss(dlogits, v[0], v[1][0], n)
		*parts = ops.Losses{PerImage: loss, PerText: loss}
		dst[0], dbias[0] = float32(loss), d
	}
	o.grads = func(_ G.Nodes, output, grad *G.Node) G.Nodes {
		scaled := func(name string, x *G.Node, d []float32) *G.Node {
			return apply(&op{name: "SigmoidLoss " + name, shape: x.Shape(),
				run: func(dst []float32, v [][]float32) { ops.Scale(dst, d, v[0][0]) }}, grad, output)
		}
		return G.Nodes{scaled("dlogits", logits, dlogits), scaled("dbias", bias, dbias)}
	}
	return apply(o, logits, bias)
}

// Dot is Σ x·gradient, a scalar whose gradient by x is gradient: it carries the gradient of a
// loss that was computed elsewhere into a graph. gradient has none itself.
func Dot(x, gradient *G.Node) *G.Node {
	want("Dot", "gradient", gradient, gradient.Shape().Eq(x.Shape()))
	o := &op{name: "Dot", wanted: []bool{true, false}, run: func(dst []float32, v [][]float32) {
		var sum float64
		for i, a := range v[0] {
			sum += float64(a) * float64(v[1][i])
		}
		dst[0] = float32(sum)
	}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: "Dot dx", shape: x.Shape(),
			run: func(dx []float32, v [][]float32) { ops.Scale(dx, v[1], v[0][0]) }}, grad, gradient),
			nil}
	}
	return apply(o, x, gradient)
}
