package recipe

import (
	"fmt"
	"image"
	"image/color"

	"github.com/disintegration/imaging"

	"cliplab/datasets"
	"cliplab/datasets/emoji"
	"cliplab/datasets/redrawn"
	"cliplab/datasets/sheet"
	"cliplab/lab"
	"cliplab/lab/tensor"
)

// thumbSide is the width and height of what raw pixels are compared by.
const thumbSide = 12

// training says what the model makes of the pictures that it was trained on, held-out concepts
// included.
func (c *Card) training(m *lab.Model, classifier *lab.Classifier) {
	for _, artist := range []string{"noto", "fluent"} {
		features := lab.Normalize(encode(m, datasets.Emoji().Artist(artist).Images()))
		scores := lab.Similarity(features, classifier.Weights)
		n := scores.Shape[0]
		r := rate(best(scores, 1), identity(n), n)
		r.Name = "right caption, trained artist " + artist
		c.Beside = append(c.Beside, r)
	}
}

// rawPixels names the held-out artist's pictures after the nearest of all training artists', by
// nothing but their pixels: what a model must beat to have learned more than where colours are.
// Held-out concepts are among those it sees.
func (c *Card) rawPixels() {
	held := thumbs(datasets.Emoji().Artist(emoji.HeldOutArtist).Images())
	concepts := emoji.Concepts()
	number := map[string]int{}
	for i, concept := range concepts {
		number[concept.ID] = i
	}
	pictures, ids := map[string][]image.Image{}, map[string][]int{}
	for _, artist := range emoji.Artists {
		if artist != emoji.HeldOutArtist {
			pictures[artist] = datasets.Emoji().Artist(artist).Images()
			ids[artist] = identity(len(concepts))
		}
	}
	for _, d := range redrawn.All() {
		pictures[d.Artist] = append(pictures[d.Artist], d.Picture)
		ids[d.Artist] = append(ids[d.Artist], number[d.Concept])
	}
	scores := tensor.New(len(concepts), len(concepts))
	for i := range scores.Data {
		scores.Data[i] = -1
	}
	for artist, list := range pictures {
		s := lab.Similarity(held, thumbs(list))
		for row := range len(concepts) {
			for j, id := range ids[artist] {
				at := &scores.Data[row*len(concepts)+id]
				*at = max(*at, s.Data[row*len(list)+j])
			}
		}
	}
	r := rate(best(scores, 1), identity(len(concepts)), len(concepts))
	r.Name = fmt.Sprintf("nearest raw pixels, %d × %d, of %d artists", thumbSide, thumbSide,
		len(pictures))
	c.Beside = append(c.Beside, r)
}

// thumbs are pictures cut to what is not transparent, laid on a white square and made small, as
// unit rows without their mean.
//
//	[pictures, 12·12·3]
func thumbs(pictures []image.Image) *lab.Tensor {
	rows := tensor.New(len(pictures), 3*thumbSide*thumbSide)
	for i, p := range pictures {
		small := thumb(p)
		row := rows.Row(i).Data
		for k := range row {
			row[k] = float32(small.Pix[k/3*4+k%3])
		}
	}
	return lab.Center(rows)
}

func thumb(p image.Image) *image.NRGBA {
	cut := sheet.Trim(imaging.Clone(p))
	side := max(1, cut.Rect.Dx(), cut.Rect.Dy())
	square := imaging.New(side, side, color.White)
	square = imaging.OverlayCenter(square, cut, 1)
	return imaging.Resize(square, thumbSide, thumbSide, imaging.CatmullRom)
}
