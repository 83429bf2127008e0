package plain

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// gradient is one op under test: forward computes out from the inputs, backward gives the
// gradient of Σ out·dy by each input.
type gradient struct {
	inputs   [][]float64
	out      int
	forward  func(out []float64)
	backward func(dy []float64) [][]float64
}

// check compares backward with central differences. In float64 with step 1e-5 those are exact
// to about 1e-10 for values near 1, so 1e-7 is a wide margin.
func (g gradient) check(t *testing.T) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	dy, out := normals(rng, g.out), make([]float64, g.out)
	loss := func() (sum float64) {
		g.forward(out)
		for i, y := range out {
			sum += y * dy[i]
		}
		return sum
	}
	loss()
	got := g.backward(dy)
	const step = 1e-5
	for k, input := range g.inputs {
		for i, x := range input {
			input[i] = x + step
			up := loss()
			input[i] = x - step
			down := loss()
			input[i] = x
			want := (up - down) / (2 * step)
			if math.Abs(got[k][i]-want) > 1e-7*(1+math.Abs(want)) {
				t.Fatalf("input %d, element %d: gradient %v, differences give %v", k, i,
					got[k][i], want)
			}
		}
	}
}

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func inputs(sizes ...int) [][]float64 {
	rng := rand.New(rand.NewPCG(3, 4))
	var all [][]float64
	for _, n := range sizes {
		all = append(all, normals(rng, n))
	}
	return all
}

func like(x []float64) []float64 { return make([]float64, len(x)) }

func TestLinearGrad(t *testing.T) {
	const rows, in, out = 5, 4, 3
	x := inputs(rows*in, out*in, out, rows*out)
	gradient{x, rows * out,
		func(y []float64) { Linear(y, x[0], x[1], x[2], x[3], rows, in, out) },
		func(dy []float64) [][]float64 {
			dx, dw, db := like(x[0]), like(x[1]), like(x[2])
			Gemm(dx, dy, x[1], rows, in, out, false, false, false)
			Gemm(dw, dy, x[0], out, in, rows, true, false, false)
			ColumnSums(db, dy, rows, out)
			return [][]float64{dx, dw, db, dy}
		}}.check(t)
}

// The four forms of Gemm agree with one another, and add adds.
func TestGemmForms(t *testing.T) {
	const m, n, k = 3, 4, 5
	x := inputs(m*k, k*n, m*n)
	a, b := x[0], x[1]
	at, bt := transposed(a, m, k), transposed(b, k, n)
	want := make([]float64, m*n)
	Gemm(want, a, b, m, n, k, false, false, false)
	for form := range 4 {
		p, q := a, b
		if form&1 > 0 {
			p = at
		}
		if form&2 > 0 {
			q = bt
		}
		got := append([]float64{}, x[2]...)
		Gemm(got, p, q, m, n, k, form&1 > 0, form&2 > 0, true)
		for i := range got {
			if math.Abs(got[i]-want[i]-x[2][i]) > 1e-14 {
				t.Fatalf("form %d: element %d is %v, want %v", form, i, got[i], want[i]+x[2][i])
			}
		}
	}
}

func transposed(x []float64, rows, columns int) []float64 {
	y := like(x)
	for i := range rows {
		for j := range columns {
			y[j*rows+i] = x[i*columns+j]
		}
	}
	return y
}

func TestLayerNormGrad(t *testing.T) {
	const rows, width = 3, 7
	x := inputs(rows*width, width, width)
	stats, skip := make([]float64, 2*rows), inputs(rows * width)[0]
	gradient{x, rows * width,
		func(y []float64) { LayerNorm(y, stats, x[0], x[1], x[2], rows, width) },
		func(dy []float64) [][]float64 {
			dx, with, dg, db := like(x[0]), like(x[0]), like(x[1]), like(x[2])
			LayerNormGrad(dx, dy, x[0], x[1], stats, nil, rows, width)
			LayerNormGrad(with, dy, x[0], x[1], stats, skip, rows, width)
			for i := range with {
				if math.Abs(with[i]-dx[i]-skip[i]) > 1e-12 {
					t.Fatalf("skip is not added at %d", i)
				}
			}
			LayerNormParamGrad(dg, db, dy, x[0], stats, rows, width)
			return [][]float64{dx, dg, db}
		}}.check(t)
}

