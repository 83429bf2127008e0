package recipe

import (
	"image"
	"math/rand/v2"

	"cliplab/datasets"
	"cliplab/datasets/emoji"
	"cliplab/datasets/redrawn"
	"cliplab/lab/train"
)

// Emoji draws batches from the training artists: concepts without repetition, each by one of
// the artists, with its label, its tags, or a sentence around them. Held-out concepts and the
// held-out artist never come.
type Emoji struct {
	// Neighbours is the share of a batch that comes in runs of Unicode's order, where like stands
	// beside like: faces, hands, flags. Each is a hard negative of the others.
	Neighbours float64

	concepts []emoji.Concept
	drawings map[string][]drawing // by concept, one for each artist who drew it
}

// drawing is a picture, not to be drawn upon, with its words.
type drawing struct {
	emoji.Pair
	picture *image.NRGBA
}

// NewEmoji lists what may be trained on.
func NewEmoji() *Emoji {
	e := &Emoji{drawings: map[string][]drawing{}}
	for _, artist := range emoji.Artists {
		for _, p := range emoji.Of(artist) {
			if p.Trained() {
				e.drawings[p.ID] = append(e.drawings[p.ID], drawing{p, p.View()})
			}
		}
	}
	concept := map[string]emoji.Concept{}
	for _, c := range emoji.Concepts() {
		concept[c.ID] = c
		if !c.HeldOut {
			e.concepts = append(e.concepts, c)
		}
	}
	for _, d := range redrawn.All() {
		p := emoji.Pair{Concept: concept[d.Concept], Artist: d.Artist}
		if p.Trained() {
			e.drawings[p.ID] = append(e.drawings[p.ID], drawing{p, d.Picture})
		}
	}
	return e
}

// Batch implements train.Source.
func (e *Emoji) Batch(n int, rng *rand.Rand) []train.Example {
	batch := make([]train.Example, 0, n)
	for _, i := range e.draw(n, rng) {
		drawn := e.drawings[e.concepts[i].ID]
		k := rng.IntN(len(drawn))
		picture := drawn[k].picture
		if rng.Float64() < blendShare {
			other := (k + 1 + rng.IntN(len(drawn)-1)) % len(drawn)
			picture = blend(picture, drawn[other].picture, rng)
		}
		batch = append(batch, train.Example{Picture: picture, Caption: caption(drawn[k].Pair, rng)})
	}
	return batch
}

// blendShare is how often a picture is a mixture of two artists' drawings, so that the model
// learns what they have in common.
const blendShare = 0.2

// blend mixes two pictures of the same size, each weighed by its opacity.
func blend(a, b *image.NRGBA, rng *rand.Rand) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, emoji.Side, emoji.Side))
	share := 0.2 + 0.6*rng.Float64()
	for y := range emoji.Side {
		from, with, to := a.Pix[y*a.Stride:], b.Pix[y*b.Stride:], out.Pix[y*out.Stride:]
		for i := 0; i < 4*emoji.Side; i += 4 {
			wa, wb := share*float64(from[i+3]), (1-share)*float64(with[i+3])
			if wa+wb == 0 {
				continue
			}
			for k := range 3 {
				mixed := (wa*float64(from[i+k]) + wb*float64(with[i+k])) / (wa + wb)
				to[i+k] = uint8(mixed + 0.5)
			}
			to[i+3] = uint8(wa + wb + 0.5)
		}
	}
	return out
}

// everydayShare is the least share of a batch that shows one of the ten everyday classes.
const everydayShare = 0.1

// neighbourRun is how many neighbours come together.
const neighbourRun = 12

// draw picks n different concepts: everyday ones first, then neighbours, then any.
func (e *Emoji) draw(n int, rng *rand.Rand) []int {
	perm := rng.Perm(len(e.concepts))
	picked, taken := make([]int, 0, n), make([]bool, len(e.concepts))
	take := func(i int) {
		if !taken[i] && len(picked) < n {
			taken[i] = true
			picked = append(picked, i)
		}
	}
	for _, i := range perm {
		if float64(len(picked)) >= everydayShare*float64(n) {
			break
		}
		if e.concepts[i].Class != "" {
			take(i)
		}
	}
	for end := len(picked) + int(e.Neighbours*float64(n)); len(picked) < min(n, end); {
		first := rng.IntN(len(e.concepts))
		for i := first; i < min(first+neighbourRun, len(e.concepts)); i++ {
			take(i)
		}
	}
	for _, i := range perm {
		take(i)
	}
	return picked
}

// Captions implements train.Source.
func (e *Emoji) Captions() []string {
	all := append([]string{}, datasets.Templates...)
	for _, drawn := range e.drawings {
		for _, d := range drawn {
			all = append(all, d.Captions()...)
			all = append(all, d.Tags...)
		}
	}
	return all
}

// caption words a picture anew each time: mostly its label, alone or in a sentence, else what was
// written by hand for it. A tag alone, which fits many concepts, comes now and then only, so that
// single words get a meaning too.
func caption(p emoji.Pair, rng *rand.Rand) string {
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	say := p.Label
	if p.Class != "" && rng.Float64() < 0.45 {
		say = emoji.Article(p.Class) + " " + p.Class
	} else if captions := p.Captions(); len(captions) > 1 && rng.IntN(4) == 0 {
		say = pick(captions)
	}
	switch dice := rng.Float64(); {
	case len(p.Tags) == 0 || dice < 0.55:
		return say
	case dice < 0.80:
		return datasets.Prompt(pick(datasets.Templates), say)
	case dice < 0.90:
		return say + ", " + pick(p.Tags)
	case dice < 0.95:
		return datasets.Prompt(pick(datasets.Templates), pick(p.Tags))
	default:
		return pick(p.Tags)
	}
}
