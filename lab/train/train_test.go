package train

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cliplab/lab/pixels"
	"cliplab/lab/progress"
)

// quiet shows no progress bars among the tests' output.
type quiet struct{}

func (quiet) Update(progress.State) {}

func TestMain(m *testing.M) {
	progress.SetSink(quiet{})
	os.Exit(m.Run())
}

func TestLearningRate(t *testing.T) {
	for _, c := range []struct {
		step int
		want float64
	}{{0, 0.1}, {9, 1}, {10, 1}, {60, 0.5}, {110, 0}} {
		if got := LearningRate(c.step, 110, 10, 1); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("rate of step %d is %v, want %v", c.step, got, c.want)
		}
	}
}

func TestCaptionsThatNameASideAreNotFlipped(t *testing.T) {
	for caption, want := range map[string]bool{
		"a black cat": true, "left arrow": false, "a finger pointing right": false,
		"ten o’clock": false, "input latin letters": false, "brightness": true,
	} {
		if got := CanFlip(caption); got != want {
			t.Errorf("CanFlip(%q) = %v", caption, got)
		}
	}
}

// Without any change the picture is only normalised, and what is transparent is white.
func TestAugmentOfNothing(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 32 { // the upper half is black
		picture.Set(i%8, i/8, color.Black)
	}
	dst := make([]float32, 3*8*8)
	Augment{}.Apply(dst, picture, "half", 8, rand.New(rand.NewPCG(1, 1)))
	for i, want := range map[int]float32{
		9:  -pixels.Mean[0] / pixels.Std[0],
		60: (1 - pixels.Mean[0]) / pixels.Std[0],
	} {
		if math.Abs(float64(dst[i]-want)) > 1e-5 {
			t.Errorf("value %d is %v, want %v", i, dst[i], want)
		}
	}
}

// eight is a source of eight pictures of one colour each.
type eight struct{}

var colours = []string{"red", "green", "blue", "yellow", "black", "white", "cyan", "pink"}

func (eight) Batch(n int, rng *rand.Rand) []Example {
	shades := []color.NRGBA{{255, 0, 0, 255}, {0, 160, 0, 255}, {0, 0, 255, 255},
		{255, 255, 0, 255}, {0, 0, 0, 255}, {255, 255, 255, 255}, {0, 255, 255, 255},
		{255, 150, 200, 255}}
	var batch []Example
	for _, i := range rng.Perm(len(colours))[:n] {
		picture := image.NewNRGBA(image.Rect(0, 0, 16, 16))
		for p := range 256 {
			picture.Set(p%16, p/16, shades[i])
		}
		batch = append(batch, Example{picture, colours[i]})
	}
	return batch
}

func (eight) Captions() []string { return colours }

func tiny(steps int) Config {
	cfg := Small()
	cfg.Tower.ImageSize, cfg.Tower.VisionWidth, cfg.Tower.VisionHeads = 16, 64, 1
	cfg.Tower.VisionLayers, cfg.Tower.TextLayers = 1, 1
	cfg.Tower.TextWidth, cfg.Tower.TextHeads, cfg.Tower.EmbedDim = 64, 1, 32
	cfg.Batch, cfg.Steps, cfg.Warmup, cfg.Rate, cfg.TextLength = 8, steps, 5, 2e-3, 6
	cfg.Augment = Augment{}
	return cfg
}

