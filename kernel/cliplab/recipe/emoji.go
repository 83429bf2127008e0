package recipe

import (
	"image"
	"math/rand/v2"

	"cliplab/datasets"
	"cliplab/datasets/emoji"
	"cliplab/lab/train"
)

// Emoji draws batches from the training artists: concepts without repetition, each by one of
// the artists, with its label, its tags, or a sentence around them. Held-out concepts and the
// held-out artist never come.
type Emoji struct {
	concepts []emoji.Concept
	pairs    map[string][]emoji.Pair // by concept, one for each artist
}

// NewEmoji lists what may be trained on.
func NewEmoji() *Emoji {
	e := &Emoji{pairs: map[string][]emoji.Pair{}}
	for _, artist := range emoji.Artists {
		if artist == emoji.HeldOutArtist {
			continue
		}
		for _, p := range emoji.Of(artist) {
			if !p.HeldOut {
				e.pairs[p.ID] = append(e.pairs[p.ID], p)
			}
		}
	}
	for _, c := range emoji.Concepts() {
		if !c.HeldOut {
			e.concepts = append(e.concepts, c)
		}
	}
	return e
}

// Batch implements train.Source.
func (e *Emoji) Batch(n int, rng *rand.Rand) []train.Example {
	batch := make([]train.Example, 0, n)
	for _, i := range e.draw(n, rng) {
		drawn := e.pairs[e.concepts[i].ID]
		p := drawn[rng.IntN(len(drawn))]
		picture := p.NRGBA()
		if rng.Float64() < blendShare {
			picture = blend(drawn, rng)
		}
		batch = append(batch, train.Example{Picture: picture, Caption: caption(p, rng)})
	}
	return batch
}

// blendShare is how often a picture is a mixture of all training artists' drawings, so that
// the model learns what they have in common.
const blendShare = 0.2

func blend(drawn []emoji.Pair, rng *rand.Rand) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, emoji.Side, emoji.Side))
	a, b := drawn[0].NRGBA(), drawn[len(drawn)-1].NRGBA()
	share := 0.2 + 0.6*rng.Float64()
	for i := 0; i < len(out.Pix); i += 4 {
		wa, wb := share*float64(a.Pix[i+3]), (1-share)*float64(b.Pix[i+3])
		if wa+wb == 0 {
			continue
		}
		for k := range 3 {
			mixed := (wa*float64(a.Pix[i+k]) + wb*float64(b.Pix[i+k])) / (wa + wb)
			out.Pix[i+k] = uint8(mixed + 0.5)
		}
		out.Pix[i+3] = uint8(wa + wb + 0.5)
	}
	return out
}

// everydayShare is the least share of a batch that shows one of the ten everyday classes.
const everydayShare = 0.1

// draw picks n different concepts, everyday ones first.
func (e *Emoji) draw(n int, rng *rand.Rand) []int {
	perm := rng.Perm(len(e.concepts))
	picked := make([]int, 0, n)
	var rest []int
	for _, i := range perm {
		if e.concepts[i].Class != "" && float64(len(picked)) < everydayShare*float64(n) {
			picked = append(picked, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(picked, rest[:n-len(picked)]...)
}

// Captions implements train.Source.
func (e *Emoji) Captions() []string {
	all := append([]string{}, datasets.Templates...)
	for _, pairs := range e.pairs {
		for _, p := range pairs {
			all = append(all, p.Captions()...)
			all = append(all, p.Tags...)
		}
	}
	return all
}

// caption words a picture anew each time: mostly its label or what was written by hand for
// it, now and then its tags alone, so that single words get a meaning too.
func caption(p emoji.Pair, rng *rand.Rand) string {
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	say := p.Label
	if p.Class != "" && rng.Float64() < 0.45 {
		say = emoji.Article(p.Class) + " " + p.Class
	} else if captions := p.Captions(); len(captions) > 1 && rng.IntN(2) == 0 {
		say = pick(captions)
	}
	switch dice := rng.Float64(); {
	case len(p.Tags) == 0 || dice < 0.35:
		return say
	case dice < 0.60:
		return datasets.Prompt(pick(datasets.Templates), say)
	case dice < 0.75:
		return say + ", " + pick(p.Tags)
	case dice < 0.85:
		return datasets.Prompt(pick(datasets.Templates), pick(p.Tags))
	case dice < 0.93:
		return pick(p.Tags)
	default:
		return pick(p.Tags) + ", " + pick(p.Tags)
	}
}