func TestNormalizeGrad(t *testing.T) {
	const rows, width = 4, 5
	x := inputs(rows * width)
	y, norms := like(x[0]), make([]float64, rows)
	gradient{x, rows * width,
		func(out []float64) { Normalize(out, norms, x[0], rows, width); copy(y, out) },
		func(dy []float64) [][]float64 {
			dx := like(y)
			Normalize(y, norms, x[0], rows, width)
			NormalizeGrad(dx, dy, y, norms, rows, width)
			return [][]float64{dx}
		}}.check(t)
}

func TestActivationGrad(t *testing.T) {
	x := inputs(20)
	for name, f := range map[string]struct {
		forward  func(dst, x []float64)
		backward func(dx, dy, x []float64)
	}{"QuickGELU": {QuickGELU[float64], QuickGELUGrad[float64]},
		"GELU": {GELU[float64], GELUGrad[float64]}} {
		t.Run(name, func(t *testing.T) {
			gradient{x, 20,
				func(y []float64) { f.forward(y, x[0]) },
				func(dy []float64) [][]float64 {
					dx := like(dy)
					f.backward(dx, dy, x[0])
					return [][]float64{dx}
				}}.check(t)
		})
	}
}

func TestSoftmaxGrad(t *testing.T) {
	const rows, columns, alpha = 3, 6, 0.7
	x := inputs(rows * columns)
	p := like(x[0])
	gradient{x, rows * columns,
		func(y []float64) { Softmax(y, x[0], alpha, rows, columns) },
		func(dy []float64) [][]float64 {
			dx := like(p)
			Softmax(p, x[0], alpha, rows, columns)
			SoftmaxGrad(dx, dy, p, alpha, rows, columns)
			return [][]float64{dx}
		}}.check(t)
}

func TestAttentionGrad(t *testing.T) {
	for _, h := range []Heads{{2, 5, 6, 2, false}, {2, 5, 6, 3, true}, {1, 1, 4, 1, true}} {
		t.Run(fmt.Sprintf("%+v", h), func(t *testing.T) {
			qkv := inputs(h.Batch * h.Tokens * 3 * h.Width)
			probs := make([]float64, h.Batch*h.Heads*h.Tokens*h.Tokens)
			gradient{qkv, h.Batch * h.Tokens * h.Width,
				func(y []float64) { Attention(y, probs, qkv[0], h) },
				func(dy []float64) [][]float64 {
					dqkv := like(qkv[0])
					AttentionGrad(dqkv, dy, qkv[0], probs, h)
					return [][]float64{dqkv}
				}}.check(t)
		})
	}
}

func TestEmbeddingGrad(t *testing.T) {
	const batch, tokens, vocabulary, width = 3, 4, 6, 2
	ids := []int{0, 5, 5, 1, 2, 0, 5, 1, 1, 1, 1, 1}
	x := inputs(vocabulary*width, tokens*width)
	gradient{x, batch * tokens * width,
		func(y []float64) { Embedding(y, ids, x[0], x[1], tokens, width) },
		func(dy []float64) [][]float64 {
			dtable, dpos := like(x[0]), like(x[1])
			EmbeddingGrad(dtable, dy, ids, width)
			ColumnSums(dpos, dy, batch, tokens*width)
			return [][]float64{dtable, dpos}
		}}.check(t)
}

func TestSequenceGrad(t *testing.T) {
	const batch, count, width = 2, 3, 4
	x := inputs(batch*count*width, width, (1+count)*width)
	gradient{x, batch * (1 + count) * width,
		func(y []float64) { Sequence(y, x[0], x[1], x[2], batch, count, width) },
		func(dy []float64) [][]float64 {
			dpatches, dpos := like(x[0]), like(x[2])
			SequenceGrad(dpatches, dy, batch, count, width)
			ColumnSums(dpos, dy, batch, (1+count)*width)
			return [][]float64{dpatches, dpos[:width], dpos}
		}}.check(t)
}

