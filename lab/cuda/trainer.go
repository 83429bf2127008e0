package cuda

import (
	"cmp"
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
	Device     string    // "auto" or "" , "cuda", "cuda:1"; several as "cuda:0,cuda:1" or "cuda:all"
	Precision  Precision // of products in the towers
	TextLength int       // tokens of a text, up to the context length, which 0 stands for
	Frozen     func(parameter string) bool

	// Fresh says that no picture comes twice, as when they are augmented. Else features of a tower
	// that is frozen as a whole are kept (256 MiB of them, on the host), and a batch of inputs that
	// all came before does not go through that tower again.
	Fresh bool

	// Chunk is how many pairs the towers of a device hold at once; the gradients are those of the
	// whole batch (Gao et al. 2021, GradCache) at the price of one more forward pass. 0 is the
	// batch, or each device's share of it.
	Chunk int

	Beta1, Beta2, Epsilon float64                        // 0 is 0.9, 0.98, 1e-6
	WeightDecay           float64                        // of matrices
	RateOf                func(parameter string) float64 // factor of the learning rate; nil is 1
	MaxNorm               float64                        // shortens longer gradients; 0 is off

	// Sigmoid takes SigLIP's loss instead, with the parameter logit_bias, a scalar.
	Sigmoid bool

	PanelRows int  // rows of logits at a time; 0 is what 256 MiB hold
	NoGraph   bool // launch kernel by kernel, to find faults
	NoBLAS    bool // own products only
	NoNCCL    bool // several devices exchange through the host
}

// maxLogLogitScale is the largest t, ln 100: the clamp of the paper, section 2.5.
const maxLogLogitScale = 4.605170185988092

// Result is what a step tells.
type Result struct {
	ops.Losses
	GradNorm      float64 // length of all gradients together, before shortening
	LogLogitScale float64 // t, after the step
}

// Trainer is a CLIP in training that lives on a device, or on several: parameters, gradients,
// means and activations. It computes what graph.NewCLIP, G.Grad and graph.AdamW do. From its
// second step on a step is two launches of captured graphs, one for the gradients and one for the
// update; with chunks it is two for each chunk more.
type Trainer struct {
	parts []*part
	owned bool // GPUs are closed with the trainer
	c     tower.Config
	batch int
	chunk int
	o     Options
	steps int
	group *driver.Group // by which several devices exchange; nil where that goes through the host
	alone error         // why there is no group
	kept  *kept
	host  []float32 // features or gradients between devices
}

// NewTrainer copies parameters to a device and makes a step for batches of one size. The
// arguments are those of graph.NewCLIPFrom; the parameters are not changed.
//
//	images of a step [batch, 3, size, size]
//	tokens           [batch, at least TextLength]
//
// A device without enough memory is a driver.MemoryError, before anything is copied.
func NewTrainer(c tower.Config, batch int, params map[string]*tensor.Tensor,
	o Options) (*Trainer, error) {
	gpus, err := openAll(o.Device)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer(gpus, c, batch, params, o)
	if err != nil {
		for _, g := range gpus {
			err = errors.Join(err, g.Close())
		}
		return nil, err
	}
	t.owned = true
	return t, nil
}

// NewTrainer is the function of that name on an open GPU.
func (g *GPU) NewTrainer(c tower.Config, batch int, params map[string]*tensor.Tensor,
	o Options) (*Trainer, error) {
	return newTrainer([]*GPU{g}, c, batch, params, o)
}

func newTrainer(gpus []*GPU, c tower.Config, batch int, params map[string]*tensor.Tensor,
	o Options) (*Trainer, error) {
	o, chunk, err := o.check(c, batch, len(gpus))
	if err != nil {
		return nil, err
	}
	if err := tower.CheckParams(c, params); err != nil {
		return nil, err
	}
	if b := params[logitBias]; o.Sigmoid && (b == nil || b.Len() != 1) {
		return nil, fmt.Errorf("cuda: the sigmoid loss wants the parameter %s, a scalar", logitBias)
	}
	t := &Trainer{c: c, batch: batch, chunk: chunk, o: o, kept: newKept(c.EmbedDim)}
	for i, g := range gpus {
		if !o.NoBLAS {
			_ = g.UseBLAS() // without it own kernels go on
		}
		p, err := g.part(c, batch, chunk, o, params, i == 0)
		if err != nil {
			return nil, errors.Join(err, t.free())
		}
		p.kept = t.kept
		t.parts = append(t.parts, p)
	}
	t.group, t.alone = join(gpus, o)
	return t, nil
}

// part takes the memory of a part, if there is enough.
func (g *GPU) part(c tower.Config, batch, chunk int, o Options, params map[string]*tensor.Tensor,
	lead bool) (*part, error) {
	plan := planned(g.info, g.blas != nil, c, batch, chunk, o)
	free, total, err := g.context.Memory()
	if err != nil {
		return nil, err
	}
	if need := plan.bytes(); need > free {
		return nil, &driver.MemoryError{What: fmt.Sprintf("training with batches of %d", batch),
			Needed: need, Free: free, Total: total, Device: g.info.Name}
	}
	g.reserve(plan)
	p := newPart(g, c, batch, chunk, o)
	p.place(params, lead)
	if err := g.Err(); err != nil {
		return nil, errors.Join(err, p.free())
	}
	return p, nil
}

