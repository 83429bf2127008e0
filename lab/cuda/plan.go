package cuda

import (
	"cliplab/lab/cuda/driver"
	"cliplab/lab/tower"
)

// plan adds up the memory that work would take. A GPU with a plan has no device: ops go through all
// their arithmetic of sizes and launch nothing.
type plan struct {
	kept     uint64         // bytes of arenas
	scratch  map[string]int // bytes of each, at its largest
	launches map[string]int // of each kernel
	blas, lt bool           // products are cuBLAS's, and its sister finishes them: for a count only
}

func (p *plan) bytes() uint64 {
	n := p.kept
	for _, s := range p.scratch {
		n += uint64(s)
	}
	return n
}

// planned is a device's plan of a part of a Trainer: the same code as takes the memory and does the
// work, so that it cannot disagree.
func planned(info driver.Info, blas bool, c tower.Config, batch, chunk int, o Options) *plan {
	p := plannedPart(info, blas, c, batch, chunk, o)
	p.everything()
	return p.g.plan
}

func plannedPart(info driver.Info, blas bool, c tower.Config, batch, chunk int, o Options) *part {
	g := &GPU{info: info, plan: &plan{scratch: map[string]int{}, launches: map[string]int{},
		blas: blas}}
	p := newPart(g, c, batch, chunk, o)
	p.place(nil, true)
	return p
}

// Memory is how many bytes of each device a Trainer takes, whatever its number of pairs in the
// towers at once (o.Chunk) and of devices (0 counts as one). It opens no device, and is of a card
// with 132 multiprocessors and own products.
//
// It grows with batch · (3·EmbedDim numbers of both sides) for the loss, which never holds more
// than PanelRows rows of logits, and with o.Chunk for the towers.
func Memory(c tower.Config, batch, devices int, o Options) (uint64, error) {
	o, chunk, err := o.check(c, batch, max(1, devices))
	if err != nil {
		return 0, err
	}
	return planned(driver.Info{Multiprocessors: 132}, false, c, batch, chunk, o).bytes(), nil
}

// reserve takes the scratch memory of a plan.
func (g *GPU) reserve(p *plan) {
	for what, bytes := range p.scratch {
		g.scratch(what, bytes)
	}
}
