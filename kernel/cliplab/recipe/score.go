package recipe

import (
	"fmt"
	"image"
	"strings"

	"cliplab/datasets"
	"cliplab/lab"
)

// Score is the score card of a model, on pictures none of which was trained on. Every share
// is in 0..1 and stands beside what chance would give.
type Score struct {
	Concepts       int     // how many there are to choose from
	Top1, Top5     float64 // held-out artist: the right one of all concepts, from the picture
	Text1          float64 // the same from the caption to the picture
	NewConcept1    float64 // the same for concepts that no artist's picture was trained on
	Everyday       float64 // held-out artist: the right one of ten everyday classes
	EverydayCount  int
	Hat, Photo     HatScore
	Controls       []HatScore
	VocabularySize int
}

// HatScore is the hat probe over many pairs of pictures with and without something.
type HatScore struct {
	Kind      string
	Pairs     int
	First     int     // pairs whose delta is nearest to the hat's among hat, cup, cat, boat
	ByWord    int     // the same with the words alone instead of differences of captions
	Cosine    float64 // mean cosine of the deltas with the hat's
	P         float64 // of that mean being above 0, by sign flips
	Rank      int     // of "hat" for the mean delta, among all words of the vocabulary
	Nearest   []string
	WithAlone int // baseline: pairs whose picture with the thing alone is nearest to "hat"
}

// Measure scores a model on the held-out artist and the hat probe.
func Measure(m *lab.Model) (*Score, error) {
	s := &Score{}
	if err := s.zeroShot(m); err != nil {
		return nil, err
	}
	if err := s.everyday(m); err != nil {
		return nil, err
	}
	words := datasets.Words()
	s.VocabularySize = len(words)
	text, err := m.WordFeatures(words...)
	if err != nil {
		return nil, err
	}
	directions, err := m.Directions("a person with a {}", "a person", hatWords...)
	if err != nil {
		return nil, err
	}
	probe := prober{m, words, lab.Center(text), directions}
	byKind := map[string][]datasets.WithWithout{}
	for _, p := range datasets.HatPairs() {
		byKind[p.Kind] = append(byKind[p.Kind], p)
	}
	if s.Hat, err = probe.score("hats on drawings", byKind["emoji"]); err != nil {
		return nil, err
	}
	if s.Photo, err = probe.score("hats on photographs", byKind["photo"]); err != nil {
		return nil, err
	}
	for _, kind := range datasets.ControlKinds() {
		control, err := probe.score(kind, datasets.ControlPairs(kind))
		if err != nil {
			return nil, err
		}
		s.Controls = append(s.Controls, control)
	}
	return s, nil
}

// zeroShot names every picture of the held-out artist among all concepts.
func (s *Score) zeroShot(m *lab.Model) error {
	pairs := datasets.Emoji().Artist("twemoji")
	s.Concepts = len(pairs)
	classifier, err := m.Classifier(pairs.Captions(), datasets.Templates...)
	if err != nil {
		return err
	}
	prediction := classifier.ClassifyFeatures(encode(m, pairs.Images()))
	labels := make([]int, len(pairs))
	fresh, freshRight := 0, 0
	for i, p := range pairs {
		labels[i] = i
		if p.Split == datasets.NewBoth {
			fresh++
			if prediction.Top(i, 1)[0].Index == i {
				freshRight++
			}
		}
	}
	s.Top1 = prediction.Accuracy(labels, 1)
	s.Top5 = prediction.Accuracy(labels, 5)
	s.Text1 = lab.TopK(lab.Transpose(prediction.Similarity), labels, 1)
	s.NewConcept1 = float64(freshRight) / float64(fresh)
	return nil
}

// everyday names the held-out artist's pictures of ten plain classes.
func (s *Score) everyday(m *lab.Model) error {
	classifier, err := m.Classifier(datasets.ClassNames(), datasets.Templates...)
	if err != nil {
		return err
	}
	pictures, labels := everydayPictures()
	s.EverydayCount = len(pictures)
	s.Everyday = classifier.ClassifyFeatures(encode(m, pictures)).Accuracy(labels, 1)
	return nil
}

func encode(m *lab.Model, pictures []image.Image) *lab.Tensor {
	return m.EncodeImage(m.Preprocess(pictures...))
}

// prober ranks the words of a vocabulary against differences of pictures.
type prober struct {
	model *lab.Model
	words []string
	text  *lab.Tensor // unit features of the words, centred
	four  *lab.Tensor // differences that the four words make to a caption
}

var hatWords = []string{"hat", "cup", "cat", "boat"}

func (p prober) score(kind string, pairs []datasets.WithWithout) (HatScore, error) {
	s := HatScore{Kind: kind, Pairs: len(pairs)}
	var deltas []*lab.Tensor
	var cosines []float64
	for _, pair := range pairs {
		probe, err := p.model.Probe(pair.With, pair.Without, hatWords...)
		if err != nil {
			return s, err
		}
		if probe.Best() == "hat" {
			s.ByWord++
		}
		against := probe.Against(p.four)
		if against.Best() == "hat" {
			s.First++
		}
		if largest(probe.With) == 0 {
			s.WithAlone++
		}
		deltas = append(deltas, probe.Delta)
		cosines = append(cosines, against.Cosines[0])
		s.Cosine += against.Cosines[0] / float64(len(pairs))
	}
	s.P = lab.SignFlip(cosines, 10000, 1)
	mean := lab.MeanRow(lab.Stack(deltas...))
	ranking := lab.Rank(mean, p.text, p.words)
	s.Rank = ranking.Place("hat")
	for _, near := range ranking.Top(5) {
		s.Nearest = append(s.Nearest, near.Word)
	}
	return s, nil
}

func largest(xs []float64) int {
	best := 0
	for i, x := range xs {
		if x > xs[best] {
			best = i
		}
	}
	return best
}

// String is the score card as text.
func (s *Score) String() string {
	var b strings.Builder
	chance := 1 / float64(s.Concepts)
	fmt.Fprintf(&b, "held-out artist, %d concepts   top-1 %.1f %%  top-5 %.1f %%  "+
		"(chance %.2f %%, %.2f %%)\n", s.Concepts, 100*s.Top1, 100*s.Top5, 100*chance, 500*chance)
	fmt.Fprintf(&b, "  the picture of a caption     top-1 %.1f %%\n", 100*s.Text1)
	fmt.Fprintf(&b, "  concepts never trained on    top-1 %.1f %%\n", 100*s.NewConcept1)
	fmt.Fprintf(&b, "ten everyday classes           top-1 %.1f %% of %d pictures  (chance 10 %%)\n",
		100*s.Everyday, s.EverydayCount)
	fmt.Fprintf(&b, "hat probe: hat first among hat, cup, cat, boat; rank of hat among %d words\n",
		s.VocabularySize)
	for _, h := range append([]HatScore{s.Hat, s.Photo}, s.Controls...) {
		fmt.Fprintf(&b, "  %-20s %2d of %2d  by word %2d  cosine %+.3f  p %.4f  rank %3d  "+
			"picture alone %2d  nearest %s\n", h.Kind, h.First, h.Pairs, h.ByWord, h.Cosine, h.P, h.Rank,
			h.WithAlone, strings.Join(h.Nearest, ", "))
	}
	return b.String()
}
