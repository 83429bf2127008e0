package recipe

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"cliplab/datasets"
	"cliplab/lab"
	"cliplab/lab/tensor"
)

// Card is a model's score card: each number on pictures that were not trained on, and beside it
// the null level, what the same measurement gives where there is nothing to find.
type Card struct {
	*Score
	Concepts []Rate // retrieval among all concepts of the held-out artist
	Beside   []Rate // the same of trained artists, and by raw pixels
	Everyday Rate   // ten classes
	Hundred  Rate   // a hundred concepts, mean over draws
	Unseen   []Rate // classes of sets by others
	Hat      HatCard
	Shots    ShotCard
}

// Rate is a share of right answers beside its null: that of 1000 random assignments of the
// truth to the answers.
type Rate struct {
	Name       string
	Value      float64
	SD         float64 // over draws; 0 where there is one
	Null, High float64 // mean, and what 95 % of the assignments stay below
}

// String is one line of the card.
func (r Rate) String() string {
	band := ""
	if r.SD > 0 {
		band = fmt.Sprintf(" ± %.1f", 100*r.SD)
	}
	return fmt.Sprintf("  %-46s %5.1f %%%-7s null %5.2f %%, 95 %% below %5.2f %%\n", r.Name,
		100*r.Value, band, 100*r.Null, 100*r.High)
}

const (
	nullRounds    = 1000 // random assignments, flips and pairs
	hundred       = 100
	hundredDraws  = 20
	everydayTitle = "ten everyday classes, %d pictures"
)

// MeasureCard measures all of a model's score card. It takes some seconds.
func MeasureCard(m *lab.Model) (*Card, error) {
	score, err := Measure(m)
	if err != nil {
		return nil, err
	}
	return cardOf(m, score)
}

func cardOf(m *lab.Model, score *Score) (*Card, error) {
	c := &Card{Score: score}
	artist := datasets.Emoji().Artist("twemoji")
	features := lab.Normalize(encode(m, artist.Images()))
	classifier, err := m.Classifier(artist.Captions(), datasets.Templates...)
	if err != nil {
		return nil, err
	}
	similarity := lab.Similarity(features, classifier.Weights)
	c.retrieval(similarity)
	c.training(m, classifier)
	c.rawPixels()
	c.hundred(similarity)
	if err := c.everyday(m); err != nil {
		return nil, err
	}
	if err := c.measureUnseen(m); err != nil {
		return nil, err
	}
	if c.Hat, err = measureHats(m, features); err != nil {
		return nil, err
	}
	c.Shots, err = measureShots(m, artist, features)
	return c, err
}

// retrieval finds the caption of each picture and the picture of each caption.
func (c *Card) retrieval(similarity *lab.Tensor) {
	sides := []struct {
		name   string
		scores *lab.Tensor
	}{{"right caption of a picture", similarity},
		{"right picture of a caption", lab.Transpose(similarity)}}
	for _, side := range sides {
		for _, k := range []int{1, 5} {
			n := side.scores.Shape[0]
			r := rate(best(side.scores, k), identity(n), n)
			r.Name = fmt.Sprintf("%s of %d, R@%d", side.name, n, k)
			c.Concepts = append(c.Concepts, r)
		}
	}
}

// hundred names pictures among a hundred concepts, drawn anew several times.
func (c *Card) hundred(similarity *lab.Tensor) {
	rng := rand.New(rand.NewPCG(100, 1))
	n := similarity.Shape[0]
	all := Rate{Name: fmt.Sprintf("%d concepts, mean of %d draws", hundred, hundredDraws)}
	var values []float64
	for range hundredDraws {
		some := rng.Perm(n)[:hundred]
		scores := tensor.New(hundred, hundred)
		for i, row := range some {
			for j, column := range some {
				scores.Data[i*hundred+j] = similarity.Data[row*n+column]
			}
		}
		r := rate(best(scores, 1), identity(hundred), hundred)
		values = append(values, r.Value)
		all.Null += r.Null / hundredDraws
		all.High += r.High / hundredDraws
	}
	all.Value, all.SD = meanSD(values)
	c.Hundred = all
}

func (c *Card) everyday(m *lab.Model) error {
	classes := datasets.ClassNames()
	classifier, err := m.Classifier(classes, datasets.Templates...)
	if err != nil {
		return err
	}
	pictures, labels := everydayPictures()
	scores := lab.Similarity(lab.Normalize(encode(m, pictures)), classifier.Weights)
	c.Everyday = rate(best(scores, 1), labels, len(classes))
	c.Everyday.Name = fmt.Sprintf(everydayTitle, len(pictures))
	return nil
}

// best are the k columns of each row with the largest scores.
func best(scores *lab.Tensor, k int) [][]int {
	n, m := scores.Shape[0], scores.Shape[1]
	all := make([][]int, n)
	for i := range all {
		row := scores.Data[i*m : (i+1)*m]
		top := make([]int, 0, k+1)
		for j := range m {
			at := len(top)
			for at > 0 && row[j] > row[top[at-1]] {
				at--
			}
			if at < k {
				top = slices.Insert(top, at, j)
				top = top[:min(k, len(top))]
			}
		}
		all[i] = top
	}
	return all
}

// rate is the share of answers that hold the label, beside its null by permuted labels.
func rate(answers [][]int, labels []int, classes int) Rate {
	hit := func(labels []int) float64 {
		right := 0
		for i, label := range labels {
			if slices.Contains(answers[i], label) {
				right++
			}
		}
		return float64(right) / float64(len(labels))
	}
	r := Rate{Value: hit(labels)}
	rng := rand.New(rand.NewPCG(uint64(classes), 2))
	shuffled, nulls := slices.Clone(labels), make([]float64, nullRounds)
	for i := range nulls {
		rng.Shuffle(len(shuffled), func(a, b int) {
			shuffled[a], shuffled[b] = shuffled[b], shuffled[a]
		})
		nulls[i] = hit(shuffled)
	}
	r.Null, _ = meanSD(nulls)
	slices.Sort(nulls)
	r.High = nulls[nullRounds*95/100]
	return r
}

func identity(n int) []int {
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i
	}
	return labels
}

// String is the card as text.
func (c *Card) String() string {
	var b strings.Builder
	b.WriteString("retrieval, held-out artist\n")
	for _, r := range c.Concepts {
		b.WriteString(r.String())
	}
	b.WriteString("to know what that is worth\n")
	for _, r := range c.Beside {
		b.WriteString(r.String())
	}
	b.WriteString("zero-shot, held-out artist\n" + c.Everyday.String() + c.Hundred.String())
	b.WriteString("zero-shot, sets by others\n")
	for _, r := range c.Unseen {
		b.WriteString(r.String())
	}
	b.WriteString(c.Hat.String())
	b.WriteString(c.Shots.String())
	return b.String()
}
