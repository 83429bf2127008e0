package lab

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"cliplab/lab/tensor"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

// panics runs f and gives the message it panicked with.
func panics(t *testing.T, f func()) (message string) {
	t.Helper()
	defer func() {
		message, _ = recover().(string)
		if message == "" {
			t.Error("no panic with a message")
		}
	}()
	f()
	return ""
}

func TestNormalizeGivesRowsOfLengthOne(t *testing.T) {
	x := tensor.From([]float32{3, 4, 0, 0, 0, 2}, 2, 3)
	unit := Normalize(x)
	for i, norm := range Norms(unit) {
		near(t, "norm", norm, 1, 1e-7)
		_ = i
	}
	near(t, "first", unit.At(0, 0), 0.6, 1e-7)
	near(t, "argument", x.At(0, 0), 3, 0)
	if msg := panics(t, func() { Normalize(tensor.New(2, 3)) }); msg == "" {
		t.Error("a row of zeros passed")
	}
}

func TestSimilarityShapesAndNames(t *testing.T) {
	image := tensor.From([]float32{1, 0, 0, 1, 0.6, 0.8}, 3, 2) // N=3, D=2
	text := tensor.From([]float32{0, 1, 1, 0, 0.8, 0.6, -1, 0}, 4, 2)
	s := Similarity(image, text)
	if s.Shape[0] != 3 || s.Shape[1] != 4 {
		t.Fatalf("shape %v, want [3 4]", s.Shape)
	}
	near(t, "s[2][2]", s.At(2, 2), 0.96, 1e-6)
	near(t, "s[0][3]", s.At(0, 3), -1, 1e-6)
	got := panics(t, func() { Similarity(image, tensor.New(4, 5)) })
	want := "lab: image features [3 2] and text features [4 5] differ in dim 1"
	if got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

// Logits and probability of "a photo of a cat" for COCO 000000039769 as published in the
// integration test of CLIP ViT-B/32 in Hugging Face transformers.
func TestSoftmaxOfPublishedLogits(t *testing.T) {
	p := SoftmaxRows(tensor.From([]float32{24.5701, 19.3049}, 1, 2))
	near(t, "P(cat)", p.At(0, 0), 0.99486, 5e-6)
}

func TestSoftmaxSumsAndExtremes(t *testing.T) {
	z := tensor.From([]float32{1000, 999, -1000, 3, 2, 1}, 2, 3)
	for _, s := range RowSums(SoftmaxRows(z)) {
		near(t, "row sum", s, 1, 1e-6)
	}
	for _, s := range ColumnSums(SoftmaxColumns(z)) {
		near(t, "column sum", s, 1, 1e-6)
	}
	near(t, "p", SoftmaxRows(z).At(0, 0), 1/(1+math.Exp(-1)), 1e-6)
}

func TestLossAtClosedForms(t *testing.T) {
	n := 32
	loss := ContrastiveLoss(tensor.New(n, n))
	near(t, "loss of equal logits", loss.Mean, math.Log(32), 1e-6)
	near(t, "chance", loss.Chance, math.Log(32), 1e-12)

	// A regular simplex: unit vectors that are as far apart as they can be. At scale s the
	// loss is ln(1+(N−1)·exp(−s(1+1/(N−1)))), which no model can go below.
	simplex := tensor.New(n, n)
	for i := range simplex.Data {
		simplex.Data[i] = -1 / float32(n-1)
		if i/n == i%n {
			simplex.Data[i] = 1
		}
	}
	for _, s := range []float64{1, 10, 14.2857} {
		want := math.Log(1 + float64(n-1)*math.Exp(-s*(1+1/float64(n-1))))
		near(t, "loss of the simplex", ContrastiveLoss(Logits(simplex, s)).Mean, want, 1e-5)
	}
	near(t, "at scale 1", ContrastiveLoss(simplex).Mean, 2.488, 5e-4)
}

func TestLossKeepsItsTwoPartsApart(t *testing.T) {
	z := tensor.From([]float32{2, 1, 0, 3}, 2, 2)
	loss := ContrastiveLoss(z)
	perImage := (math.Log(1+math.Exp(-1)) + math.Log(1+math.Exp(-3))) / 2
	perText := (math.Log(1+math.Exp(-2)) + math.Log(1+math.Exp(-2))) / 2
	near(t, "per image", loss.PerImage, perImage, 1e-6)
	near(t, "per text", loss.PerText, perText, 1e-6)
	near(t, "mean", loss.Mean, (perImage+perText)/2, 1e-6)
}

func TestLogitScaleConstants(t *testing.T) {
	near(t, "initial", InitialLogLogitScale, math.Log(1/0.07), 1e-12)
	near(t, "clamp", MaxLogLogitScale, math.Log(100), 1e-12)
	near(t, "exp", LogitScale(InitialLogLogitScale), 14.2857, 1e-4)
}

func TestTopKCountsTiesAgainst(t *testing.T) {
	scores := tensor.From([]float32{1, 1, 1, 0, 2, 1}, 2, 3)
	near(t, "top-1", TopK(scores, []int{0, 1}, 1), 0.5, 0)
	near(t, "top-3", TopK(scores, []int{0, 1}, 3), 1, 0)
}

func TestDeltaHasASign(t *testing.T) {
	a := tensor.From([]float32{1, 0}, 1, 2)
	b := tensor.From([]float32{0, 1}, 1, 2)
	near(t, "with − without", Delta(a, b).At(0, 0), math.Sqrt2/2, 1e-6)
	near(t, "without − with", Delta(b, a).At(0, 0), -math.Sqrt2/2, 1e-6)
}

func TestSignFlip(t *testing.T) {
	// Ten equal effects: only the flip that keeps all signs does as well, so p is near 2⁻¹⁰.
	same := []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	near(t, "p of ten alike", SignFlip(same, 20000, 1), 1.0/1024, 6e-4)
	mixed := []float64{1, -1, 1, -1, 1, -1, 1, -1}
	if p := SignFlip(mixed, 20000, 1); p < 0.5 {
		t.Errorf("p of a mean of 0 is %v, want above one half", p)
	}
}

func TestLinearProbeSeparates(t *testing.T) {
	x := tensor.From([]float32{1, 0, 0.9, 0.1, 0, 1, 0.1, 0.9, -1, -1, -0.9, -1.1}, 6, 2)
	y := []int{0, 0, 1, 1, 2, 2}
	probe, err := FitLinearProbe(x, y, 3, 10)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "accuracy", probe.Accuracy(x, y), 1, 0)
	if _, err := FitLinearProbe(x, []int{0, 0, 1, 1, 2, 3}, 3, 1); err == nil {
		t.Error("label 3 of 3 classes passed")
	}
	if _, err := FewShot(x, y, x, y, 3, []int{3}, 1, 1); err == nil {
		t.Error("3 shots of 2 examples passed")
	}
}

