package lab

import (
	"fmt"
	"image"
	"sort"
	"strings"

	"cliplab/lab/tensor"
)

// DefaultTemplate is the prompt of the paper, section 3.1.4: captions are sentences, so a
// class name alone is an unusual caption.
const DefaultTemplate = "a photo of a {}."

// Classifier is a zero-shot classifier: the text encoder wrote its weights from the names of
// the classes. No example of any class was used.
type Classifier struct {
	Classes   []string
	Templates []string
	Weights   *Tensor // [classes, embed] unit features

	model *Model
}

// Classifier encodes every class in every template, averages the unit features of a class
// over its templates, and normalises again (the paper, section 3.1.4: the ensemble is formed
// in embedding space). Without templates it uses DefaultTemplate.
//
// An error names a template without the {} in which the class goes, or an empty class list.
func (m *Model) Classifier(classes []string, templates ...string) (*Classifier, error) {
	if len(classes) == 0 {
		return nil, fmt.Errorf("lab: a classifier needs at least one class name")
	}
	if len(templates) == 0 {
		templates = []string{DefaultTemplate}
	}
	c := &Classifier{Classes: classes, Templates: templates, model: m}
	for _, template := range templates {
		prompts, err := Prompts(template, classes)
		if err != nil {
			return nil, err
		}
		tokens, err := m.Tokenize(prompts...)
		if err != nil {
			return nil, err
		}
		unit := Normalize(m.EncodeText(tokens))
		if c.Weights == nil {
			c.Weights = tensor.New(unit.Shape...)
		}
		for i, x := range unit.Data {
			c.Weights.Data[i] += x
		}
	}
	c.Weights = Normalize(c.Weights)
	return c, nil
}

// Prompts writes each class into the template, in the place of {}.
func Prompts(template string, classes []string) ([]string, error) {
	if !strings.Contains(template, "{}") {
		return nil, fmt.Errorf("lab: template %q has no {} for the class name; "+
			"write it like %q", template, DefaultTemplate)
	}
	prompts := make([]string, len(classes))
	for i, class := range classes {
		prompts[i] = strings.ReplaceAll(template, "{}", class)
	}
	return prompts, nil
}

// Classify says, for each picture, how probable each class is.
func (c *Classifier) Classify(pictures ...image.Image) *Prediction {
	return c.ClassifyFeatures(c.model.EncodeImage(c.model.Preprocess(pictures...)))
}

// ClassifyFeatures is Classify for pictures that are encoded already.
//
//	image [n, embed]  features
func (c *Classifier) ClassifyFeatures(image *Tensor) *Prediction {
	similarity := Similarity(Normalize(image), c.Weights)
	p := &Prediction{Classes: c.Classes, Similarity: similarity}
	p.Logits = Logits(similarity, c.model.LogitScale())
	if b, ok := c.model.LogitBias(); ok {
		p.Logits = AddBias(p.Logits, b)
		p.Probs = Sigmoid(p.Logits)
	} else {
		p.Probs = SoftmaxRows(p.Logits)
	}
	return p
}

// Prediction holds the three last stages of zero-shot inference for a batch of pictures.
type Prediction struct {
	Classes    []string
	Similarity *Tensor // [n, classes] cosines
	Logits     *Tensor // [n, classes] cosines × exp(t); a SigLIP's with its bias
	Probs      *Tensor // [n, classes] rows sum to 1; a SigLIP's are each label's own, by sigmoid
}

// Guess is one class with its probability.
type Guess struct {
	Class string
	Index int
	Prob  float64
}

// String is the class with its probability in per cent.
func (g Guess) String() string { return fmt.Sprintf("%s %.1f %%", g.Class, 100*g.Prob) }

// Top is the k most probable classes of picture i, best first.
func (p *Prediction) Top(i, k int) []Guess {
	n, m := matrix("Top", p.Probs)
	if i < 0 || i >= n {
		panic(fmt.Sprintf("lab: Top: picture %d is not in 0..%d", i, n-1))
	}
	guesses := make([]Guess, m)
	for j := range guesses {
		guesses[j] = Guess{p.Classes[j], j, float64(p.Probs.Data[i*m+j])}
	}
	sort.SliceStable(guesses, func(a, b int) bool { return guesses[a].Prob > guesses[b].Prob })
	return guesses[:min(k, m)]
}

// Row is the probabilities of picture i, in the order of Classes.
func (p *Prediction) Row(i int) []float64 { return float64s(p.Probs, i) }

// Accuracy is the share of pictures whose right class is among the k most probable: top-k.
//
//	labels  the right class number of each picture
func (p *Prediction) Accuracy(labels []int, k int) float64 {
	return TopK(p.Similarity, labels, k)
}

// TopK is the share of rows whose label is among the k largest scores of the row. A score
// equal to the label's counts against it, so that constant scores are not called right.
//
//	scores [n, m]
func TopK(scores *Tensor, labels []int, k int) float64 {
	n, m := matrix("TopK", scores)
	if len(labels) != n {
		panic(fmt.Sprintf("lab: TopK: %d labels for scores %v", len(labels), scores.Shape))
	}
	hits := 0
	for i, label := range labels {
		if label < 0 || label >= m {
			panic(fmt.Sprintf("lab: TopK: label %d of row %d is not in 0..%d", label, i, m-1))
		}
		if RankOf(scores.Data[i*m:(i+1)*m], label) <= k {
			hits++
		}
	}
	return float64(hits) / float64(n)
}

// RankOf is the place of entry j when the scores are sorted from large to small: 1 is best.
// Equal scores are placed before it.
func RankOf(scores []float32, j int) int {
	rank := 1
	for i, s := range scores {
		if i != j && s >= scores[j] {
			rank++
		}
	}
	return rank
}

// float64s copies row i of t.
func float64s(t *Tensor, i int) []float64 {
	_, m := matrix("Row", t)
	row := make([]float64, m)
	for j, x := range t.Data[i*m : (i+1)*m] {
		row[j] = float64(x)
	}
	return row
}
