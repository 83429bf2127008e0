package graph

import (
	"fmt"
	"strings"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/tower"
)

// resNet gives raw image features [batch, embed] of OpenAI's modified ResNet: a stem of three
// convolutions, bottlenecks, attention pooling.
func (m *CLIP) resNet() *G.Node {
	x := Cells(m.Images) // [batch, size, size, 3]
	for i := range 3 {
		stride := 1
		if i == 0 {
			stride = 2
		}
		conv, norm := fmt.Sprintf("visual.conv%d", i+1), fmt.Sprintf("visual.bn%d", i+1)
		x = m.batchNorm(m.convolve(x, conv, stride), norm).apply(true)
	}
	x = AverageFour(x) // [batch, size/4, size/4, width]
	for _, b := range tower.Bottlenecks(m.Config) {
		x = m.bottleneck(x, b)
	}
	x = MeanFirst(x, m.Param(tower.PoolPositions)) // [batch, 1+grid², 32·width]
	var weights, biases [3]*G.Node
	for i, name := range []string{tower.PoolQuery, tower.PoolKey, tower.PoolValue} {
		weights[i], biases[i] = m.Param(name+".weight"), m.Param(name+".bias")
	}
	x = AttentionPool(x, weights, biases, m.Config.VisionHeads) // [batch, 32·width]
	return Linear(x, m.Param(tower.PoolOut+".weight"), m.Param(tower.PoolOut+".bias"))
}

// bottleneck is
//
//	ReLU(bn3(conv3(pool(ReLU(bn2(conv2(ReLU(bn1(conv1(x))))))))) + x)
//
// with x, where b.Downsample says so, on its way around pooled too, convolved and normalised.
func (m *CLIP) bottleneck(x *G.Node, b tower.Bottleneck) *G.Node {
	skip := new(fork)
	y := pointwise(x, m.Param(b.Name+".conv1.weight"), skip)
	y = m.batchNorm(y, b.Name+".bn1").apply(true) // [batch, side, side, planes]
	y = m.batchNorm(m.convolve(y, b.Name+".conv2", 1), b.Name+".bn2").apply(true)
	if b.Stride > 1 {
		y = AverageFour(y)
	}
	y = pointwise(y, m.Param(b.Name+".conv3.weight"), nil) // [batch, side, side, 4·planes]
	norm := m.batchNorm(y, b.Name+".bn3")
	var w *G.Node
	if b.Downsample {
		w = m.Param(b.Name + ".downsample.0.weight")
	}
	return join(norm, newAround(x, w, b.Stride, func(x *G.Node) *batchNorm {
		return m.batchNorm(x, b.Name+".downsample.1")
	}), skip)
}

func (m *CLIP) convolve(x *G.Node, name string, stride int) *G.Node {
	return convolution(x, m.Param(name+".weight"), stride, &m.bench)
}

// batchNorm takes the batch's statistics where its gain is learned, and the running ones else.
func (m *CLIP) batchNorm(x *G.Node, name string) *batchNorm {
	var mean, variance *G.Node
	if m.runs(name) {
		mean, variance = m.Param(name+".running_mean"), m.Param(name+".running_var")
	}
	n := newBatchNorm(x, m.Param(name+".weight"), m.Param(name+".bias"), mean, variance)
	if n.name = name; mean == nil {
		m.norms = append(m.norms, n)
	}
	return n
}

// runs says whether a batch norm takes its running statistics.
func (m *CLIP) runs(name string) bool { return m.running || m.frozen[name+".weight"] }

// UpdateStatistics moves the running statistics of batch norms, which inference takes, a tenth of
// the way to those of the last run, as PyTorch does in each forward pass. Here it is a call of
// its own, once for each step of training. Those that were not taken from the batch stay.
func (m *CLIP) UpdateStatistics() {
	for _, n := range m.norms {
		n.norm.Move(m.values[n.name+".running_mean"].Data, m.values[n.name+".running_var"].Data)
	}
}

// BatchStatistics says whether batch norms take the statistics of the batch: then a picture's
// features depend on those beside it.
func (m *CLIP) BatchStatistics() bool { return len(m.norms) > 0 }

// checkNorms refuses batches of which the last stage has a single cell: its variance is no number.
func (m *CLIP) checkNorms(o Options) error {
	if !m.Config.IsResNet() || o.Image != Computed || m.Batch*m.Config.Patches() > 1 {
		return nil
	}
	for _, p := range tower.Params(m.Config) {
		name, ok := strings.CutSuffix(p.Name, ".running_var")
		if ok && !m.runs(name) {
			return fmt.Errorf("graph: batch of 1: batch norm %s would have one cell to take its "+
				"statistics of; take a batch of 2, larger pictures than %d, or RunningStatistics", name,
				m.Config.ImageSize)
		}
	}
	return nil
}
