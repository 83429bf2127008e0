package recipe

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/train"
)

// tiny is the recipe of the model that ships, on a model small enough for a test.
func tiny() train.Config {
	cfg := train.Small()
	cfg.Tower.VisionWidth, cfg.Tower.TextWidth, cfg.Tower.EmbedDim = 32, 32, 32
	cfg.Tower.VisionLayers, cfg.Tower.TextLayers = 1, 1
	cfg.Batch, cfg.Steps, cfg.Warmup = 8, 5, 2
	return cfg
}

// One command in two stages gives what two commands give, the second going on from the file of
// the first.
func TestStagesAreTwoRuns(t *testing.T) {
	ctx := context.Background()
	folder, apart := t.TempDir(), t.TempDir()
	stages := Stages(tiny())
	if len(stages) != 2 || stages[1].Steps != 2 || stages[1].Rate != 1e-3 {
		t.Fatalf("stages are %+v", stages)
	}
	_, history, err := Train(ctx, stages, NewMixed(), folder)
	if err != nil {
		t.Fatal(err)
	}
	first, second := Stages(tiny())[0], Stages(tiny())[1]
	if _, _, err := Train(ctx, []train.Config{first}, NewMixed(), apart); err != nil {
		t.Fatal(err)
	}
	if second.From, err = lab.Load(ctx, filepath.Join(apart, Weights)); err != nil {
		t.Fatal(err)
	}
	_, alone, err := Train(ctx, []train.Config{second}, NewMixed(), apart)
	if err != nil {
		t.Fatal(err)
	}
	for i, loss := range alone.Loss {
		if got := history.Loss[first.Steps+i]; got != loss {
			t.Errorf("step %d of the second stage: loss %v, alone %v", i, got, loss)
		}
	}
	table := read(t, folder, Table)
	if n := strings.Count(table, "\n"); n != 1+history.Steps() || history.Steps() != 7 {
		t.Errorf("%d lines for %d steps", n, history.Steps())
	}
	if picture := read(t, folder, Picture); !bytes.HasPrefix([]byte(picture), []byte("\x89PNG")) {
		t.Error("the history is no picture")
	}
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
