package tower_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"cliplab/lab/ops"
	"cliplab/lab/params"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
	"cliplab/lab/trace"
)

// lively gives random running statistics and gains, so that folding a batch norm shows.
func lively(c tower.Config) map[string]*tensor.Tensor {
	params, rng := tower.Init(c, 3), rand.New(rand.NewPCG(1, 1))
	for _, p := range tower.Params(c) {
		for i := range params[p.Name].Data {
			params[p.Name].Data[i] += float32(.1 * rng.Float64())
		}
	}
	return params
}

// A picture gets the same features, to the bit, in a batch of any size, from one goroutine or
// many at once, on one encoder.
func TestEncoderBatchesAndGoroutines(t *testing.T) {
	const n = 12
	for _, c := range []tower.Config{small, smallResNet} {
		for _, p := range []ops.Precision{ops.F32, ops.BF16, ops.I8} {
			e, err := tower.NewEncoder(lively(c), c, p)
			if err != nil {
				t.Fatal(err)
			}
			pixels, tokens := batch(c, n)
			image, text := tensor.New(n, c.EmbedDim), tensor.New(n, c.EmbedDim)
			e.EncodeImage(image, pixels)
			e.EncodeText(text, tokens)
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					one := tensor.New(1, c.EmbedDim)
					e.EncodeImage(one, pixels.Slice(i, i+1))
					equal(t, "image", i, one, image.Slice(i, i+1))
					e.EncodeText(one, tokens.Slice(i, i+1))
					equal(t, "text", i, one, text.Slice(i, i+1))
				})
			}
			wg.Wait()
		}
	}
}

// After the first call the towers take no memory; ops.Patches, ops.Sequence and ops.Embedding
// take a closure each, of a few words, whatever the batch is.
func TestEncoderAllocations(t *testing.T) {
	const closures = 3
	for _, c := range []tower.Config{small, smallResNet} {
		e, err := tower.NewEncoder(lively(c), c, ops.F32)
		if err != nil {
			t.Fatal(err)
		}
		pixels, tokens := batch(c, 4)
		dst := tensor.New(4, c.EmbedDim)
		if n := testing.AllocsPerRun(20, func() { e.EncodeImage(dst, pixels) }); n > closures {
			t.Errorf("EncodeImage allocates %v times", n)
		}
		if n := testing.AllocsPerRun(20, func() { e.EncodeText(dst, tokens) }); n > closures {
			t.Errorf("EncodeText allocates %v times", n)
		}
	}
}

// Layers are packed when they are first used, and then their weights may go. Those that are not in
// memory are read once, and only what is read again stays.
func TestEncoderPacksLazily(t *testing.T) {
	held := lively(small)
	var mu sync.Mutex
	read := map[string]int{}
	far := map[string]params.Source{}
	for name, from := range held {
		far[name] = params.Source{Shape: from.Shape, Read: func(dst []float32, at int) error {
			mu.Lock()
			defer mu.Unlock()
			read[name]++
			copy(dst, from.Data[at:])
			return nil
		}}
	}
	set := params.In(far)
	e, err := tower.NewEncoderOf(set, small, ops.F32)
	if err != nil {
		t.Fatal(err)
	}
	pixels, tokens := batch(small, 2)
	want, got := tensor.New(2, small.EmbedDim), tensor.New(2, small.EmbedDim)
	tower.EncodeImage(want, held, small, pixels)
	e.EncodeImage(got, pixels)
	equal(t, "image of parameters that were read", 0, got, want)
	for name := range read {
		if !strings.HasPrefix(name, "visual.") {
			t.Errorf("%s was read for a picture", name)
		}
		clear(held[name].Data)
	}
	if read[tower.VisionBlock(1).CFc+".weight"] != 1 {
		t.Errorf("read were %v", read)
	}
	e.EncodeImage(got, pixels)
	equal(t, "image without weights", 0, got, want)
	tower.EncodeText(want, held, small, tokens)
	for range 2 {
		e.EncodeText(got, tokens)
		equal(t, "text of parameters that were read", 0, got, want)
	}
	for name, n := range read {
		if n > 1 && name != tower.TokenEmbedding && !strings.HasSuffix(name, "in_proj_weight") {
			t.Errorf("%s was read %d times", name, n)
		}
	}
	bad := small
	bad.VisionWidth = 48
	if _, err := tower.NewEncoder(held, bad, ops.F32); err == nil {
		t.Error("an encoder of another width than its parameters")
	}
	if _, err := tower.NewEncoderOf(set, bad, ops.F32); err == nil {
		t.Error("an encoder of another width than its parameters, unread")
	}
}

// What is traced are the numbers that make the features; without a trace fewer are computed, so
// the last bits may differ. Only what was asked for is kept.
func TestTrace(t *testing.T) {
	for _, c := range []tower.Config{small, smallResNet} {
		e, err := tower.NewEncoder(lively(c), c, ops.F32)
		if err != nil {
			t.Fatal(err)
		}
		pixels, tokens := batch(c, 3)
		plain, traced := tensor.New(3, c.EmbedDim), tensor.New(3, c.EmbedDim)
		all, _ := trace.New()
		e.EncodeImage(plain, pixels)
		e.TraceImage(traced, pixels, all)
		near(t, traced, plain)
		near(t, all.Points[len(all.Points)-1].Value, plain)
		if c.IsResNet() {
			var sum float32
			for _, p := range all.Heat(1).Data {
				sum += p
			}
			if sum <= 0 || sum > 1.001 {
				t.Errorf("heat sums to %v", sum)
			}
		}
		e.EncodeText(plain, tokens)
		texts, _ := trace.New("*.attn.weights")
		e.TraceText(traced, tokens, texts)
		near(t, traced, plain)
		if texts.Layers() != c.TextLayers || len(texts.Points) != c.TextLayers {
			t.Errorf("asked for attention maps, got %v", texts.Names())
		}
		a := texts.Attention(0)
		var sum float32
		for _, p := range a.Data {
			sum += p
		}
		if rows := float32(3 * c.TextHeads * a.Shape[2]); sum < .999*rows || sum > 1.001*rows {
			t.Errorf("attention of %v sums to %v, want %v", a.Shape, sum, rows)
		}
	}
}

func near(t *testing.T, got, want *tensor.Tensor) {
	t.Helper()
	if e := difference(t, "features", got, want, nil); e > 1e-5 {
		t.Errorf("traced features differ by %.1e of the largest", e)
	}
}

func BenchmarkEncodeImage(b *testing.B) {
	c, err := tower.Published("ViT-B/32")
	if err != nil {
		b.Fatal(err)
	}
	c.VocabSize = 10 // pictures only
	params := tower.Init(c, 1)
	for _, p := range []ops.Precision{ops.F32, ops.BF16, ops.I8} {
		e, err := tower.NewEncoder(params, c, p)
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{1, 8, 32} {
			b.Run([]string{"fp32", "bf16", "int8"}[p]+"/"+[]string{32: "32", 1: "1", 8: "8"}[n],
				func(b *testing.B) {
					pixels, _ := batch(c, n)
					dst := tensor.New(n, c.EmbedDim)
					e.EncodeImage(dst, pixels)
					for b.Loop() {
						e.EncodeImage(dst, pixels)
					}
				})
		}
	}
}
