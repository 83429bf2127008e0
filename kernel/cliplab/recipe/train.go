package recipe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cliplab/lab"
	"cliplab/lab/train"
	"cliplab/viz"
)

// Names of what Train writes.
const (
	Weights  = lab.Shipped + ".safetensors"
	Table    = "history.tsv"
	Picture  = "history.png"
	dataNote = "emoji of nine artists with emojibase captions, composites of six of them"
)

// Stage is one run of a recipe and what its batches are like.
type Stage struct {
	train.Config
	Neighbours float64 // see Emoji
	Composed   float64 // how many times the data's share of composites
	Pairs      float64 // see Mixed
	Halfway    bool    // the result is the mean of this stage's model and of the one before
}

// Stages are the three stages of a recipe. The first shows gently changed pictures of concepts
// drawn at random: where everything is still to be learned, both towers agree sooner so. The
// second is 14/5 as long, goes on from the first's model with a warm restart of the learning rate
// (Loshchilov and Hutter 2017), changes pictures as far as the configuration allows, and puts
// concepts that are alike into one batch, as harder negatives of each other. The third, 3/5 as long
// as the first, shows twice as many composites at a lower rate: persons with hats and other things,
// every second one beside the same person without. What comes out is the model half way from the
// second to the third.
func Stages(cfg train.Config) []Stage {
	first, second := cfg, cfg
	first.Augment = cfg.Augment.Times(gentle)
	second.Steps = cfg.Steps * 14 / 5
	second.Warmup = cfg.Warmup / 2
	second.Seed++
	third := second
	third.Steps = max(1, cfg.Steps*3/5)
	third.Warmup = cfg.Warmup * 3 / 10
	third.Rate = 0.7 * cfg.Rate
	third.Seed++
	return []Stage{{Config: first, Composed: 1},
		{Config: second, Neighbours: neighbourShare, Composed: 1},
		{Config: third, Neighbours: neighbourShare, Composed: 2, Pairs: pairShare, Halfway: true}}
}

const (
	gentle         = 0.5
	neighbourShare = 0.4
	pairShare      = 0.5
)

// Train trains in stages, each going on from the file that the one before has written, and
// writes into a folder: the weights, those of each stage before, and the history of the run as a
// table and as a picture. What is there when ctx is cancelled is written too, beside the error,
// and the checkpoint of each stage stays, so that the run can go on where Resume is set.
func Train(ctx context.Context, stages []Stage, data *Mixed, folder string) (
	*lab.Model, *train.History, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, nil, fmt.Errorf("train: %w", err)
	}
	whole := &train.History{}
	var model *lab.Model
	composites, neighbours, pairs := data.Composites, data.emoji.Neighbours, data.Pairs
	defer func() {
		data.Composites, data.emoji.Neighbours, data.Pairs = composites, neighbours, pairs
	}()
	for i, s := range stages {
		cfg := s.Config
		data.SetNeighbours(s.Neighbours)
		data.Composites, data.Pairs = composites*s.Composed, s.Pairs
		name := Weights
		if i < len(stages)-1 || s.Halfway {
			name = stageFile(i + 1)
		}
		cfg.Checkpoint = Checkpoint(folder, i)
		if _, err := os.Stat(cfg.Checkpoint); err != nil && i > 0 {
			cfg.Resume = false // this stage had not begun
		}
		trained, history, err := stage(ctx, cfg, data, i, len(stages))
		if trained == nil {
			return model, whole, err
		}
		model = trained
		whole.Append(history)
		path := filepath.Join(folder, name)
		if saveErr := save(model, whole, stages[:i+1], path); saveErr != nil {
			return model, whole, saveErr
		}
		if err != nil {
			return model, whole, err
		}
		if i < len(stages)-1 {
			if stages[i+1].From, err = lab.Load(ctx, path); err != nil {
				return model, whole, err
			}
		}
	}
	if last := stages[len(stages)-1]; last.Halfway {
		var err error
		if model, err = halfway(ctx, last.From, folder, len(stages)); err != nil {
			return model, whole, err
		}
		if err := save(model, whole, stages, filepath.Join(folder, Weights)); err != nil {
			return model, whole, err
		}
	}
	for i := range stages {
		if err := os.Remove(Checkpoint(folder, i)); err != nil {
			return model, whole, fmt.Errorf("train: %w", err)
		}
	}
	return model, whole, nil
}

// stageFile is where a stage's model is kept that is not yet the result.
func stageFile(stage int) string {
	return fmt.Sprintf("%s-stage-%d.safetensors", lab.Shipped, stage)
}

// halfway is the mean of a model and of the one that a stage made of it, as its file has it: it
// keeps most of what each does better (Wortsman et al. 2022, WiSE-FT).
func halfway(ctx context.Context, from *lab.Model, folder string, stage int) (*lab.Model, error) {
	to, err := lab.Load(ctx, filepath.Join(folder, stageFile(stage)))
	if err != nil {
		return nil, err
	}
	params, earlier := map[string]*lab.Tensor{}, from.Params()
	for name, t := range to.Params() {
		mean := t.Clone()
		for i, x := range earlier[name].Data {
			mean.Data[i] = (mean.Data[i] + x) / 2
		}
		params[name] = mean
	}
	return lab.NewModel(lab.Shipped, to.Config, params, to.Vocabulary())
}

// Checkpoint is the file that keeps a stage of a run until the run has ended well.
func Checkpoint(folder string, stage int) string {
	return filepath.Join(folder, fmt.Sprintf("stage-%d.checkpoint", stage+1))
}

// stage runs one stage under a progress bar.
func stage(ctx context.Context, cfg train.Config, data *Mixed, i, n int) (
	*lab.Model, *train.History, error) {
	title := "training"
	if n > 1 {
		title = fmt.Sprintf("training, stage %d of %d", i+1, n)
	}
	cfg.Title = title
	return train.Run(ctx, cfg, data)
}

// save writes the weights, and beside them the history so far.
func save(model *lab.Model, history *train.History, stages []Stage, path string) error {
	var recipe []string
	for _, s := range stages {
		recipe = append(recipe, fmt.Sprintf("%d steps of %d pairs, rate %g, weight decay %g, seed %d",
			s.Steps, s.Batch, s.Rate, s.WeightDecay, s.Seed))
	}
	model.Name = lab.Shipped
	err := model.Save(path, map[string]string{
		"recipe": fmt.Sprintf("%s; %d steps in all", strings.Join(recipe, ", then "),
			history.Steps()),
		"data":  dataNote,
		"about": "cliplab train; see MODEL_CARD.md",
	})
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	table := filepath.Join(folder, Table)
	if err := os.WriteFile(table, []byte(history.TSV()), 0o644); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if history.Steps() < 2 {
		return nil // no curve
	}
	return draw(history).SavePNG(filepath.Join(folder, Picture))
}

// draw shows loss and logit scale of a run.
func draw(h *train.History) *viz.Figure {
	guessing := viz.Reference{Y: h.Chance(), Label: fmt.Sprintf("ln %d: guessing", h.Batch)}
	loss := viz.Curves([]viz.Series{{Name: "loss", Y: h.Loss}}, viz.CurvesOptions{
		Title: "Loss", XLabel: "step", YLabel: "nats", Width: 440, Smooth: 50,
		References: []viz.Reference{guessing}})
	scale := viz.Curves([]viz.Series{{Name: "exp(t)", Y: h.LogitScale}}, viz.CurvesOptions{
		Title: "Logit scale", XLabel: "step", Width: 440})
	return viz.Row(loss, scale)
}
