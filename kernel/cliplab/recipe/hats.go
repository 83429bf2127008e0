package recipe

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"cliplab/datasets"
	"cliplab/datasets/collage"
	"cliplab/datasets/emoji"
	"cliplab/datasets/hats"
	"cliplab/lab"
	"cliplab/lab/tensor"
)

// HatCard is the hat probe over every bare head of the held-out artist, one cut-out hat each.
type HatCard struct {
	Pairs  int
	Cosine float64 // mean with the hat's difference of captions
	P      float64 // of that mean by sign flips over the persons
	Z      float64 // of that mean against differences of two unrelated pictures

	Words    int     // in the vocabulary
	Rank     int     // of "hat" for the mean difference
	NullRank float64 // median rank when signs are flipped at random
	RankP    float64 // share of flips with a rank as high, as (b+1)/(m+1)

	Controls []ControlCard
}

// ControlCard compares hats with another change of the same persons.
type ControlCard struct {
	Kind   string
	Pairs  int
	Cosine float64 // mean of the control's differences with the hat's
	Less   float64 // mean over persons of hat minus control
	P      float64 // of that mean by sign flips, after Holm's correction over all controls
	Rank   int     // of "hat" for the control's mean difference
}

// hatPairs puts a cut-out hat on every bare head of the held-out artist.
func hatPairs() []datasets.WithWithout {
	var pairs []datasets.WithWithout
	all := hats.Of("hat")
	for i, p := range collage.Persons(emoji.HeldOutArtist) {
		c := all[(7*i+4)%len(all)]
		framed, head := p.Framed(2) // as large as the pairs of datasets.HatPairs
		thing := collage.Thing{Name: c.Name, Picture: c.Picture(), Fit: c.Fit, Centre: c.Centre,
			Seat: c.Seat}
		pairs = append(pairs, datasets.WithWithout{Name: p.Who + ", " + c.Name, Kind: "emoji",
			Person: p.Caption(), Thing: c.Caption, Without: framed,
			With: collage.Wear(framed, thing.Picture, head.Hat(thing))})
	}
	return pairs
}

// measureHats takes unit features of the held-out artist's drawings for its null.
func measureHats(m *lab.Model, drawings *lab.Tensor) (HatCard, error) {
	words := datasets.Words()
	text, err := m.WordFeatures(words...)
	if err != nil {
		return HatCard{}, err
	}
	directions, err := m.Directions("a person with a {}", "a person", "hat")
	if err != nil {
		return HatCard{}, err
	}
	h := hatProbe{m, words, lab.Center(text), directions}
	pairs := hatPairs()
	deltas := h.deltas(pairs)
	cosines := h.cosines(deltas)
	c := HatCard{Pairs: len(pairs), Words: len(words), P: lab.SignFlip(cosines, 10000, 1),
		Rank: h.rank(deltas)}
	c.Cosine, _ = meanSD(cosines)
	mean, sd := meanSD(h.cosines(unrelated(drawings, nullRounds)))
	c.Z = (c.Cosine - mean) / (sd / math.Sqrt(float64(len(cosines))))
	c.NullRank, c.RankP = h.flippedRanks(deltas, c.Rank)
	c.Controls = h.controls()
	return c, nil
}

// hatProbe measures how much differences of pictures look like a hat.
type hatProbe struct {
	model     *lab.Model
	words     []string
	text      *lab.Tensor // unit features of the words, centred
	direction *lab.Tensor // the difference that "with a hat" makes to a caption
}

// deltas are the unit differences of the pairs, [pairs, embed].
func (h hatProbe) deltas(pairs []datasets.WithWithout) *lab.Tensor {
	var pictures []image.Image
	for _, p := range pairs {
		pictures = append(pictures, p.With, p.Without)
	}
	features := lab.Normalize(encode(h.model, pictures))
	var rows []*lab.Tensor
	for i := range pairs {
		rows = append(rows, lab.Delta(features.Slice(2*i, 2*i+1), features.Slice(2*i+1, 2*i+2)))
	}
	return lab.Stack(rows...)
}

