package recipe

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"cliplab/datasets"
	"cliplab/lab"
)

// ShotCard is linear probes on frozen features, of a few examples a class, beside zero-shot.
type ShotCard struct {
	Classes  []string
	Train    int // pictures that examples are drawn from
	Test     int
	Seeds    int
	C        float64 // inverse regularisation, chosen on the training artist
	Points   []lab.ShotPoint
	ZeroShot Rate
}

const shotSeeds = 10

// measureShots tells the groups of emoji apart: classes of which there are hundreds of pictures.
// Examples come from a training artist, tests from the held-out one.
func measureShots(m *lab.Model, artist datasets.Set, features *lab.Tensor) (ShotCard, error) {
	c := ShotCard{Seeds: shotSeeds, Test: len(artist)}
	for _, p := range artist {
		if !slices.Contains(c.Classes, p.Group) {
			c.Classes = append(c.Classes, p.Group)
		}
	}
	slices.Sort(c.Classes)
	trained := datasets.Emoji().Artist("noto")
	c.Train = len(trained)
	x, labels := lab.Normalize(encode(m, trained.Images())), groups(trained, c.Classes)
	test := groups(artist, c.Classes)
	var err error
	if c.C, err = lab.ChooseC(x, labels, len(c.Classes), 16, 1); err != nil {
		return c, err
	}
	c.Points, err = lab.FewShot(x, labels, features, test, len(c.Classes),
		[]int{1, 2, 4, 8, 16}, shotSeeds, c.C)
	if err != nil {
		return c, err
	}
	names := make([]string, len(c.Classes))
	for i, name := range c.Classes { // "food-drink"
		names[i] = strings.ReplaceAll(name, "-", " and ")
	}
	classifier, err := m.Classifier(names, datasets.Templates...)
	if err != nil {
		return c, err
	}
	c.ZeroShot = rate(best(lab.Similarity(features, classifier.Weights), 1), test, len(names))
	c.ZeroShot.Name = "zero-shot, by the names of the groups"
	return c, nil
}

func groups(set datasets.Set, names []string) []int {
	labels := make([]int, len(set))
	for i, p := range set {
		labels[i] = slices.Index(names, p.Group)
	}
	return labels
}

// everydayPictures are the held-out artist's drawings of ten classes.
func everydayPictures() (pictures []image.Image, labels []int) {
	for i, class := range datasets.Classes10() {
		for _, p := range class.Pairs {
			pictures, labels = append(pictures, p.Image), append(labels, i)
		}
	}
	return pictures, labels
}

// meanSD is the mean and the sample's standard deviation.
func meanSD(xs []float64) (mean, sd float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		sd += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(sd / float64(max(1, len(xs)-1)))
}

// String is the probes' part of the card.
func (c ShotCard) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "linear probe, %d groups of emoji, examples by Noto, tested on the held-out "+
		"artist's %d\n", len(c.Classes), c.Test)
	b.WriteString(c.ZeroShot.String())
	for _, p := range c.Points {
		fmt.Fprintf(&b, "  %-46s %5.1f %% ± %-5.1f over %d draws of examples, c = %g\n",
			fmt.Sprintf("%d examples a group", p.Shots), 100*p.Mean, 100*p.Std, len(p.Runs), c.C)
	}
	return b.String()
}