// Check says what of a model and a batch cannot be trained on GPUs, before one is opened.
func (o Options) Check(c tower.Config, batch, devices int) error {
	_, _, err := o.check(c, batch, devices)
	return err
}

// check gives options with their defaults, and the pairs of a chunk.
func (o Options) check(c tower.Config, batch, devices int) (Options, int, error) {
	o.TextLength = cmp.Or(o.TextLength, c.ContextLength)
	if o.Beta1 == 0 {
		o.Beta1, o.Beta2 = 0.9, 0.98
	}
	o.Epsilon = cmp.Or(o.Epsilon, 1e-6)
	if err := errors.Join(c.Check(), c.Usual()); err != nil {
		return o, 0, err
	}
	if batch < 1 || o.TextLength < 1 || o.TextLength > c.ContextLength {
		return o, 0, fmt.Errorf("cuda: batch of %d texts of %d tokens, the context is %d", batch,
			o.TextLength, c.ContextLength)
	}
	if c.IsResNet() {
		return o, 0, errors.New("cuda: a ResNet is trained on the CPU alone: take device cpu, or a " +
			"vision transformer")
	}
	if d := max(c.VisionWidth/c.VisionHeads, c.TextWidth/c.TextHeads); d > 128 {
		return o, 0, fmt.Errorf("cuda: heads %d wide, at most 128 are calculated on the GPU: "+
			"more heads, or device cpu", d)
	}
	if c.TextHeads > maxGrid || c.VisionHeads > maxGrid {
		return o, 0, fmt.Errorf("cuda: %d heads, at most %d", max(c.TextHeads, c.VisionHeads), maxGrid)
	}
	chunk := o.Chunk
	if chunk == 0 {
		chunk = batch / devices
	}
	if chunk < 1 || batch%(chunk*devices) != 0 {
		return o, 0, fmt.Errorf("cuda: a batch of %d does not divide into chunks of %d on %d GPUs",
			batch, max(chunk, 1), devices)
	}
	if chunk > maxGrid {
		return o, 0, fmt.Errorf("cuda: %d pairs in the towers at once, at most %d: smaller chunks",
			chunk, maxGrid)
	}
	return o, chunk, nil
}

// maxGrid is the largest number of blocks in the second and third dimension of a launch.
const maxGrid = 65535

// Step moves the parameters against the gradient of one batch. Images that are nil lie in Images
// already. A gradient that is not finite is an error, and then nothing has changed.
func (t *Trainer) Step(images, tokens *tensor.Tensor, rate float64) (Result, error) {
	if err := t.backward(images, tokens); err != nil {
		return Result{}, err
	}
	return t.Update(rate)
}

// Backward is the first half of a step: the loss of a batch, and gradients, which stay on the
// device.
func (t *Trainer) Backward(images, tokens *tensor.Tensor) (ops.Losses, error) {
	if err := errors.Join(t.backward(images, tokens), t.wait()); err != nil {
		return ops.Losses{}, err
	}
	return t.result().Losses, nil
}

// Update is the second half: a step of AdamW along the gradients.
func (t *Trainer) Update(rate float64) (Result, error) {
	for _, p := range t.parts {
		p.set(rate, t.steps+1)
		p.run(&p.updates, p.update)
	}
	if err := t.wait(); err != nil {
		return Result{}, err
	}
	r := t.result()
	if math.IsNaN(r.GradNorm) || math.IsInf(r.GradNorm, 0) {
		return r, fmt.Errorf("cuda: the gradient is not finite after %d steps, the loss is %v: "+
			"lower the learning rate, or set MaxNorm", t.steps, r.Mean())
	}
	t.steps++
	return r, nil
}

// result is what the first device has sent back.
func (t *Trainer) result() Result {
	p := t.parts[0]
	l, n := p.losses.Float32s(), p.norms.Float32s()
	return Result{ops.Losses{PerImage: float64(l[0]), PerText: float64(l[1])},
		float64FromWords(n[2], n[3]), float64(p.scale.Float32s()[0])}
}

// backward puts the gradients of a batch into the streams.
func (t *Trainer) backward(images, tokens *tensor.Tensor) error {
	if err := t.shapes(images, tokens); err != nil {
		return err
	}
	if t.chunk < t.batch {
		return t.inChunks(images, tokens)
	}
	p := t.parts[0]
	if err := p.fill(images, tokens, 0, bothSides); err != nil {
		return err
	}
	p.run(&p.gradients[p.computed], func() { p.whole(p.computed) })
	return nil
}

// wait waits for all devices, and keeps features of towers that do not learn.
func (t *Trainer) wait() (err error) {
	for _, p := range t.parts {
		failed := p.g.Err()
		if failed == nil {
			p.remember()
		}
		err = errors.Join(err, failed)
	}
	return err
}

// Close gives the devices' memory back.
func (t *Trainer) Close() error {
	err := t.free()
	if t.owned {
		for _, p := range t.parts {
			err = errors.Join(err, p.g.Close())
		}
	}
	return err
}

func (t *Trainer) free() error {
	err := t.group.Close()
	t.group = nil
	for _, p := range t.parts {
		err = errors.Join(err, p.free())
	}
	return err
}
