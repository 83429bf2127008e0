package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cliplab/lab"
	"cliplab/lab/bpe"
	"cliplab/lab/cuda"
	"cliplab/lab/graph"
	"cliplab/lab/progress"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Run trains a CLIP and gives it back with the history of the run, under a progress bar.
//
// When ctx is cancelled, or cfg.Watch returns an error, the run stops between two steps, and
// the model as it is then is returned beside that error: nothing is lost. When the loss is no
// number any more, or climbs far above chance and stays there, the run stops with an error that
// says what to try, and the model is the last good one. The same configuration, source and
// machine give the same losses, also when the run was interrupted and resumed.
func Run(ctx context.Context, cfg Config, source Source) (*lab.Model, *History, error) {
	r, err := start(cfg, source)
	if err != nil {
		return nil, nil, err
	}
	defer r.stepper.Close()
	err = r.steps(ctx)
	model, modelErr := lab.NewModel("trained", r.cfg.Tower, r.stepper.Params(), r.vocabulary)
	if err == nil {
		err = modelErr
	}
	return model, r.history, err
}

// run is a training run under way.
type run struct {
	cfg        Config
	devices    []cuda.Device
	vocabulary *lab.Vocabulary
	stepper    *Stepper
	loader     *loader
	history    *History
	watchdog   watchdog
	stream     []byte // state of the data's random stream after the last step
	good       good
	drawn      time.Time // when the last picture was drawn
	synced     int       // step of which the stepper's parameters are
}

// good is a copy of the parameters from when the loss was as it should be.
type good struct {
	step   int
	params map[string][]float32
}

// goodEvery is how many steps lie between two copies.
const goodEvery = 50

func start(cfg Config, source Source) (*run, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	devices, _, err := cfg.where()
	if err != nil {
		return nil, err
	}
	tokenizer := bpe.New()
	tokens, err := tokenizer.Tokenize(source.Captions(), cfg.Tower.ContextLength, bpe.Truncate)
	if err != nil {
		return nil, err
	}
	r := &run{cfg: cfg, devices: devices, vocabulary: lab.NewVocabulary(tokens.IDs),
		history: newHistory(cfg), watchdog: watchdog{cfg: cfg, count: map[string]int{}}}
	r.watchdog.foresee(r.history, source.Captions(), tokens.IDs)
	if err := r.parameters(tokens.IDs); err != nil {
		return nil, err
	}
	stream := newStream(cfg.Seed)
	r.loader = &loader{cfg: r.cfg, source: source, vocabulary: r.vocabulary, tokenizer: tokenizer,
		captions: len(tokens.IDs), stream: stream}
	if r.stream, err = stream.MarshalBinary(); err != nil {
		return nil, err
	}
	if cfg.Resume {
		if err := r.resume(); err != nil {
			r.stepper.Close()
			return nil, err
		}
	}
	return r, nil
}

func newHistory(cfg Config) *History {
	room := func() []float64 { return make([]float64, 0, cfg.Steps) }
	return &History{Batch: cfg.Batch, Objective: cfg.Loss, Loss: room(), LogitScale: room(),
		Rate: room(), GradNorm: room()}
}

// parameters starts them at random or from a model, and makes the stepper.
func (r *run) parameters(tokens [][]int) error {
	from := r.cfg.From
	if from != nil && from.Vocabulary() == nil {
		r.vocabulary = nil // a row for each of CLIP's ids
		r.cfg.Tower.VocabSize = from.Config.VocabSize
	} else {
		if from != nil {
			r.vocabulary = lab.NewVocabulary(append(tokens, from.Vocabulary().IDs()))
		}
		r.cfg.Tower.VocabSize = r.vocabulary.Size()
	}
	params := tower.Init(r.cfg.Tower, r.cfg.Seed)
	if r.cfg.Sines {
		sines(r.cfg.Tower, params)
	}
	if r.vocabulary != nil {
		clear(params[tower.TokenEmbedding].Row(0).Data) // of what training never met
	}
	if from != nil {
		if err := from.CopyTo(params, r.vocabulary); err != nil {
			return err
		}
	}
	if r.cfg.Loss == Sigmoid {
		if from == nil {
			params[tower.LogitScale].Data[0] = sigmoidScale
		} else if _, ok := from.LogitBias(); ok {
			params[graph.LogitBias] = from.Param(graph.LogitBias).Clone()
		}
	}
	var err error
	r.stepper, err = NewStepper(r.cfg, params)
	return err
}

// sines starts the places of a vision transformer's patches, behind that of the class token.
func sines(c tower.Config, params map[string]*tensor.Tensor) {
	positions := params[tower.VisualPositions]
	if positions == nil {
		return // a ResNet
	}
	class := positions.Shape[0] - c.Patches()
	tower.Sines(positions.Data[class*positions.Shape[1]:], c.ImageSize/c.PatchSize)
}

