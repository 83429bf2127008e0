package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// benchModels are those of lab/peers/bench_gpu.py, under the same names.
var benchModels = []struct {
	name    string
	c       tower.Config
	batches []int
}{
	{"S", tower.Config{ImageSize: 64, PatchSize: 8, VisionWidth: 128, VisionLayers: 4, VisionHeads: 2,
		ContextLength: 16, VocabSize: 2000, TextWidth: 128, TextLayers: 4, TextHeads: 2,
		EmbedDim: 128}, []int{64}},
	{"ViT-B-32", tower.Config{ImageSize: 224, PatchSize: 32, VisionWidth: 768, VisionLayers: 12,
		VisionHeads: 12, ContextLength: 77, VocabSize: 49408, TextWidth: 512, TextLayers: 12,
		TextHeads: 8, EmbedDim: 512}, []int{256, 1024}},
}

// device is the machine's GPU; without one the benchmark is skipped.
func device(b *testing.B, blas bool) *GPU {
	b.Helper()
	d, err := driver.Open()
	if err != nil {
		b.Skip(err)
	}
	g, err := open(d, 0)
	if err != nil {
		b.Fatal(err)
	}
	if blas {
		if err := g.UseBLAS(); err != nil {
			b.Skip(err)
		}
	}
	return g
}

// BenchmarkStep is a whole training step, with own products and with cuBLAS.
func BenchmarkStep(b *testing.B) {
	for _, m := range benchModels {
		for _, batch := range m.batches {
			for _, p := range []Precision{F32, TF32, BF16} {
				for _, products := range []string{"own", "cublas"} {
					b.Run(fmt.Sprintf("%s/%d/%s/%s", m.name, batch, p, products), func(b *testing.B) {
						benchStep(b, m.c, batch, p, products == "cublas")
					})
				}
			}
		}
	}
}

func benchStep(b *testing.B, c tower.Config, batch int, p Precision, blas bool) {
	g := device(b, blas)
	defer g.Close()
	t, err := g.NewTrainer(c, batch, tower.Init(c, 1), Options{Precision: p, NoBLAS: !blas})
	if err != nil {
		b.Skip(err) // not enough memory, for one
	}
	defer t.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	tokens := tensor.New(batch, c.ContextLength)
	for i, images := 0, t.Images(); i < len(images); i++ {
		images[i] = float32(rng.NormFloat64())
	}
	for i := range tokens.Data {
		tokens.Data[i] = float32(rng.IntN(c.VocabSize - 1))
	}
	for i := range batch {
		tokens.Row(i).Data[c.ContextLength-1] = float32(c.VocabSize - 1)
	}
	for range 3 { // kernel by kernel, captured, launched
		if _, err := t.Step(nil, tokens, 1e-4); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := t.Step(nil, tokens, 1e-4); err != nil {
			b.Fatal(err)
		}
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	rate := FLOP(c, batch, c.ContextLength) / seconds
	b.ReportMetric(float64(batch)/seconds, "pairs/s")
	b.ReportMetric(rate/1e12, "TFLOP/s")
	b.ReportMetric(float64(g.InUse())/(1<<30), "GiB")
	if peak := g.Peak(p); peak > 0 {
		b.ReportMetric(100*rate/peak, "%peak")
	}
}

// BenchmarkGemm is single products of ViT-B/32 at batch 256.
func BenchmarkGemm(b *testing.B) {
	const m, n, k = 12800, 3072, 768
	for _, p := range []Precision{F32, TF32, BF16} {
		for _, products := range []string{"own", "cublas"} {
			b.Run(fmt.Sprintf("%d×%d×%d/%s/%s", m, n, k, p, products), func(b *testing.B) {
				g := device(b, products == "cublas")
				defer g.Close()
				a := &arena{g: g}
				defer func() { _ = a.free() }()
				x, y, z := a.take("a", m*k), a.take("b", n*k), a.take("c", m*n) // bf16 has room to spare
				for b.Loop() {
					g.gemm(z, x, y, m, n, k, false, true, fused{half: p == BF16}, p)
					if err := g.Err(); err != nil {
						b.Fatal(err)
					}
				}
				rate := 2 * float64(m) * n * k * float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(rate/1e12, "TFLOP/s")
			})
		}
	}
}

// BenchmarkContrastiveLoss is the loss of more pairs than towers hold, copies from and to the host
// included: an N×N matrix of 32,768 would be 4 GiB.
func BenchmarkContrastiveLoss(b *testing.B) {
	const d = 512
	for _, n := range []int{4096, 32768} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			g := device(b, false)
			defer g.Close()
			x := make([][]float32, 4)
			for i := range x {
				x[i] = make([]float32, n*d)
				for j := range x[i] {
					x[i][j] = float32((i*7+j*13)%29-14) / (8 * 22.6) // rows about as long as 1
				}
			}
			for b.Loop() {
				if _, _, err := g.ContrastiveLoss(x[2], x[3], x[0], x[1], 2.6, n, d, 0, TF32); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