// unrelated are n differences of two pictures that have nothing to do with one another.
func unrelated(features *lab.Tensor, n int) *lab.Tensor {
	rng := rand.New(rand.NewPCG(7, 7))
	var rows []*lab.Tensor
	for range n {
		i, j := rng.IntN(features.Shape[0]), rng.IntN(features.Shape[0]-1)
		if j >= i {
			j++
		}
		rows = append(rows, lab.Delta(features.Slice(i, i+1), features.Slice(j, j+1)))
	}
	return lab.Stack(rows...)
}

// cosines with the hat's difference of captions.
func (h hatProbe) cosines(deltas *lab.Tensor) []float64 {
	s := lab.Similarity(deltas, h.direction)
	all := make([]float64, s.Shape[0])
	for i := range all {
		all[i] = float64(s.Data[i])
	}
	return all
}

// rank is the place of "hat" among all words for the mean difference.
func (h hatProbe) rank(deltas *lab.Tensor) int {
	return lab.Rank(lab.MeanRow(deltas), h.text, h.words).Place("hat")
}

// flippedRanks are ranks with the sign of each person's difference drawn at random: with and
// without swapped, which would not matter if the hat did not.
func (h hatProbe) flippedRanks(deltas *lab.Tensor, rank int) (median, p float64) {
	rng := rand.New(rand.NewPCG(8, 8))
	ranks, atLeast := make([]int, nullRounds), 0
	flipped := tensor.New(deltas.Shape...)
	d := deltas.Shape[1]
	for r := range ranks {
		for i := range deltas.Shape[0] {
			sign := float32(1 - 2*rng.IntN(2))
			for j, x := range deltas.Row(i).Data {
				flipped.Data[i*d+j] = sign * x
			}
		}
		if ranks[r] = h.rank(flipped); ranks[r] <= rank {
			atLeast++
		}
	}
	slices.Sort(ranks)
	return float64(ranks[nullRounds/2]), float64(atLeast+1) / float64(nullRounds+1)
}

// controls compares hats with every other change, person by person.
func (h hatProbe) controls() []ControlCard {
	var worn []datasets.WithWithout
	for _, p := range datasets.HatPairs() {
		if p.Kind == "emoji" {
			worn = append(worn, p)
		}
	}
	hat := h.cosines(h.deltas(worn))
	var all []ControlCard
	for _, kind := range datasets.ControlKinds() {
		deltas := h.deltas(datasets.ControlPairs(kind))
		cosines := h.cosines(deltas)
		c := ControlCard{Kind: kind, Pairs: len(cosines), Rank: h.rank(deltas)}
		less := make([]float64, len(cosines))
		for i, x := range cosines {
			less[i] = hat[i] - x
		}
		c.Cosine, _ = meanSD(cosines)
		c.Less, _ = meanSD(less)
		c.P = lab.SignFlip(less, 10000, 3)
		all = append(all, c)
	}
	holm(all)
	return all
}

// holm corrects p-values for their number: the i-th smallest of n is multiplied by n − i, and
// none may be smaller than one before it (Holm 1979).
func holm(all []ControlCard) {
	order := identity(len(all))
	slices.SortFunc(order, func(a, b int) int {
		return int(math.Copysign(1, all[a].P-all[b].P))
	})
	largest := 0.0
	for i, k := range order {
		largest = max(largest, min(1, all[k].P*float64(len(all)-i)))
		all[k].P = largest
	}
}

// String is the probe's part of the card.
func (c HatCard) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "hat probe, %d persons of the held-out artist, a hat that was never trained on\n",
		c.Pairs)
	fmt.Fprintf(&b, "  %-46s %+.3f   p %.4f by sign flips; null 0, z %.1f of unrelated pairs\n",
		"cosine with what a hat does to a caption", c.Cosine, c.P, c.Z)
	fmt.Fprintf(&b, "  %-46s %6d   p %.4f; null: median %.0f of flipped signs\n",
		fmt.Sprintf("rank of hat among %d words", c.Words), c.Rank, c.RankP, c.NullRank)
	for _, k := range c.Controls {
		fmt.Fprintf(&b, "  %-46s %+.3f   hat is %+.3f over %d persons, p %.4f (Holm); rank %d\n",
			"control: "+k.Kind, k.Cosine, k.Less, k.Pairs, k.P, k.Rank)
	}
	return b.String()
}
