package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
	"cliplab/lab/tensor"
)

// Options are what a graph may have beyond its configuration.
type Options struct {
	// TextLength cuts texts to the longest caption that will come; 0 keeps ContextLength. As a
	// token sees only those before it, nothing but time is lost.
	TextLength int
	// Frozen tells which parameters are not learned; nil is none. Gradients that nothing learned
	// needs are not computed.
	Frozen func(name string) bool
	// RunningStatistics makes the batch norms of a ResNet take their running statistics, as at
	// inference, instead of those of the batch. One whose gain is frozen always does.
	RunningStatistics bool
	// Image and Text say where each side's features come from.
	Image, Text Side
	// Objective is what Loss is.
	Objective Objective
}

// Side says where the features of pictures or texts come from.
type Side int

// The sides of a graph.
const (
	Computed Side = iota // by the tower, from a batch
	Given                // an input, unit features: of a frozen tower that ran elsewhere
	Absent               // not in this graph
)

// Objective says what a graph computes from its features.
type Objective int

// The objectives of a graph.
const (
	Contrastive      Objective = iota // CLIP's loss
	Sigmoid                           // SigLIP's loss, with the parameter LogitBias
	FeatureGradients                  // Σ features·gradients, of gradients that are given
	FeaturesOnly                      // no loss
)

// LogitBias is the name of SigLIP's learned bias b among the parameters, a scalar.
const LogitBias = "logit_bias"

func (o Options) check(params map[string]*tensor.Tensor) error {
	bias := params[LogitBias]
	switch {
	case o.Objective == Sigmoid && (bias == nil || len(bias.Data) != 1):
		return fmt.Errorf("graph: the sigmoid loss wants the parameter %s, a scalar", LogitBias)
	case o.Objective < FeatureGradients && (o.Image == Absent || o.Text == Absent):
		return fmt.Errorf("graph: a loss of pairs wants both sides, images and texts")
	}
	return nil
}

// features makes the nodes of both sides.
func (m *CLIP) features(o Options) {
	c := m.Config
	switch o.Image {
	case Computed:
		m.Images = input(m.g, "images", m.Batch, 3, c.ImageSize, c.ImageSize)
		m.ImageFeatures = Normalize(m.imageTower())
	case Given:
		m.givenImage = input(m.g, "image features", m.Batch, c.EmbedDim)
		m.ImageFeatures = fixed(m.givenImage)
	}
	switch o.Text {
	case Computed:
		m.Tokens = input(m.g, "tokens", m.Batch, m.TextLength)
		m.TextFeatures = Normalize(m.textTower())
	case Given:
		m.givenText = input(m.g, "text features", m.Batch, c.EmbedDim)
		m.TextFeatures = fixed(m.givenText)
	}
}

// objective makes the node of the loss.
func (m *CLIP) objective(o Options) {
	switch o.Objective {
	case Contrastive, Sigmoid:
		m.LogLogitScale = m.Param("logit_scale")
		m.Logits = Logits(m.ImageFeatures, m.TextFeatures, m.LogLogitScale)
		if o.Objective == Sigmoid {
			m.Loss = sigmoidLoss(m.Logits, m.Param(LogitBias), &m.parts)
		} else {
			m.Loss = crossEntropy(m.Logits, &m.parts)
		}
	case FeatureGradients:
		m.ImageGradient = m.dot(o.Image, "image gradient", m.ImageFeatures)
		m.TextGradient = m.dot(o.Text, "text gradient", m.TextFeatures)
	}
}

// dot adds Σ features·gradient to the loss and gives the input of the gradient.
func (m *CLIP) dot(s Side, name string, features *G.Node) *G.Node {
	if s != Computed {
		return nil
	}
	gradient := input(m.g, name, m.Batch, m.Config.EmbedDim)
	if sum := Dot(features, gradient); m.Loss == nil {
		m.Loss = sum
	} else {
		m.Loss = Add(m.Loss, sum)
	}
	return gradient
}

// SetFeatures copies the unit features of the sides that are Given in; nil for others.
//
//	image, text [batch, embed]
func (m *CLIP) SetFeatures(image, text *tensor.Tensor) error {
	for _, side := range []struct {
		name  string
		node  *G.Node
		value *tensor.Tensor
	}{{"image", m.givenImage, image}, {"text", m.givenText, text}} {
		if side.value == nil {
			continue
		}
		if side.node == nil {
			return fmt.Errorf("graph: %s features are computed here, not given", side.name)
		}
		dst := numbers(side.node.Value())
		if len(dst) != len(side.value.Data) {
			return fmt.Errorf("graph: %s features of shape %v, want %v", side.name,
				side.value.Shape, side.node.Shape())
		}
		copy(dst, side.value.Data)
	}
	return nil
}

// SetGradients copies in what the features of a FeatureGradients graph are multiplied with.
//
//	image, text [batch, embed]  nil for a side that has no tower here
func (m *CLIP) SetGradients(image, text []float32) error {
	for _, side := range []struct {
		name  string
		node  *G.Node
		value []float32
	}{{"image", m.ImageGradient, image}, {"text", m.TextGradient, text}} {
		if side.node == nil {
			continue
		}
		dst := numbers(side.node.Value())
		if len(dst) != len(side.value) {
			return fmt.Errorf("graph: %d numbers for the %s gradient, want %v", len(side.value),
				side.name, side.node.Shape())
		}
		copy(dst, side.value)
	}
	return nil
}

// Losses are the two halves of the loss of the last run: per image and per text. The sigmoid
// loss has no halves: both are the whole.
func (m *CLIP) Losses() ops.Losses { return m.parts }
