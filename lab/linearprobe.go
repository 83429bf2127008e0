package lab

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"cliplab/lab/tensor"
)

// LinearProbe is one linear layer on frozen features: multinomial logistic regression. How
// well it does says how good the features are.
type LinearProbe struct {
	Weights *Tensor   // [classes, d]
	Bias    []float32 // [classes]
}

// FitLinearProbe trains the layer on labelled features; the image encoder is not touched.
// It minimises, with L-BFGS,
//
//	c · Σᵢ −ln softmax(W xᵢ + b)[labelᵢ] + ½ ‖W‖²
//
//	features [n, d]  frozen
//	labels   n class numbers in 0..classes−1
//	c        inverse regularisation, as in scikit-learn: larger fits closer
//
// An error names a label outside the classes or a number that is no use as c.
// The paper, appendix A.3; c = 0.316 in the README of openai/CLIP.
func FitLinearProbe(features *Tensor, labels []int, classes int, c float64) (*LinearProbe, error) {
	n, d := matrix("FitLinearProbe", features)
	if len(labels) != n {
		return nil, fmt.Errorf("lab: linear probe: %d labels for features %v",
			len(labels), features.Shape)
	}
	if n == 0 || classes < 2 {
		return nil, fmt.Errorf("lab: linear probe: %d examples of %d classes; "+
			"it needs examples of at least two", n, classes)
	}
	if !(c > 0) || math.IsInf(c, 0) {
		return nil, fmt.Errorf("lab: linear probe: c is %v; it must be a positive number", c)
	}
	for i, label := range labels {
		if label < 0 || label >= classes {
			return nil, fmt.Errorf("lab: linear probe: label %d of row %d is not in 0..%d",
				label, i, classes-1)
		}
	}
	regression := newLogistic(features, labels, classes, c)
	start := make([]float64, classes*(d+1))
	problem := optimize.Problem{Func: regression.loss, Grad: regression.gradient}
	settings := &optimize.Settings{MajorIterations: 1000, GradientThreshold: 1e-5}
	result, err := optimize.Minimize(problem, start, settings, &optimize.LBFGS{})
	if result == nil {
		return nil, fmt.Errorf("lab: linear probe: %w", err)
	}
	return unpack(result.X, classes, d), nil // a line search that can go no lower has converged
}

func unpack(x []float64, classes, d int) *LinearProbe {
	p := &LinearProbe{Weights: tensor.New(classes, d), Bias: make([]float32, classes)}
	for k := range classes {
		for j := range d {
			p.Weights.Data[k*d+j] = float32(x[k*(d+1)+j])
		}
		p.Bias[k] = float32(x[k*(d+1)+d])
	}
	return p
}

// Logits is W x + b of each row.
//
//	features [n, d]
//	result   [n, classes]
func (p *LinearProbe) Logits(features *Tensor) *Tensor {
	logits := Similarity(features, p.Weights)
	for i := range logits.Data {
		logits.Data[i] += p.Bias[i%len(p.Bias)]
	}
	return logits
}

// Accuracy is the share of rows whose largest logit is the label.
func (p *LinearProbe) Accuracy(features *Tensor, labels []int) float64 {
	return TopK(p.Logits(features), labels, 1)
}

// logistic is the problem that L-BFGS minimises; its parameters are classes rows of d weights
// and one bias.
type logistic struct {
	labels  []int
	classes int
	c       float64

	x     *mat.Dense // [n, d+1], the last column 1 for the bias
	z     *mat.Dense // [n, classes], scores of the parameters at
	probs *mat.Dense // [n, classes]
	at    []float64
}

func newLogistic(features *Tensor, labels []int, classes int, c float64) *logistic {
	n, d := features.Dims()
	l := &logistic{labels: labels, classes: classes, c: c, x: mat.NewDense(n, d+1, nil),
		z: mat.NewDense(n, classes, nil), probs: mat.NewDense(n, classes, nil)}
	for i := range n {
		row := l.x.RawRowView(i)
		for j, f := range features.Data[i*d : (i+1)*d] {
			row[j] = float64(f)
		}
		row[d] = 1
	}
	return l
}

// scores leaves x·wᵀ in z. L-BFGS asks for the loss and then the gradient of the same place.
func (l *logistic) scores(w []float64) {
	if slices.Equal(w, l.at) {
		return
	}
	l.at = append(l.at[:0], w...)
	_, columns := l.x.Dims()
	l.z.Mul(l.x, mat.NewDense(l.classes, columns, l.at).T())
}

func (l *logistic) loss(w []float64) float64 {
	l.scores(w)
	var total float64
	for i, label := range l.labels {
		z := l.z.RawRowView(i)
		total += logSumExp(z) - z[label]
	}
	total *= l.c
	_, columns := l.x.Dims()
	for i, v := range w {
		if i%columns < columns-1 { // the bias is free
			total += v * v / 2
		}
	}
	return total
}

