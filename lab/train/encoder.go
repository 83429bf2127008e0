package train

import (
	"crypto/sha256"
	"fmt"
	"unsafe"

	"cliplab/lab/graph"
	"cliplab/lab/tensor"
)

// encoder gives the unit features of a tower that is frozen as a whole. An input that comes
// again, the same to the bit, is not computed again: a tower that does not change gives it the
// same features. Augmented pictures never come again and are not kept.
type encoder struct {
	machine *machine
	images  bool
	width   int // numbers of one input
	keep    int // features kept at most; 0 keeps none
	known   map[[sha256.Size]byte][]float32

	input *tensor.Tensor // the inputs that have to be computed, in front
	rows  []int          // where their features belong
	keys  [][sha256.Size]byte
	out   *tensor.Tensor // [batch, embed]
	runs  int            // how often the tower ran
}

// keepBytes is what features that are kept may take.
const keepBytes = 256 << 20

func newEncoder(cfg Config, params map[string]*tensor.Tensor, images bool) (*encoder, error) {
	o := graph.Options{TextLength: cfg.TextLength, Frozen: cfg.frozen,
		Image: graph.Absent, Text: graph.Absent, Objective: graph.FeaturesOnly}
	batch := cfg.Batch
	if cfg.Chunk > 0 {
		batch = cfg.Chunk
	}
	e := &encoder{images: images, known: map[[sha256.Size]byte][]float32{},
		keep: keepBytes / 4 / cfg.Tower.EmbedDim, out: tensor.New(cfg.Batch, cfg.Tower.EmbedDim)}
	if images {
		size := cfg.Tower.ImageSize
		o.Image, e.input = graph.Computed, tensor.New(batch, 3, size, size)
		if cfg.Augment != (Augment{}) {
			e.keep = 0
		}
	} else {
		o.Text, e.input = graph.Computed, tensor.New(batch, cfg.TextLength)
	}
	e.width = e.input.Len() / batch
	var err error
	e.machine, err = newMachine(cfg, batch, params, o)
	return e, err
}

// encode gives the unit features of a batch. They are valid until the next.
func (e *encoder) encode(batch *tensor.Tensor) (*tensor.Tensor, error) {
	if want := e.out.Shape[0] * e.width; len(batch.Data) != want {
		return nil, fmt.Errorf("train: a batch of shape %v for a frozen tower, want %d numbers in all",
			batch.Shape, want)
	}
	e.rows, e.keys = e.rows[:0], e.keys[:0]
	for i := range e.out.Shape[0] {
		row := batch.Data[i*e.width : (i+1)*e.width]
		var key [sha256.Size]byte
		if e.keep > 0 {
			key = sha256.Sum256(unsafe.Slice((*byte)(unsafe.Pointer(&row[0])), 4*len(row)))
			if features := e.known[key]; features != nil {
				copy(e.out.Row(i).Data, features)
				continue
			}
		}
		copy(e.input.Data[len(e.rows)*e.width:], row)
		e.rows, e.keys = append(e.rows, i), append(e.keys, key)
		if len(e.rows) == e.input.Shape[0] {
			if err := e.flush(); err != nil {
				return nil, err
			}
		}
	}
	return e.out, e.flush()
}

// flush computes the inputs that have gathered.
func (e *encoder) flush() error {
	if len(e.rows) == 0 {
		return nil
	}
	images, tokens, node := e.input, (*tensor.Tensor)(nil), e.machine.clip.ImageFeatures
	if !e.images {
		images, tokens, node = nil, e.input, e.machine.clip.TextFeatures
	}
	if err := e.machine.run(images, tokens); err != nil {
		return err
	}
	e.runs++
	d := e.out.Shape[1]
	for k, row := range e.rows {
		features := graph.Values(node)[k*d : (k+1)*d]
		copy(e.out.Row(row).Data, features)
		if len(e.known) < e.keep {
			e.known[e.keys[k]] = append([]float32(nil), features...)
		}
	}
	e.rows, e.keys = e.rows[:0], e.keys[:0]
	return nil
}
