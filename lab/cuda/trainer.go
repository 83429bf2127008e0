package cuda

import (
	"errors"
	"fmt"
	"math"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Options of a Trainer. The zero value is fp32 on the best device, AdamW without weight decay.
type Options struct {
	Device     string    // "auto" or "" , "cuda", "cuda:1"
	Precision  Precision // of products in the towers
	TextLength int       // tokens of a text, up to the context length, which 0 stands for
	Frozen     func(parameter string) bool

	Beta1, Beta2, Epsilon float64                        // 0 is 0.9, 0.98, 1e-6
	WeightDecay           float64                        // of matrices
	RateOf                func(parameter string) float64 // factor of the learning rate; nil is 1
	MaxNorm               float64                        // shortens longer gradients; 0 is off

	// Sigmoid takes SigLIP's loss instead, with the parameter logit_bias, a scalar.
	Sigmoid bool

	PanelRows int  // rows of logits at a time; 0 is what 256 MiB hold
	NoGraph   bool // launch kernel by kernel, to find faults
	NoBLAS    bool // own products only
}

// maxLogLogitScale is the largest t, ln 100: the clamp of the paper, section 2.5.
const maxLogLogitScale = 4.605170185988092

// Result is what a step tells.
type Result struct {
	ops.Losses
	GradNorm float64 // length of all gradients together, before shortening
}

// Trainer is a CLIP in training that lives on a device: parameters, gradients, means and
// activations. From its second step on a step is one launch of a captured graph. It computes what
// graph.NewCLIP, G.Grad and graph.AdamW do.
type Trainer struct {
	g       *GPU
	owned   bool // the GPU is closed with the trainer
	c       tower.Config
	batch   int
	o       Options
	arena   *arena
	ws      *weights
	loss    *contrastive
	image   *imageTower
	text    *textTower
	norm    pointer // float64 [2]  square and length of the gradient
	setting pointer // [groups, settingsCount]
	steps   int
	graph   *driver.Graph
	side    *driver.Stream // on which images come while the text tower goes forward
	started *driver.Event
	arrived *driver.Event
	warm    bool

	// Pinned memory of the host: what goes in each step, and what comes out.
	images, ids, ends, order, starts, unique, count, settings, losses, norms *driver.Pinned
}

// NewTrainer copies parameters to a device and makes a step for batches of one size. The
// arguments are those of graph.NewCLIPFrom; the parameters are not changed.
//
//	images of a step [batch, 3, size, size]
//	tokens           [batch, at least TextLength]
//
// A device without enough memory is a driver.MemoryError.
func NewTrainer(c tower.Config, batch int, params map[string]*tensor.Tensor,
	o Options) (*Trainer, error) {
	g, err := Open(o.Device)
	if err != nil {
		return nil, err
	}
	t, err := g.NewTrainer(c, batch, params, o)
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	t.owned = true
	return t, nil
}

// NewTrainer is the function of that name on an open GPU.
func (g *GPU) NewTrainer(c tower.Config, batch int, params map[string]*tensor.Tensor,
	o Options) (*Trainer, error) {
	if o.TextLength == 0 {
		o.TextLength = c.ContextLength
	}
	if err := errors.Join(c.Check(), c.Usual(), tower.CheckParams(c, params)); err != nil {
		return nil, err
	}
	if batch < 1 || o.TextLength < 1 || o.TextLength > c.ContextLength {
		return nil, fmt.Errorf("cuda: batch of %d texts of %d tokens, the context is %d", batch,
			o.TextLength, c.ContextLength)
	}
	if c.IsResNet() {
		return nil, fmt.Errorf("cuda: a ResNet is not trained on the GPU; train it on the CPU")
	}
	if b := params[logitBias]; o.Sigmoid && (b == nil || b.Len() != 1) {
		return nil, fmt.Errorf("cuda: the sigmoid loss wants the parameter %s, a scalar", logitBias)
	}
	if d := max(c.VisionWidth/c.VisionHeads, c.TextWidth/c.TextHeads); d > 128 {
		return nil, fmt.Errorf("cuda: heads %d wide, at most 128 are calculated", d)
	}
	if o.Beta1 == 0 {
		o.Beta1, o.Beta2 = 0.9, 0.98
	}
	if o.Epsilon == 0 {
		o.Epsilon = 1e-6
	}
	if !o.NoBLAS {
		_ = g.UseBLAS() // without it own kernels go on
	}
	t := &Trainer{g: g, c: c, batch: batch, o: o, arena: &arena{g: g}, ws: layOut(c, o)}
	t.place(params)
	g.do(func() (err error) { t.side, err = g.context.Stream(); return err })
	g.do(func() (err error) { t.started, err = g.context.Event(); return err })
	g.do(func() (err error) { t.arrived, err = g.context.Event(); return err })
	if err := g.Err(); err != nil {
		return nil, errors.Join(err, t.free())
	}
	return t, nil
}

// place takes all memory. Kernels find NaN in what they read before it is written.
func (t *Trainer) place(params map[string]*tensor.Tensor) {
	a, n := t.arena, t.batch*t.o.TextLength
	t.ws.place(a, params)
	t.loss = newContrastive(a, t.batch, t.c.EmbedDim, t.o.PanelRows, t.o.Precision)
	t.loss.t, t.loss.dt = t.ws.weight(tower.LogitScale), t.ws.grad(tower.LogitScale)
	if t.o.Sigmoid {
		t.loss.bias, t.loss.dbias = t.ws.weight(logitBias), t.ws.grad(logitBias)
	}
	t.image = newImageTower(a, t.ws, t.c, t.batch, t.o.Precision, t.loss)
	t.text = newTextTower(a, t.ws, t.c, t.batch, t.o.TextLength, t.o.Precision, t.loss)
	share(a, t.image.t, t.text.t)
	t.norm, t.setting = a.take("norm of the gradient", 4),
		a.take("settings", len(t.ws.groups)*settingsCount)
	t.images = a.pin("images", t.batch*3*t.c.ImageSize*t.c.ImageSize)
	t.ids, t.order, t.starts = a.pin("tokens", n), a.pin("tokens", n), a.pin("tokens", n+1)
	t.unique, t.count, t.ends = a.pin("tokens", n), a.pin("tokens", 1), a.pin("ends of texts", t.batch)
	t.settings = a.pin("settings", len(t.ws.groups)*settingsCount)
	t.losses, t.norms = a.pin("losses", 2), a.pin("norm of the gradient", 4)
}

// Step moves the parameters against the gradient of one batch. Images that are nil lie in Images
// already. A gradient that is not finite is an error, and then nothing has changed.
func (t *Trainer) Step(images, tokens *tensor.Tensor, rate float64) (Result, error) {
	if err := t.fill(images, tokens); err != nil {
		return Result{}, err
	}
	for i, g := range t.ws.groups {
		a := ops.AdamW{LearningRate: rate * g.factor, Beta1: t.o.Beta1, Beta2: t.o.Beta2,
			Epsilon: t.o.Epsilon, GradScale: 1, Step: t.steps + 1}
		if g.decays {
			a.WeightDecay = t.o.WeightDecay
		}
		copy(t.settings.Float32s()[i*settingsCount:], settings(a, t.o.MaxNorm))
	}
	if err := t.launch(); err != nil {
		return Result{}, err
	}
	l, n := t.losses.Float32s(), t.norms.Float32s()
	r := Result{ops.Losses{PerImage: float64(l[0]), PerText: float64(l[1])},
		float64FromWords(n[2], n[3])}
	if math.IsNaN(r.GradNorm) || math.IsInf(r.GradNorm, 0) {
		return r, fmt.Errorf("cuda: the gradient is not finite after %d steps, the loss is %v: "+
			"lower the learning rate, or set MaxNorm", t.steps, r.Mean())
	}
	t.steps++
	return r, nil
}

// launch runs the step and waits. The first time kernel by kernel, which settles how much
// scratch memory there is; then it is captured.
func (t *Trainer) launch() error {
	if t.graph == nil {
		if t.warm && !t.o.NoGraph {
			graph, err := t.g.stream.Capture(func() error { t.work(); return t.taken() })
			if err != nil {
				return err
			}
			t.graph = graph
		} else {
			t.work()
			t.warm = true
			return t.g.Err()
		}
	}
	t.g.do(func() error { return t.graph.Launch(t.g.stream) })
	return t.g.Err()
}

// taken is the failure of an op, without waiting for the stream, which is being captured.
func (t *Trainer) taken() error {
	err := t.g.err
	t.g.err = nil
	return err
}

// work puts the whole step into the stream.
func (t *Trainer) work() {
	n := t.batch * t.o.TextLength
	t.g.do(func() error {
		return errors.Join(t.started.Record(t.g.stream), t.side.Wait(t.started),
			t.side.Send(t.image.images, t.images, len(t.images.Bytes)), t.arrived.Record(t.side))
	})
	t.send(t.text.ids, t.ids, n*number)
	t.send(t.text.t.index, t.ends, t.batch*number)
	t.send(t.text.order, t.order, n*number)
	t.send(t.text.starts, t.starts, (n+1)*number)
	t.send(t.text.unique, t.unique, n*number)
	t.send(t.text.count, t.count, number)
	t.send(t.setting, t.settings, len(t.ws.groups)*settingsCount*number)
	t.text.forward()
	t.g.do(func() error { return t.g.stream.Wait(t.arrived) })
	t.image.forward()
	t.loss.run()
	t.text.backward()
	t.image.backward()
	t.update()
	t.receive(t.losses, t.loss.losses, 2*number)
	t.receive(t.norms, t.norm, 4*number)
}

func (t *Trainer) send(dst pointer, src *driver.Pinned, bytes int) {
	t.g.do(func() error { return t.g.stream.Send(dst, src, bytes) })
}

func (t *Trainer) receive(dst *driver.Pinned, src pointer, bytes int) {
	t.g.do(func() error { return t.g.stream.Receive(dst, src, bytes) })
}

// update measures the gradient and moves what learns.
func (t *Trainer) update() {
	ws := t.ws
	if ws.total == 0 {
		t.g.do(func() error { return t.g.stream.Clear(t.norm, 16) })
		return
	}
	t.g.sumSquares(t.norm, ws.g, ws.total)
	for i, g := range ws.groups {
		t.g.each("adamw", g.n, at(ws.w, g.from), at(ws.m, g.from), at(ws.v, g.from), at(ws.g, g.from),
			at(t.setting, i*settingsCount), t.norm)
	}
	if t.o.Frozen == nil || !t.o.Frozen(tower.LogitScale) {
		t.g.launch("clamp", one, [3]uint32{32, 1, 1}, ws.weight(tower.LogitScale), float32(0),
			float32(maxLogLogitScale))
	}
}

// Close gives the device's memory back.
func (t *Trainer) Close() error {
	err := t.free()
	if t.owned {
		err = errors.Join(err, t.g.Close())
	}
	return err
}

func (t *Trainer) free() error {
	return errors.Join(t.graph.Close(), t.side.Close(), t.started.Close(), t.arrived.Close(),
		t.arena.free())
}