func (l *logistic) gradient(grad, w []float64) {
	l.scores(w)
	for i, label := range l.labels {
		z, p := l.z.RawRowView(i), l.probs.RawRowView(i)
		total := logSumExp(z)
		for k := range p {
			p[k] = l.c * math.Exp(z[k]-total)
		}
		p[label] -= l.c
	}
	_, columns := l.x.Dims()
	mat.NewDense(l.classes, columns, grad).Mul(l.probs.T(), l.x)
	for i, v := range w {
		if i%columns < columns-1 {
			grad[i] += v
		}
	}
}

// ChooseC picks the regularisation of a linear probe of some shots a class without looking at
// a test: among powers of ten from 1e-2 to 1e4, the one whose probe is best on examples of the
// same features that it did not see, the mean of three draws. Of equals it takes the smallest.
//
// The paper, appendix A.3, sweeps 96 values on a validation set in this way.
func ChooseC(features *Tensor, labels []int, classes, shots int, seed uint64) (float64, error) {
	best, chosen := -1.0, 0.0
	for exponent := -2; exponent <= 4; exponent++ {
		c, sum := math.Pow(10, float64(exponent)), 0.0
		for k := range uint64(3) {
			rows, err := draw(labels, classes, shots, seed+1000*(k+1)) // not FewShot's draws
			if err != nil {
				return 0, err
			}
			x, y := gather(features, labels, rows)
			probe, err := FitLinearProbe(x, y, classes, c)
			if err != nil {
				return 0, err
			}
			restX, restY := gather(features, labels, others(len(labels), rows))
			sum += probe.Accuracy(restX, restY)
		}
		if sum > best {
			best, chosen = sum, c
		}
	}
	return chosen, nil
}

// others are the rows of 0..n−1 that are not among some.
func others(n int, some []int) []int {
	taken := make([]bool, n)
	for _, row := range some {
		taken[row] = true
	}
	var rest []int
	for i, t := range taken {
		if !t {
			rest = append(rest, i)
		}
	}
	return rest
}

// ShotPoint is the accuracy of linear probes that saw the same number of examples a class.
type ShotPoint struct {
	Shots     int
	Mean, Std float64 // over the seeds
	Runs      []float64
}

// String is one line of a few-shot table.
func (s ShotPoint) String() string {
	plural := "s"
	if s.Shots == 1 {
		plural = ""
	}
	return fmt.Sprintf("%d shot%s: %.1f %% ± %.1f", s.Shots, plural, 100*s.Mean, 100*s.Std)
}

// FewShot trains a probe on 1, 2, 4 … examples of each class, drawn anew for each seed, and
// tests each on the test rows, which no probe saw.
//
//	train, test  [n, d]  frozen features
//	shots        examples a class; an error when a class has fewer
//	seeds        how many draws for each number of shots
func FewShot(train *Tensor, trainLabels []int, test *Tensor, testLabels []int,
	classes int, shots []int, seeds int, c float64) ([]ShotPoint, error) {
	var curve []ShotPoint
	for _, k := range shots {
		point := ShotPoint{Shots: k}
		for seed := range seeds {
			rows, err := draw(trainLabels, classes, k, uint64(seed))
			if err != nil {
				return nil, err
			}
			x, y := gather(train, trainLabels, rows)
			probe, err := FitLinearProbe(x, y, classes, c)
			if err != nil {
				return nil, err
			}
			point.Runs = append(point.Runs, probe.Accuracy(test, testLabels))
		}
		point.Mean, point.Std = meanStd(point.Runs)
		curve = append(curve, point)
	}
	return curve, nil
}

// draw picks k rows of each class, the same for the same seed.
func draw(labels []int, classes, k int, seed uint64) ([]int, error) {
	rng := rand.New(rand.NewPCG(seed, uint64(k)))
	byClass := make([][]int, classes)
	for i, label := range labels {
		byClass[label] = append(byClass[label], i)
	}
	var rows []int
	for class, members := range byClass {
		if len(members) < k {
			return nil, fmt.Errorf("lab: few-shot: class %d has %d examples, fewer than %d shots",
				class, len(members), k)
		}
		rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		rows = append(rows, members[:k]...)
	}
	return rows, nil
}

func gather(t *Tensor, labels []int, rows []int) (*Tensor, []int) {
	_, d := matrix("FewShot", t)
	x := tensor.New(len(rows), d)
	y := make([]int, len(rows))
	for i, row := range rows {
		copy(x.Data[i*d:(i+1)*d], t.Data[row*d:(row+1)*d])
		y[i] = labels[row]
	}
	return x, y
}

func meanStd(xs []float64) (m, std float64) {
	m = mean(xs)
	if len(xs) < 2 {
		return m, 0
	}
	for _, x := range xs {
		std += (x - m) * (x - m)
	}
	return m, math.Sqrt(std / float64(len(xs)-1))
}
