package recipe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"cliplab/lab"
	"cliplab/lab/progress"
	"cliplab/lab/train"
)

// Train trains the model that ships and writes it into a folder: the weights as
// cliplab-s.safetensors and the history of the run as history.tsv. What is there when ctx is
// cancelled is written too, beside the error.
func Train(ctx context.Context, cfg train.Config, data *Mixed, folder string) (
	*lab.Model, *train.History, error) {
	bar := progress.New("training", cfg.Steps)
	defer bar.Done()
	model, history, err := train.Run(ctx, cfg, data, func(h *train.History) error {
		n := h.Steps()
		bar.Set(n, fmt.Sprintf("loss %.3f of %.3f, exp(t) %.1f",
			h.Loss[n-1], h.Chance(), h.LogitScale[n-1]))
		return nil
	})
	if model == nil {
		return nil, history, err
	}
	if saveErr := save(model, history, cfg, folder); saveErr != nil {
		return model, history, saveErr
	}
	return model, history, err
}

func save(model *lab.Model, history *train.History, cfg train.Config, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	model.Name = lab.Shipped
	err := model.Save(filepath.Join(folder, lab.Shipped+".safetensors"), map[string]string{
		"recipe": fmt.Sprintf("%d steps of %d pairs, rate %g, weight decay %g, seed %d",
			history.Steps(), cfg.Batch, cfg.Rate, cfg.WeightDecay, cfg.Seed),
		"data":  "noto and fluent emoji with emojibase captions, composites of both",
		"about": "cliplab train; see MODEL_CARD.md",
	})
	if err != nil {
		return err
	}
	table := filepath.Join(folder, "history.tsv")
	if err := os.WriteFile(table, []byte(history.TSV()), 0o644); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}