// Of features whose classes overlap, the strongest fit is not the best: ChooseC looks at examples
// that a probe did not see.
func TestChooseC(t *testing.T) {
	const n, d, classes = 90, 40, 3
	rng := rand.New(rand.NewPCG(6, 6))
	x, y := tensor.New(n, d), make([]int, n)
	for i := range n {
		y[i] = i % classes
		for j := range d {
			x.Data[i*d+j] = float32(rng.NormFloat64())
		}
		x.Data[i*d+y[i]] += 2
	}
	c, err := ChooseC(x, y, classes, 8, 1)
	if err != nil || c > 100 {
		t.Errorf("c = %v, %v; noise of 40 dimensions wants a weak fit", c, err)
	}
	if again, _ := ChooseC(x, y, classes, 8, 1); again != c {
		t.Errorf("c is %v, then %v", c, again)
	}
	if _, err := ChooseC(x, y, classes, 31, 1); err == nil {
		t.Error("31 shots of 30 examples pass")
	}
}

func TestLinearProbeGradient(t *testing.T) {
	x := tensor.From([]float32{1, 0.5, -0.3, 0.2, 0.7, -1}, 3, 2)
	l := newLogistic(x, []int{0, 1, 1}, 2, 0.7)
	at := []float64{0.1, -0.2, 0.3, 0.4, 0.5, -0.6}
	grad := make([]float64, len(at))
	l.gradient(grad, at)
	for i := range at {
		const h = 1e-6
		up, down := append([]float64{}, at...), append([]float64{}, at...)
		up[i] += h
		down[i] -= h
		near(t, "gradient", grad[i], (l.loss(up)-l.loss(down))/(2*h), 1e-7)
	}
}

func TestQuiz(t *testing.T) {
	quiz := NewQuiz()
	result, err := quiz.Check("a", "B", "(c)", "d")
	if err != nil || result.Right != 4 {
		t.Errorf("all four: %v, %v", result, err)
	}
	if result, _ := quiz.Check("a"); result.Right != 1 {
		t.Errorf("only a: %d right, want 1", result.Right)
	}
	for _, together := range []string{"abd", "a, b,d", "A B D"} {
		if result, err := quiz.Check(together); err != nil || result.Right != 3 {
			t.Errorf("%q: %v, %v", together, result, err)
		}
	}
	if _, err := quiz.Check("e"); err == nil {
		t.Error("answer e passed")
	}
}

func TestVocabulary(t *testing.T) {
	v := NewVocabulary([][]int{{49406, 320, 1929, 49407, 0}, {49406, 320, 2368, 49407, 0}})
	if v.Size() != 7 {
		t.Errorf("size %d, want 6 ids and row 0", v.Size())
	}
	rows := v.Rows([][]int{{49406, 777, 49407, 0}})[0]
	if rows[1] != 0 || rows[2] != 6 || v.Knows(777) || !v.Knows(320) {
		t.Errorf("rows %v; the end token must keep the largest", rows)
	}
}

// A parameter of another name is told with names that begin alike.
func TestParamOfAnotherName(t *testing.T) {
	model, err := Load(t.Context(), Shipped)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"visual.proj.weight":    `"visual.proj.weight"; there are visual.proj, `,
		"token_embeding.weight": "there are token_embedding.weight, ",
		"text_proj":             "there are text_projection, ",
	} {
		if msg := panics(t, func() { model.Param(name) }); !strings.Contains(msg, want) ||
			strings.Count(msg, ", ") != 2 {
			t.Errorf("%s: %q, want %q in it and three names", name, msg, want)
		}
		if model.HasParam(name) {
			t.Errorf("%s is a parameter", name)
		}
	}
	if !model.HasParam("logit_scale") || model.HasParam("logit_bias") {
		t.Error("a CLIP has a logit scale and no bias")
	}
}