func TestPatchesGrad(t *testing.T) {
	const batch, size, patch = 2, 6, 2
	x := inputs(batch * 3 * size * size)
	gradient{x, len(x[0]),
		func(y []float64) { Patches(y, x[0], batch, size, patch) },
		func(dy []float64) [][]float64 {
			dx := like(x[0])
			PatchesGrad(dx, dy, batch, size, patch)
			return [][]float64{dx}
		}}.check(t)
	// The second patch starts at column 2 of line 0: red, then its second line.
	out := like(x[0])
	Patches(out, x[0], batch, size, patch)
	if out[12] != x[0][2] || out[14] != x[0][size+2] || out[16] != x[0][size*size+2] {
		t.Error("patches are not laid out as channel, line, column")
	}
}

func TestRowsGrad(t *testing.T) {
	const batch, tokens, width = 3, 4, 2
	index := make([]int, batch)
	EndOfText(index, []int{8, 9, 0, 0, 8, 1, 2, 9, 8, 1, 9, 0}, tokens)
	if fmt.Sprint(index) != "[1 3 2]" {
		t.Fatalf("ends of text at %v", index)
	}
	x := inputs(batch * tokens * width)
	gradient{x, batch * width,
		func(y []float64) { Rows(y, x[0], index, tokens, width) },
		func(dy []float64) [][]float64 {
			dx := like(x[0])
			RowsGrad(dx, dy, index, tokens, width)
			return [][]float64{dx}
		}}.check(t)
}

func TestContrastiveLossGrad(t *testing.T) {
	const n, d = 5, 3
	x := inputs(n*d, n*d, 1)
	logits, dlogits := make([]float64, n*n), make([]float64, n*n)
	gradient{x, 1,
		func(y []float64) {
			Logits(logits, x[0], x[1], x[2][0], n, d)
			y[0] = CrossEntropy(dlogits, logits, n).Mean()
		},
		func(dy []float64) [][]float64 {
			di, dt := like(x[0]), like(x[1])
			Logits(logits, x[0], x[1], x[2][0], n, d)
			CrossEntropy(dlogits, logits, n)
			for i := range dlogits {
				dlogits[i] *= dy[0]
			}
			ds := LogitsGrad(di, dt, dlogits, logits, x[0], x[1], x[2][0], n, d)
			return [][]float64{di, dt, {ds}}
		}}.check(t)
}

// Equal features cannot be told apart: both losses are ln N. Perfect ones at scale s have
// ln(1 + (N−1)e^{−s}) for orthogonal vectors.
func TestContrastiveLossClosedForms(t *testing.T) {
	const n = 8
	logits, dlogits := make([]float64, n*n), make([]float64, n*n)
	same, axes := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		same[i*n], axes[i*n+i] = 1, 1
	}
	Logits(logits, same, same, 2, n, n)
	l := CrossEntropy(dlogits, logits, n)
	if math.Abs(l.PerImage-math.Log(n)) > 1e-12 || math.Abs(l.PerText-math.Log(n)) > 1e-12 {
		t.Errorf("equal features: %+v, want ln %d = %v", l, n, math.Log(n))
	}
	Logits(logits, axes, axes, math.Log(3), n, n)
	l = CrossEntropy(dlogits, logits, n)
	if want := math.Log(1 + (n-1)*math.Exp(-3)); math.Abs(l.Mean()-want) > 1e-12 {
		t.Errorf("orthogonal pairs at scale 3: %+v, want %v", l, want)
	}
}

// Two steps by hand, from w = 1, g = 0.5 then −1, lr 0.1, β 0.9 and 0.99, decay 0.1.
func TestAdamW(t *testing.T) {
	w, m, v := []float64{1}, []float64{0}, []float64{0}
	a := AdamW{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.1, GradScale: 1, Step: 1}
	Update(w, m, v, []float64{0.5}, a)
	if want := 0.99 - 0.1; math.Abs(w[0]-want) > 1e-12 { // the first step has length lr
		t.Errorf("first step: %v, want %v", w[0], want)
	}
	a.Step = 2
	Update(w, m, v, []float64{-1}, a)
	mean, square := 0.9*0.05-0.1, 0.99*0.0025+0.01
	want := 0.89*0.99 - 0.1*(mean/0.19)/math.Sqrt(square/(1-0.99*0.99))
	if math.Abs(w[0]-want) > 1e-12 {
		t.Errorf("second step: %v, want %v", w[0], want)
	}
}