// steps runs the loop; the next batch is made while a step runs.
func (r *run) steps(ctx context.Context) error {
	first := r.history.Steps()
	r.loader.start(r.cfg.Steps - first)
	defer r.loader.stop()
	bar := r.bar()
	defer bar.Done()
	err := r.keep()
	if err == nil {
		err = r.loop(ctx, first, bar)
	}
	r.draw(bar)
	if r.good.params == nil { // the run failed, and the model is the last good one
		return err
	}
	if err := errors.Join(err, r.sync()); lost(err) {
		return r.lose(r.history.Steps(), err)
	}
	if r.cfg.Checkpoint == "" {
		return err
	}
	if saveErr := r.save(); err == nil {
		err = saveErr
	}
	return err
}

func (r *run) bar() *progress.Bar {
	title := r.cfg.Title
	if title == "" {
		title = "training"
	}
	if r.devices[0].Name != cpu {
		title += " on " + names(r.devices)
	}
	return progress.New(title, r.cfg.Steps)
}

func (r *run) loop(ctx context.Context, first int, bar *progress.Bar) error {
	began, before := time.Now(), r.history.Elapsed
	for step := first; step < r.cfg.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := r.loader.next()
		if b.err != nil {
			return b.err
		}
		if err := r.step(b, step); err != nil {
			return err
		}
		r.history.Elapsed = before + time.Since(began)
		r.loader.recycle(b)
		if time.Since(r.drawn) > drawEvery {
			r.draw(bar)
		}
		bar.Set(step+1, r.history.note())
		if r.cfg.Watch != nil {
			if err := r.cfg.Watch(r.history); err != nil {
				return err
			}
		}
		if n := r.cfg.Every; n > 0 && (step+1)%n == 0 && r.cfg.Checkpoint != "" {
			if err := r.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawEvery is the time between two pictures of a run: drawing one takes some 30 ms.
const drawEvery = time.Second

func (r *run) draw(bar *progress.Bar) {
	if r.cfg.Draw == nil || r.history.Steps() < 2 {
		return
	}
	bar.Show(r.cfg.Draw(r.history.snapshot()))
	r.drawn = time.Now()
}

func (r *run) step(b *batch, step int) error {
	rate := LearningRate(step, r.cfg.Steps, r.cfg.Warmup, r.cfg.Rate)
	loss, err := r.stepper.Step(b.images, b.tokens, rate)
	h := r.history
	if lost(err) {
		return r.lose(step+1, err)
	}
	if err != nil {
		r.restore()
		return fmt.Errorf(textStop, step+1, err, r.good.step, r.cfg.Rate, r.cfg.Warmup, r.cfg.MaxNorm)
	}
	h.Loss = append(h.Loss, loss)
	h.LogitScale = append(h.LogitScale, lab.LogitScale(r.stepper.logLogitScale()))
	h.Rate = append(h.Rate, rate)
	h.GradNorm = append(h.GradNorm, r.stepper.GradNorm())
	r.stream = append(r.stream[:0], b.after...)
	r.watchdog.watch(h, b.captions)
	if r.watchdog.diverged(h) {
		r.restore()
		return fmt.Errorf(textDiverged, step+1, h.Loss[0], loss, h.Chance(), r.good.step, r.cfg.Rate,
			r.cfg.Warmup, r.cfg.MaxNorm)
	}
	if n := h.Steps(); n%goodEvery == 0 && h.recent(divergedFor) < max(h.Loss[0], 1.5*h.Chance()) {
		if err := r.keep(); err != nil {
			return r.lose(n, err)
		}
	}
	return nil
}

// sync brings the parameters of the host up to date.
func (r *run) sync() error {
	err := r.stepper.Sync()
	if err == nil {
		r.synced = r.history.Steps()
	}
	return err
}

// lose ends a run whose GPU has failed. The model is the one that was downloaded last.
func (r *run) lose(step int, err error) error {
	r.good.params = nil
	return fmt.Errorf(textLost, step, err, r.synced)
}

// keep copies the parameters, so that what comes may go wrong.
func (r *run) keep() error {
	if err := r.sync(); err != nil {
		return err
	}
	if r.good.params == nil {
		r.good.params = map[string][]float32{}
	}
	for name, t := range r.stepper.Params() {
		if !r.cfg.frozen(name) {
			r.good.params[name] = append(r.good.params[name][:0], t.Data...)
		}
	}
	r.good.step = r.history.Steps()
	return nil
}

// restore brings the last good parameters back. Nothing is saved of such a run any more: its
// checkpoint is the last good one too.
func (r *run) restore() {
	for name, data := range r.good.params {
		copy(r.stepper.Params()[name].Data, data)
	}
	r.good.params = nil
}