func TestRunLearnsAndRepeats(t *testing.T) {
	model, history, err := Run(context.Background(), tiny(60), eight{})
	if err != nil {
		t.Fatal(err)
	}
	if first, last := history.Loss[0], history.Loss[59]; last > 0.3 || first < 1.5 {
		t.Errorf("loss went from %v to %v", first, last)
	}
	_, again, err := Run(context.Background(), tiny(60), eight{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range history.Loss {
		if history.Loss[i] != again.Loss[i] {
			t.Fatalf("step %d: loss %v, then %v", i, history.Loss[i], again.Loss[i])
		}
	}
	onward := tiny(1)
	onward.From = model
	_, more, err := Run(context.Background(), onward, eight{})
	if err != nil || more.Loss[0] > 0.3 {
		t.Errorf("going on starts at %v, %v", more.Loss, err)
	}
}

func TestRunStopsBetweenSteps(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cfg := tiny(50)
	cfg.Watch = func(h *History) error {
		if h.Steps() == 3 {
			cancel()
		}
		return nil
	}
	model, history, err := Run(ctx, cfg, eight{})
	if !errors.Is(err, context.Canceled) || model == nil || history.Steps() != 3 {
		t.Errorf("model %v, %v, error %v", model != nil, history, err)
	}
}

// The sigmoid loss learns, from SigLIP's start of scale 10 and bias −10, and goes on from where a
// model's bias was left.
func TestSigmoidLearns(t *testing.T) {
	cfg := tiny(150)
	cfg.Loss = Sigmoid
	model, h, err := Run(context.Background(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(h.LogitScale[0]-10) > 0.1 || h.recent(10) > 0.3*h.Chance() {
		t.Errorf("starts at a scale of %v and comes to %v of %v", h.LogitScale[0], h.recent(10),
			h.Chance())
	}
	bias := model.Params()["logit_bias"].Data[0]
	if bias == -10 {
		t.Error("the bias has not moved")
	}
	cfg.From, cfg.Steps, cfg.Warmup = model, 1, 0
	if _, more, err := Run(context.Background(), cfg, eight{}); err != nil || more.Loss[0] > 1 {
		t.Errorf("going on starts at %v, %v", more, err)
	}
}

// asked counts the batches that a source was asked for.
type asked struct {
	eight
	count *atomic.Int32
}

func (a asked) Batch(n int, rng *rand.Rand) []Example {
	a.count.Add(1)
	return a.eight.Batch(n, rng)
}

// While a step is not yet over, the batch of the next one is being made.
func TestLoadingOverlaps(t *testing.T) {
	cfg, count := tiny(3), new(atomic.Int32)
	cfg.Watch = func(h *History) error {
		want := int32(min(h.Steps()+1, 3))
		for deadline := time.Now().Add(10 * time.Second); count.Load() < want; {
			if time.Now().After(deadline) {
				return errors.New("the next batch waits for this step")
			}
			time.Sleep(time.Millisecond)
		}
		return nil
	}
	if _, _, err := Run(context.Background(), cfg, asked{count: count}); err != nil {
		t.Error(err)
	}
}

// The picture of a run is drawn at the end, and of what was there then.
func TestRunDraws(t *testing.T) {
	cfg, steps := tiny(5), []int{}
	cfg.Draw = func(h *History) any {
		steps = append(steps, h.Steps())
		return h
	}
	if _, _, err := Run(context.Background(), cfg, eight{}); err != nil {
		t.Fatal(err)
	}
	if len(steps) == 0 || steps[len(steps)-1] != 5 {
		t.Errorf("drawn after steps %v", steps)
	}
}

func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"batch of 0":              func(c *Config) { c.Batch = 0 },
		"0 steps":                 func(c *Config) { c.Steps = 0 },
		"rate is 0":               func(c *Config) { c.Rate = 0 },
		"text length 99":          func(c *Config) { c.TextLength = 99 },
		"chunks of 3":             func(c *Config) { c.Chunk = 3 },
		`no loss "hinge"`:         func(c *Config) { c.Loss = "hinge" },
		"layer decay 2":           func(c *Config) { c.LayerDecay = 2 },
		"nothing to resume":       func(c *Config) { c.Resume = true },
		`freeze is called "tail"`: func(c *Config) { c.Freeze = []string{"tail"} },
	} {
		cfg := tiny(1)
		change(&cfg)
		if _, _, err := Run(context.Background(), cfg, eight{}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
