package collage

import (
	"fmt"
	"image"
	"strconv"
	"strings"
	"sync"

	"github.com/disintegration/imaging"

	"cliplab/datasets/sheet"
)

// headwear is a training artist's hat: a drawing of its own, or cut from a drawn person.
type headwear struct {
	artist, id string
	box        []float64 // left, top, right, bottom of the cut in pixels; empty: all
	fit, seat  float64
	recolour   bool
	words      []string // the first also fits when the colours are changed

	colours []Thing // as drawn, then recoloured
}

// headwears reads headwear.tsv: artist to hats.
var headwears = sync.OnceValue(func() map[string][]headwear {
	text, err := files.ReadFile("data/headwear.tsv")
	if err != nil {
		panic("collage: " + err.Error())
	}
	m := map[string][]headwear{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		h, err := parseHeadwear(strings.Split(line, "\t"))
		if err != nil {
			panic(fmt.Sprintf("collage: headwear.tsv:%d: %v", i+2, err))
		}
		for artist := range strings.SplitSeq(h.artist, ", ") {
			h.artist = artist
			m[artist] = append(m[artist], h)
		}
	}
	return m
})

func parseHeadwear(f []string) (h headwear, err error) {
	if len(f) != 7 {
		return h, fmt.Errorf("%d columns, want 7", len(f))
	}
	h = headwear{artist: f[0], id: f[1], recolour: f[5] == "yes", words: strings.Split(f[6], ", ")}
	if f[2] != "-" {
		for part := range strings.SplitSeq(f[2], " ") {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return h, err
			}
			h.box = append(h.box, v)
		}
		if len(h.box) != 4 {
			return h, fmt.Errorf("a box of %d numbers, want 4", len(h.box))
		}
	}
	if h.fit, err = strconv.ParseFloat(f[3], 64); err != nil {
		return h, err
	}
	h.seat, err = strconv.ParseFloat(f[4], 64)
	return h, err
}

// dress cuts the hat from its drawing and colours it. It says no, and cuts nothing, where the
// drawing is held out.
func (h *headwear) dress() bool {
	picture, trained := drawn(h.artist, h.id)
	if !trained {
		return false
	}
	if len(h.box) == 4 {
		b := h.box
		picture = imaging.Crop(picture, image.Rect(int(b[0]), int(b[1]), int(b[2]), int(b[3])))
	}
	t := Thing{Name: h.words[0], Picture: sheet.Trim(picture), Fit: h.fit, Centre: 0.5, Seat: h.seat}
	h.colours = []Thing{t}
	for _, order := range channelOrders {
		if h.recolour {
			t.Picture = reordered(h.colours[0].Picture, order)
			h.colours = append(h.colours, t)
		}
	}
	return true
}

// channelOrders are the colours of a recoloured hat: red, green and blue changed around.
var channelOrders = [][3]int{{1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}}

func reordered(src *image.NRGBA, order [3]int) *image.NRGBA {
	dst := imaging.Clone(src)
	for i := 0; i < len(dst.Pix); i += 4 {
		r := [3]uint8(src.Pix[i : i+3])
		dst.Pix[i], dst.Pix[i+1], dst.Pix[i+2] = r[order[0]], r[order[1]], r[order[2]]
	}
	return dst
}
