package recipe

import (
	"bytes"
	"context"
	"errors"
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

// One command in stages gives what commands give one by one, each going on from the file of
// the first.
func TestStagesAreTwoRuns(t *testing.T) {
	ctx := context.Background()
	folder, apart := t.TempDir(), t.TempDir()
	stages := Stages(tiny())
	if len(stages) != 3 || stages[1].Steps != 14 || stages[2].Steps != 3 ||
		stages[0].Augment.Warp >= stages[1].Augment.Warp {
		t.Fatalf("stages are %+v", stages)
	}
	_, history, err := Train(ctx, stages, NewMixed(), folder)
	if err != nil {
		t.Fatal(err)
	}
	first, second := Stages(tiny())[0], Stages(tiny())[1]
	if _, _, err := Train(ctx, []Stage{first}, NewMixed(), apart); err != nil {
		t.Fatal(err)
	}
	if second.From, err = lab.Load(ctx, filepath.Join(apart, Weights)); err != nil {
		t.Fatal(err)
	}
	_, alone, err := Train(ctx, []Stage{second}, NewMixed(), apart)
	if err != nil {
		t.Fatal(err)
	}
	for i, loss := range alone.Loss {
		if got := history.Loss[first.Steps+i]; got != loss {
			t.Errorf("step %d of the second stage: loss %v, alone %v", i, got, loss)
		}
	}
	table := read(t, folder, Table)
	if n := strings.Count(table, "\n"); n != 1+history.Steps() || history.Steps() != 22 {
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

// A run that is interrupted in its second stage, or its first, and resumed gives the weights of
// one that is not.
func TestTrainResumes(t *testing.T) {
	folder, whole := t.TempDir(), t.TempDir()
	want, history, err := Train(context.Background(), Stages(tiny()), NewMixed(), whole)
	if err != nil {
		t.Fatal(err)
	}
	resume := false
	for _, stop := range []int{3, 1} { // of the first stage, then of the second
		ctx, cancel := context.WithCancel(context.Background())
		stages := Stages(tiny())
		for i := range stages {
			stages[i].Resume = resume
		}
		stages[len(stages)-1].Watch = func(h *train.History) error {
			if h.Steps() == stop {
				cancel()
			}
			return nil
		}
		if !resume {
			stages[0].Watch = stages[len(stages)-1].Watch
		}
		if _, _, err := Train(ctx, stages, NewMixed(), folder); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped with %v", err)
		}
		resume = true
	}
	stages := Stages(tiny())
	for i := range stages {
		stages[i].Resume = true
	}
	got, again, err := Train(context.Background(), stages, NewMixed(), folder)
	if err != nil || again.TSV() != history.TSV() {
		t.Fatalf("%v; resumed:\n%s\nuninterrupted:\n%s", err, again.TSV(), history.TSV())
	}
	for name, p := range want.Params() {
		for i, x := range p.Data {
			if got.Params()[name].Data[i] != x {
				t.Fatalf("%s[%d] is %v, want %v", name, i, got.Params()[name].Data[i], x)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*.checkpoint")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}
