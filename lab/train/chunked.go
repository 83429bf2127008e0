package train

import (
	"cliplab/lab/graph"
	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// chunked gives the gradients of a batch of which only a chunk is in memory at once. The loss
// couples all pairs, so that adding up losses of chunks would be another loss, with fewer wrong
// answers. What couples them is only their features:
//
//  1. forward: the features of every chunk, and nothing else kept
//  2. the loss of all features, and its gradient by each feature, ∂L/∂f
//  3. backward: every chunk once more, with the loss Σ f·∂L/∂f, whose gradient by a parameter
//     w is Σ ∂L/∂f·∂f/∂w; sums over the chunks are ∂L/∂w
//
// Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup".
type chunked struct {
	cfg               Config
	forward, backward *machine
	learning          []graph.Learning // gradients are sums over the chunks

	image, text         *tensor.Tensor // unit features [batch, embed]
	dimage, dtext       []float32      // gradients by them
	logits, dlogits     []float32      // [batch, batch]
	scale, bias         *float32
	scaleGrad, biasGrad []float32
}

func newChunked(cfg Config, params map[string]*tensor.Tensor, o graph.Options) (*chunked, error) {
	n, d := cfg.Batch, cfg.Tower.EmbedDim
	c := &chunked{cfg: cfg, image: tensor.New(n, d), text: tensor.New(n, d),
		dimage: make([]float32, n*d), dtext: make([]float32, n*d),
		logits: make([]float32, n*n), dlogits: make([]float32, n*n),
		scaleGrad: make([]float32, 1), biasGrad: make([]float32, 1)}
	o.Image, o.Text = absent(o.Image), absent(o.Text)
	var err error
	o.Objective = graph.FeaturesOnly
	if c.forward, err = newMachine(cfg, cfg.Chunk, params, o); err != nil {
		return nil, err
	}
	o.Objective = graph.FeatureGradients
	if c.backward, err = newMachine(cfg, cfg.Chunk, params, o); err != nil {
		return nil, err
	}
	for _, p := range append(tower.Params(cfg.Tower), tower.Param{Name: graph.LogitBias}) {
		t := params[p.Name]
		l := graph.Learning{Name: p.Name, Dims: len(p.Shape)}
		switch {
		case t == nil || cfg.frozen(p.Name):
			continue
		case p.Name == tower.LogitScale:
			l.Grad = c.scaleGrad
		case p.Name == graph.LogitBias && cfg.Loss == Sigmoid:
			l.Grad = c.biasGrad
		case c.backward.learns(p.Name):
			l.Grad = make([]float32, len(t.Data))
		default:
			continue
		}
		l.Value = t.Data
		c.learning = append(c.learning, l)
	}
	c.scale = &params[tower.LogitScale].Data[0]
	if cfg.Loss == Sigmoid {
		c.bias = &params[graph.LogitBias].Data[0]
	}
	return c, nil
}

// absent takes a side that is given elsewhere out of a graph.
func absent(s graph.Side) graph.Side {
	if s == graph.Given {
		return graph.Absent
	}
	return s
}

// gradients runs the three passes. image and text are unit features of frozen towers, or nil.
func (c *chunked) gradients(images, tokens, image, text *tensor.Tensor) (ops.Losses, error) {
	err := c.each(func(lo, hi int) error {
		if err := c.run(c.forward, images, tokens, lo, hi); err != nil {
			return err
		}
		if image == nil {
			copy(c.image.Slice(lo, hi).Data, graph.Values(c.forward.clip.ImageFeatures))
		}
		if text == nil {
			copy(c.text.Slice(lo, hi).Data, graph.Values(c.forward.clip.TextFeatures))
		}
		return nil
	})
	if err != nil {
		return ops.Losses{}, err
	}
	if image != nil {
		copy(c.image.Data, image.Data)
	}
	if text != nil {
		copy(c.text.Data, text.Data)
	}
	losses := c.loss()
	for _, l := range c.learning {
		if l.Name != tower.LogitScale && l.Name != graph.LogitBias {
			clear(l.Grad)
		}
	}
	d := c.cfg.Tower.EmbedDim
	return losses, c.each(func(lo, hi int) error {
		err := c.backward.clip.SetGradients(c.dimage[lo*d:hi*d], c.dtext[lo*d:hi*d])
		if err != nil {
			return err
		}
		if err := c.run(c.backward, images, tokens, lo, hi); err != nil {
			return err
		}
		return c.add()
	})
}

// each calls f for every chunk of the batch.
func (c *chunked) each(f func(lo, hi int) error) error {
	for lo := 0; lo < c.cfg.Batch; lo += c.cfg.Chunk {
		if err := f(lo, lo+c.cfg.Chunk); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunked) run(m *machine, images, tokens *tensor.Tensor, lo, hi int) error {
	return m.run(images.Slice(lo, hi), tokens.Slice(lo, hi))
}

// loss compares all features and leaves the gradients by them, by t and by b.
func (c *chunked) loss() (losses ops.Losses) {
	n, d := c.cfg.Batch, c.cfg.Tower.EmbedDim
	ops.Logits(c.logits, c.image.Data, c.text.Data, *c.scale, n, d)
	if c.cfg.Loss == Sigmoid {
		loss, dbias := ops.SigmoidLoss(c.dlogits, c.logits, *c.bias, n)
		losses, c.biasGrad[0] = ops.Losses{PerImage: loss, PerText: loss}, dbias
	} else {
		losses = ops.CrossEntropy(c.dlogits, c.logits, n)
	}
	c.scaleGrad[0] = ops.LogitsGrad(c.dimage, c.dtext, c.dlogits, c.logits, c.image.Data,
		c.text.Data, *c.scale, n, d)
	return losses
}

// add adds a chunk's gradients to the sums.
func (c *chunked) add() error {
	part, err := c.backward.gradients.Learning()
	if err != nil {
		return err
	}
	i := 0
	for _, l := range c.learning {
		if i < len(part) && part[i].Name == l.Name {
			ops.Add(l.Grad, l.Grad, part[i].Grad)
			i++
		}
	}
	return nil
}
