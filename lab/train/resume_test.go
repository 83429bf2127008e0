package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/progress"
)

// stopAfter makes a run stop after n steps of it.
func stopAfter(cfg Config, n int) (context.Context, Config) {
	ctx, cancel := context.WithCancel(context.Background())
	cfg.Watch = func(h *History) error {
		if h.Steps() == n {
			cancel()
		}
		return nil
	}
	return ctx, cfg
}

// A run that was interrupted, twice, and resumed gives the same losses to the bit, the same
// history and the same weights as one that was not, also with augmentation, in chunks, with a
// frozen tower, with the sigmoid loss, and of a ResNet with its running statistics.
func TestResumeIsExact(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"usual":     func(c *Config) {},
		"augmented": func(c *Config) { c.Augment = DefaultAugment },
		"chunks":    func(c *Config) { c.Chunk = 4 },
		"frozen":    func(c *Config) { c.Freeze = []string{"vision"} },
		"sigmoid":   func(c *Config) { c.Loss = Sigmoid },
		"resnet":    resNet,
		"resnet with running statistics, in chunks": func(c *Config) {
			resNet(c)
			c.RunningStatistics, c.Chunk = true, 4
		},
		"frozen resnet": func(c *Config) {
			resNet(c)
			c.Freeze = []string{"vision"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := tiny(20)
			change(&cfg)
			whole, want, err := Run(context.Background(), cfg, eight{})
			if err != nil {
				t.Fatal(err)
			}
			cfg.Checkpoint, cfg.Every = filepath.Join(t.TempDir(), "run"), 3
			for _, stop := range []int{7, 11} {
				ctx, stopped := stopAfter(cfg, stop)
				if _, _, err := Run(ctx, stopped, eight{}); !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				cfg.Resume = true
			}
			model, got, err := Run(context.Background(), cfg, eight{})
			if err != nil {
				t.Fatal(err)
			}
			if got.TSV() != want.TSV() {
				t.Errorf("resumed:\n%s\nuninterrupted:\n%s", got.TSV(), want.TSV())
			}
			for i := range want.Loss {
				if got.Loss[i] != want.Loss[i] {
					t.Fatalf("step %d: loss %v, uninterrupted %v", i, got.Loss[i], want.Loss[i])
				}
			}
			for name, p := range whole.Params() {
				for i, x := range p.Data {
					if model.Params()[name].Data[i] != x {
						t.Fatalf("%s[%d] is %v, want %v", name, i, model.Params()[name].Data[i], x)
					}
				}
			}
			again, _, err := Run(context.Background(), cfg, eight{}) // nothing is left to do
			if err != nil || again.Params()["logit_scale"].Data[0] != model.Params()["logit_scale"].Data[0] {
				t.Errorf("a finished run resumes to another model, %v", err)
			}
		})
	}
}

// What does not fit a checkpoint is named.
func TestResumeErrors(t *testing.T) {
	cfg := tiny(4)
	cfg.Checkpoint = filepath.Join(t.TempDir(), "run")
	if _, _, err := Run(context.Background(), cfg, eight{}); err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(t.TempDir(), "model.safetensors")
	m, _, err := Run(context.Background(), tiny(1), eight{})
	if err == nil {
		err = m.Save(model, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	data, err := os.ReadFile(cfg.Checkpoint)
	if err == nil {
		err = os.WriteFile(cut, data[:len(data)-1], 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg.Resume = true
	for want, change := range map[string]func(*Config){
		"Batch is 4, was 8":                         func(c *Config) { c.Batch = 4 },
		"Rate is 0.5, was 0.002; Steps is 9, was 4": func(c *Config) { c.Rate, c.Steps = 0.5, 9 },
		"Tower.VisionWidth is 32, was 64":           func(c *Config) { c.Tower.VisionWidth = 32 },
		"Augment.Zoom is 0.5, was 0":                func(c *Config) { c.Augment.Zoom = 0.5 },
		`Freeze is ["text"], was null`:              func(c *Config) { c.Freeze = []string{"text"} },
		"Seed is 18446744073709551615, was 1":       func(c *Config) { c.Seed = 1<<64 - 1 },
		"nothing to resume from":                    func(c *Config) { c.Checkpoint += "-not" },
		"no checkpoint of a run":                    func(c *Config) { c.Checkpoint = model },
		"cut off":                                   func(c *Config) { c.Checkpoint = cut },
	} {
		cfg := cfg
		change(&cfg)
		_, _, err := Run(context.Background(), cfg, eight{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, _, err := Run(context.Background(), cfg, other{}); err == nil ||
		!strings.Contains(err.Error(), "other tokens") && !strings.Contains(err.Error(), "VocabSize") {
		t.Errorf("with another source: %v", err)
	}
}

// other is a source of other captions.
type other struct{ eight }

func (other) Captions() []string { return []string{"a", "b", "c"} }

// Bytes of any kind resume or are refused.
func FuzzResume(f *testing.F) {
	progress.SetSink(quiet{})
	cfg := tiny(4)
	cfg.Tower.VisionWidth, cfg.Tower.TextWidth, cfg.Tower.EmbedDim = 4, 4, 4
	cfg.Checkpoint = filepath.Join(f.TempDir(), "run")
	ctx, stopped := stopAfter(cfg, 2)
	if _, _, err := Run(ctx, stopped, eight{}); !errors.Is(err, context.Canceled) {
		f.Fatal(err)
	}
	data, err := os.ReadFile(cfg.Checkpoint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	for _, change := range []string{`\"Batch\":8`, `\"Loss\":[`, `"exp_avg.logit_scale"`, `"step"`,
		`"stream":"`} {
		f.Add([]byte(strings.Replace(string(data), change, change[:len(change)-1]+"9", 1)))
	}
	r, err := start(cfg, eight{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(cfg.Checkpoint, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := r.resume(); err == nil && len(r.history.Loss) > cfg.Steps {
			t.Errorf("resumed at step %d of %d", len(r.history.Loss), cfg.Steps)
		}
	})
}
