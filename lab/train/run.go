package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"gorgonia.org/gorgonia"

	"cliplab/lab"
	"cliplab/lab/bpe"
	"cliplab/lab/graph"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Run trains a CLIP from scratch and gives it back with the history of the run.
//
// After each step it calls watch, which may be nil; an error of watch stops the run. When ctx
// is cancelled the run stops between two steps, and the model as it is then is returned
// beside ctx's error: nothing is lost. The same configuration, source and machine give the
// same losses.
func Run(ctx context.Context, cfg Config, source Source, watch func(*History) error) (
	*lab.Model, *History, error) {
	if err := cfg.Check(); err != nil {
		return nil, nil, err
	}
	r, err := start(cfg, source)
	if err != nil {
		return nil, nil, err
	}
	defer r.machine.Close()
	err = r.steps(ctx, watch)
	model, modelErr := lab.NewModel("trained", r.cfg.Tower, r.clip.Params(), r.vocabulary)
	if err == nil {
		err = modelErr
	}
	return model, r.history, err
}

// run is a training run under way.
type run struct {
	cfg        Config
	source     Source
	vocabulary *lab.Vocabulary
	tokenizer  *bpe.Tokenizer
	clip       *graph.CLIP
	machine    gorgonia.VM
	solver     *graph.AdamW
	history    *History
}

func start(cfg Config, source Source) (*run, error) {
	r := &run{cfg: cfg, source: source, tokenizer: bpe.New(), history: &History{Batch: cfg.Batch}}
	tokens, err := r.tokenizer.Tokenize(source.Captions(), cfg.Tower.ContextLength, bpe.Truncate)
	if err != nil {
		return nil, err
	}
	r.vocabulary = lab.NewVocabulary(tokens.IDs)
	r.cfg.Tower.VocabSize = r.vocabulary.Size()
	g := gorgonia.NewGraph()
	params := tower.Init(r.cfg.Tower, cfg.Seed)
	clear(params[tower.TokenEmbedding].Row(0).Data) // of what training never met
	if cfg.From != nil {
		if err := cfg.From.CopyTo(params, r.vocabulary); err != nil {
			return nil, err
		}
	}
	options := graph.Options{TextLength: cfg.TextLength}
	if r.clip, err = graph.NewCLIPFrom(g, r.cfg.Tower, cfg.Batch, params, options); err != nil {
		return nil, err
	}
	if _, err := gorgonia.Grad(r.clip.Loss, r.clip.Learnables()...); err != nil {
		return nil, fmt.Errorf("train: gradients: %w", err)
	}
	r.machine = gorgonia.NewTapeMachine(g)
	r.solver = graph.NewAdamW()
	r.solver.WeightDecay = cfg.WeightDecay
	r.solver.MaxNorm = cfg.MaxNorm
	return r, nil
}

// steps runs the loop; the next batch is made while a step runs.
func (r *run) steps(ctx context.Context, watch func(*History) error) error {
	batches := make(chan batch, 1)
	done := make(chan struct{})
	defer close(done)
	go r.load(batches, done)
	began := time.Now()
	for step := range r.cfg.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := <-batches
		if b.err != nil {
			return b.err
		}
		rate := LearningRate(step, r.cfg.Steps, r.cfg.Warmup, r.cfg.Rate)
		if err := r.step(b, rate); err != nil {
			return fmt.Errorf("train: step %d: %w", step, err)
		}
		r.history.Elapsed = time.Since(began)
		if watch != nil {
			if err := watch(r.history); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) step(b batch, rate float64) error {
	if err := r.clip.SetBatch(b.images, b.tokens); err != nil {
		return err
	}
	if err := r.machine.RunAll(); err != nil {
		return err
	}
	halves := r.clip.Losses()
	loss := float64(halves.PerImage+halves.PerText) / 2
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("the loss is %v; try a smaller learning rate than %.1e or a longer "+
			"warm-up than %d steps", loss, r.cfg.Rate, r.cfg.Warmup)
	}
	if err := r.solver.Step(r.clip.Learnables(), rate); err != nil {
		return err
	}
	r.machine.Reset()
	t := float64(r.clip.Params()["logit_scale"].Data[0])
	h := r.history
	h.Loss = append(h.Loss, loss)
	h.LogitScale = append(h.LogitScale, lab.LogitScale(t))
	h.Rate = append(h.Rate, rate)
	return nil
}

// batch is one step's input.
type batch struct {
	images *tensor.Tensor // [batch, 3, size, size]
	tokens *tensor.Tensor // [batch, TextLength]  rows of the vocabulary
	err    error
}

// load makes batches until done. Draws come from one stream and pictures are augmented each
// from a stream of its own, so that the result does not depend on the number of goroutines.
func (r *run) load(batches chan<- batch, done <-chan struct{}) {
	rng := rand.New(rand.NewPCG(r.cfg.Seed, 0xda7a))
	for range r.cfg.Steps {
		select {
		case batches <- r.batch(rng):
		case <-done:
			return
		}
	}
}

func (r *run) batch(rng *rand.Rand) batch {
	examples := r.source.Batch(r.cfg.Batch, rng)
	size := r.cfg.Tower.ImageSize
	images := tensor.New(len(examples), 3, size, size)
	captions := make([]string, len(examples))
	var wait sync.WaitGroup
	for i, e := range examples {
		captions[i] = e.Caption
		own := rand.New(rand.NewPCG(rng.Uint64(), uint64(i)))
		wait.Go(func() {
			r.cfg.Augment.Apply(images.Row(i).Data, e.Picture, e.Caption, size, own)
		})
	}
	wait.Wait()
	tokens, err := r.tokenizer.Tokenize(captions, r.cfg.TextLength, bpe.Truncate)
	if err != nil {
		return batch{err: err}
	}
	return batch{images: images, tokens: r.vocabulary.Tensor(tokens.IDs)}
}
