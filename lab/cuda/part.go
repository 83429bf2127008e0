package cuda

import (
	"errors"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// part is what a Trainer has on one device: a copy of the parameters, towers for a chunk of pairs,
// and the loss of all pairs.
type part struct {
	g            *GPU
	c            tower.Config
	o            Options
	batch, chunk int // pairs of a step, and in the towers

	arena   *arena
	ws      *weights
	loss    *contrastive
	image   *imageTower
	text    *textTower
	norm    pointer        // float64 [2]  square and length of the gradient
	setting pointer        // [groups, settingsCount]
	side    *driver.Stream // on which images come while the text tower goes forward
	started *driver.Event
	arrived *driver.Event

	gradients, forwards       [bothSides + 1]piece // by the towers that they compute
	compares, agains, updates piece

	fixed    sides    // towers of which nothing learns
	computed sides    // towers that the next forward pass computes; of others features are given
	kept     *kept    // features of fixed towers, nil where none are kept
	keys     [2][]key // of the inputs whose features come out, to be kept
	given    [2]*driver.Pinned

	// Pinned memory of the host: what goes in each step, and what comes out.
	images, ids, ends, order, starts, unique, count, settings, losses, norms, scale *driver.Pinned
}

// piece is work of a stream. The first time it is launched kernel by kernel, which loads the
// kernels; the second time it is captured, and from then on it is one launch.
type piece struct {
	graph *driver.Graph
	warm  bool
}

func newPart(g *GPU, c tower.Config, batch, chunk int, o Options) *part {
	p := &part{g: g, c: c, o: o, batch: batch, chunk: chunk, arena: &arena{g: g}, ws: layOut(c, o)}
	for _, side := range []sides{imageSide, textSide} {
		if !p.ws.learns(side == imageSide) {
			p.fixed |= side
		}
	}
	return p
}

// chunked tells whether the towers hold less than the batch.
func (p *part) chunked() bool { return p.chunk < p.batch }

// place takes all memory; lead says that this part's loss gives the gradients of t and b. Kernels
// find NaN in what they read before it is written.
func (p *part) place(params map[string]*tensor.Tensor, lead bool) {
	a, n := p.arena, p.chunk*p.o.TextLength
	p.ws.place(a, params, p.chunked(), p.o.Precision)
	p.loss = newContrastive(a, p.batch, p.c.EmbedDim, p.o.PanelRows, p.o.Precision)
	of := func(name string) (value, gradient pointer) {
		if !lead { // so that it counts once in the sum over devices
			return p.ws.weight(name), a.take("the loss of pairs", 1)
		}
		return p.ws.weight(name), p.ws.whole(name)
	}
	p.loss.t, p.loss.dt = of(tower.LogitScale)
	if p.o.Sigmoid {
		p.loss.bias, p.loss.dbias = of(logitBias)
	}
	unit := [4]pointer{p.loss.image, p.loss.dimage, p.loss.text, p.loss.dtext}
	if p.chunked() {
		for i := range unit {
			unit[i] = a.take("features", p.chunk*p.c.EmbedDim)
		}
	}
	p.image = newImageTower(a, p.ws, p.c, p.chunk, p.o.Precision, unit[0], unit[1])
	p.text = newTextTower(a, p.ws, p.c, p.chunk, p.o.TextLength, p.o.Precision, unit[2], unit[3])
	share(a, p.image.t, p.text.t)
	p.norm, p.setting = a.take("norm of the gradient", 4),
		a.take("settings", len(p.ws.groups)*settingsCount)
	p.images = a.pin("images", p.chunk*3*p.c.ImageSize*p.c.ImageSize)
	p.ids, p.order, p.starts = a.pin("tokens", n), a.pin("tokens", n), a.pin("tokens", n+1)
	p.unique, p.count, p.ends = a.pin("tokens", n), a.pin("tokens", 1), a.pin("ends of texts", p.chunk)
	p.settings = a.pin("settings", len(p.ws.groups)*settingsCount)
	for i := range p.given {
		p.given[i] = a.pin("features", p.chunk*p.c.EmbedDim)
	}
	p.losses, p.norms, p.scale = a.pin("losses", 2), a.pin("norm of the gradient", 4), a.pin("t", 1)
	p.g.do(func() (err error) { p.side, err = p.g.context.Stream(); return err })
	p.g.do(func() (err error) { p.started, err = p.g.context.Event(); return err })
	p.g.do(func() (err error) { p.arrived, err = p.g.context.Event(); return err })
}

// run does a piece of work.
func (p *part) run(k *piece, work func()) {
	if k.graph == nil && (!k.warm || p.o.NoGraph) {
		k.warm = true
		work()
		return
	}
	p.g.do(func() (err error) {
		if k.graph == nil {
			k.graph, err = p.g.stream.Capture(func() error { work(); return p.g.taken() })
		}
		if err != nil {
			return err
		}
		return k.graph.Launch(p.g.stream)
	})
}

// everything is all work that there may be, for a plan.
func (p *part) everything() {
	p.whole(bothSides)
	p.again()
	p.update()
}

// whole leaves the loss of a batch that the towers hold, and its gradients.
func (p *part) whole(computed sides) {
	p.forward(computed)
	p.compare()
	p.backward()
}

// forward leaves the unit features of a chunk: of towers that are computed from the inputs in
// pinned memory, of others from features there.
func (p *part) forward(computed sides) {
	p.towers(computed)
	bytes := p.chunk * p.c.EmbedDim * number
	for i, unit := range []pointer{p.image.unit, p.text.unit} {
		switch side := sides(1 << i); {
		case computed&side == 0:
			p.send(unit, p.given[i], bytes)
		case p.fixed&side != 0: // to be kept
			p.receive(p.given[i], unit, bytes)
		}
	}
}

// towers goes from the inputs in pinned memory to features. Images come while the texts' tower
// goes forward.
func (p *part) towers(computed sides) {
	if computed&imageSide != 0 {
		p.g.do(func() error {
			return errors.Join(p.started.Record(p.g.stream), p.side.Wait(p.started),
				p.side.Send(p.image.images, p.images, len(p.images.Bytes)), p.arrived.Record(p.side))
		})
	}
	if computed&textSide != 0 {
		n := p.chunk * p.o.TextLength
		p.send(p.text.ids, p.ids, n*number)
		p.send(p.text.t.index, p.ends, p.chunk*number)
		p.send(p.text.order, p.order, n*number)
		p.send(p.text.starts, p.starts, (n+1)*number)
		p.send(p.text.unique, p.unique, n*number)
		p.send(p.text.count, p.count, number)
		p.text.forward()
	}
	if computed&imageSide != 0 {
		p.g.do(func() error { return p.g.stream.Wait(p.arrived) })
		p.image.forward()
	}
}

// compare leaves the loss of all features and its gradients by them.
func (p *part) compare() {
	if p.chunked() {
		p.g.do(func() error { return p.g.stream.Clear(p.ws.sum, uint64(p.ws.all*number)) })
	}
	p.loss.run()
	p.receive(p.losses, p.loss.losses, 2*number)
}

// learning are the towers of which something learns.
func (p *part) learning() sides { return bothSides &^ p.fixed }

// backward goes from gradients by features to those by parameters. A tower of which nothing learns
// is left out.
func (p *part) backward() {
	if p.fixed&textSide == 0 {
		p.text.backward()
	}
	if p.fixed&imageSide == 0 {
		p.image.backward()
	}
}

// again goes forward and backward with a chunk, in the towers that learn, and adds its gradients to
// the sums.
func (p *part) again() {
	p.towers(p.learning())
	p.backward()
	p.g.each("add", p.ws.total, p.ws.sum, p.ws.sum, p.ws.g)
}

func (p *part) send(dst pointer, src *driver.Pinned, bytes int) {
	p.g.do(func() error { return p.g.stream.Send(dst, src, bytes) })
}

func (p *part) receive(dst *driver.Pinned, src pointer, bytes int) {
	p.g.do(func() error { return p.g.stream.Receive(dst, src, bytes) })
}

// update measures the gradient and moves what learns.
func (p *part) update() {
	ws := p.ws
	p.send(p.setting, p.settings, len(ws.groups)*settingsCount*number)
	if ws.total > 0 {
		p.g.sumSquares(p.norm, ws.sum, ws.total)
	} else {
		p.g.do(func() error { return p.g.stream.Clear(p.norm, 16) })
	}
	for i, g := range ws.groups {
		half := ws.half
		if half != 0 {
			half += pointer(g.from * number / 2)
		}
		p.g.each("adamw", g.n, at(ws.w, g.from), half, at(ws.m, g.from), at(ws.v, g.from),
			at(ws.sum, g.from), at(p.setting, i*settingsCount), p.norm)
	}
	if p.o.Frozen == nil || !p.o.Frozen(tower.LogitScale) {
		p.g.launch("clamp", one, [3]uint32{32, 1, 1}, ws.weight(tower.LogitScale), float32(0),
			float32(maxLogLogitScale))
	}
	p.receive(p.norms, p.norm, 4*number)
	p.receive(p.scale, ws.weight(tower.LogitScale), number)
}

// set puts the settings of AdamW's next step where update reads them.
func (p *part) set(rate float64, step int) {
	for i, g := range p.ws.groups {
		a := ops.AdamW{LearningRate: rate * g.factor, Beta1: p.o.Beta1, Beta2: p.o.Beta2,
			Epsilon: p.o.Epsilon, GradScale: 1, Step: step}
		if g.decays {
			a.WeightDecay = p.o.WeightDecay
		}
		copy(p.settings.Float32s()[i*settingsCount:], settings(a, p.o.MaxNorm))
	}
}

func (p *part) free() error {
	err := errors.Join(p.side.Close(), p.started.Close(), p.arrived.Close())
	for _, k := range []*piece{&p.compares, &p.agains, &p.updates} {
		err = errors.Join(err, k.graph.Close())
	}
	for i := range p.gradients {
		err = errors.Join(err, p.gradients[i].graph.Close(), p.forwards[i].graph.Close())
	}
	return errors.Join(err, p.arena.free())
}
