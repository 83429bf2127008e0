package viz

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
)

// blot is a picture for tests: a disc whose place and colour depend on i.
func blot(i, w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	c := okabeIto[i%len(okabeIto)]
	cx, cy := float64(w)*(.35+.3*frac(i, 7)), float64(h)*(.35+.3*frac(i, 5))
	r := float64(min(w, h)) * (.2 + .2*frac(i, 3))
	for y := range h {
		for x := range w {
			d := math.Hypot(float64(x)-cx, float64(y)-cy)
			if d < r {
				img.Set(x, y, c)
			} else if d < 1.15*r {
				img.Set(x, y, color.Black)
			}
		}
	}
	return img
}

func frac(i, n int) float64 { return float64((i*3+1)%n) / float64(n) }

func blots(n int) (imgs []image.Image) {
	for i := range n {
		imgs = append(imgs, blot(i, 48, 48))
	}
	return imgs
}

var someCaptions = []string{
	"a red apple", "face with tears of joy", "steaming cup of coffee on a wooden table", "rocket",
	"a cat", "woman with a wide hat", "flag: Switzerland", "hourglass not done",
}

func captionsFor(n int) (c []string) {
	for i := range n {
		c = append(c, someCaptions[i%len(someCaptions)])
	}
	return c
}

func longCaptions(n int) (c []string) {
	for i := range n {
		text := fmt.Sprintf("%d %s", i, strings.Repeat(someCaptions[i%8]+" beside ", 20))
		c = append(c, text[:200])
	}
	return c
}

// waves is a matrix with a strong diagonal and smooth positive and negative rest.
func waves(rows, cols int) Matrix {
	m := make([][]float64, rows)
	for i := range m {
		for j := range cols {
			v := .35 * math.Sin(float64(3*i)+1.7*float64(j))
			if i == j {
				v = .72 + .1*math.Sin(float64(i))
			}
			m[i] = append(m[i], v)
		}
	}
	return Table(m...)
}

// softmaxed turns each row of a matrix into probabilities.
func softmaxed(m Matrix, scale float64) Matrix {
	rows, cols, flat := values("test", m)
	out := make([][]float64, rows)
	for i := range out {
		sum := 0.0
		for j := range cols {
			out[i] = append(out[i], math.Exp(scale*flat[i*cols+j]))
			sum += out[i][j]
		}
		for j := range out[i] {
			out[i][j] /= sum
		}
	}
	return Table(out...)
}

// corners of the ink of a text: from the baseline to the height of its capitals.
func (b textBox) corners() [4]xy {
	sin, cos := math.Sincos(b.angle)
	up := .7 * b.size
	at := func(along, above float64) xy {
		return xy{b.x + along*cos - above*sin, b.y - along*sin - above*cos}
	}
	return [4]xy{at(0, 0), at(b.width, 0), at(b.width, up), at(0, up)}
}

// overlaps by the separating axis theorem.
func (b textBox) overlaps(o textBox) bool {
	p, q := b.corners(), o.corners()
	for _, angle := range []float64{b.angle, b.angle + math.Pi/2, o.angle, o.angle + math.Pi/2} {
		sin, cos := math.Sincos(angle)
		span := func(c [4]xy) (lo, hi float64) {
			lo, hi = math.Inf(1), math.Inf(-1)
			for _, v := range c {
				d := v.x*cos - v.y*sin
				lo, hi = math.Min(lo, d), math.Max(hi, d)
			}
			return lo, hi
		}
		l1, h1 := span(p)
		l2, h2 := span(q)
		if h1 <= l2+.01 || h2 <= l1+.01 {
			return false
		}
	}
	return true
}

// checkLayout fails when two texts of a figure overlap, leave the picture or are too small.
func checkLayout(t *testing.T, f *Figure) {
	t.Helper()
	var boxes []textBox
	f.canvas(func(b textBox) { boxes = append(boxes, b) })
	w, h := f.Size()
	for i, b := range boxes {
		for _, c := range b.corners() {
			if c.x < 0 || c.y < 0 || c.x > float64(w) || c.y > float64(h) {
				t.Errorf("%q leaves the %d × %d picture at (%.0f, %.0f)", b.text, w, h, c.x, c.y)
				break
			}
		}
		if b.size < sizeMin-1e-9 {
			t.Errorf("%q is written at %.1f pixels, less than %.1f", b.text, b.size, sizeMin)
		}
		for _, o := range boxes[:i] {
			if b.overlaps(o) {
				t.Errorf("%q overlaps %q", b.text, o.text)
				return // one is enough
			}
		}
	}
}

// TestHeatmapLayout: nothing overlaps, whatever the number of rows and the length of captions.
func TestHeatmapLayout(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8, 12, 20, 32, 100} {
		for kind, captions := range map[string][]string{
			"short": captionsFor(n), "long": longCaptions(n), "none": nil,
		} {
			t.Run(fmt.Sprintf("%d %s", n, kind), func(t *testing.T) {
				o := HeatmapOptions{
					Title: "Cosines of pictures and captions", Subtitle: "One row for each picture.",
					RowLabels: captions, ColLabels: captions, RowImages: blots(n), ColImages: blots(n),
					RowTitle: "images", ColTitle: "texts", Quantity: "cosine", Diagonal: true,
					RowSums: true, ColSums: true,
				}
				checkLayout(t, Heatmap(waves(n, n), o))
				if n <= 32 {
					o.RowSums = false
					checkLayout(t, HeatmapPair(waves(n, n), waves(n, n), o, HeatmapOptions{
						Title: "The other way round"}))
				}
			})
		}
	}
	for _, shape := range [][2]int{{1, 12}, {12, 1}, {2, 30}, {30, 2}, {10, 4}} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			checkLayout(t, Heatmap(waves(shape[0], shape[1]), HeatmapOptions{
				RowLabels: captionsFor(shape[0]), ColLabels: longCaptions(shape[1]),
				RowSums: true, ColSums: true, Quantity: "probability"}))
		})
	}
}

// TestHeatmapCellSizes: the cell height is the reader's to choose.
func TestHeatmapCellSizes(t *testing.T) {
	for _, cell := range []float64{3, 10, 18, 30, 60, 140} {
		checkLayout(t, Heatmap(waves(9, 9), HeatmapOptions{Cell: cell, Quantity: "cosine",
			RowLabels: captionsFor(9), ColLabels: longCaptions(9), RowSums: true, ColSums: true}))
	}
}

// TestOverlapJudge: the judge of this file sees what it is meant to see.
func TestOverlapJudge(t *testing.T) {
	level := textBox{x: 10, y: 50, width: 100, size: 14}
	for _, c := range []struct {
		box  textBox
		want bool
	}{
		{textBox{x: 100, y: 55, width: 40, size: 14}, true},
		{textBox{x: 111, y: 50, width: 40, size: 14}, false},
		{textBox{x: 10, y: 61, width: 40, size: 14}, false},
		{textBox{x: 50, y: 60, width: 90, size: 14, angle: slant}, true},
		{textBox{x: 10, y: 20, width: 90, size: 14, angle: slant}, false},
		{textBox{x: 40, y: 90, width: 90, size: 14, angle: math.Pi / 2}, true},
	} {
		if got := level.overlaps(c.box); got != c.want {
			t.Errorf("%+v overlaps %+v: %v, want %v", level, c.box, got, c.want)
		}
	}
}

// TestFigureLayout: nothing overlaps in the other figures, at small and large counts.
func TestFigureLayout(t *testing.T) {
	series := func(n int) (s []Series) {
		for i := range n {
			s = append(s, Series{Name: someCaptions[i%8], Y: []float64{3, 2, 1 + .01*float64(i)}})
		}
		return s
	}
	ramp := func(n int) (v []float64) {
		for i := range n {
			v = append(v, math.Sin(float64(i))*.4)
		}
		return v
	}
	lines := []Reference{{Y: 1.02, Label: "chance, ln 8 = 2.08"}, {Y: 1.01, Label: "floor"},
		{X: 1, Vertical: true, Label: "warm-up ends"}}
	for name, f := range map[string]*Figure{
		"grid 1":     Grid(blots(1), captionsFor(1)),
		"grid 2":     Grid(blots(2), longCaptions(2), GridOptions{Numbers: true}),
		"grid 7":     Grid(blots(7), nil, GridOptions{Marks: []int{1, 0, -1, 1, 1, 1, 1}}),
		"grid 32":    Grid(blots(32), longCaptions(32), GridOptions{Size: 60}),
		"grid large": Grid(blots(5), longCaptions(5), GridOptions{Size: 240, MaxLines: 9}),
		"bars 1":     Bars([]string{"a"}, []float64{1}, BarsOptions{Width: 40}),
		"bars 8": Bars(longCaptions(8), ramp(8), BarsOptions{Images: blots(8), Correct: []int{1},
			Image: blot(1, 90, 60), Caption: longCaptions(1)[0]}),
		"bars lines": Bars(captionsFor(3), ramp(3), BarsOptions{Width: 80, References: []Reference{
			{X: .3, Label: "chance"}, {X: .31, Label: "another line with a long name"}}}),
		"bars 60":  Bars(longCaptions(60), ramp(60), BarsOptions{Percent: true}),
		"groups 1": GroupedBars([]string{"scale 1"}, captionsFor(2), [][]float64{ramp(2)}),
		"groups 6": GroupedBars(longCaptions(6)[:6], captionsFor(9),
			[][]float64{ramp(9), ramp(9), ramp(9), ramp(9), ramp(9), ramp(9)}),
		"curves 1": Curves(series(1), CurvesOptions{YLabel: "loss", References: lines}),
		"curves 8": Curves(series(8), CurvesOptions{YLabel: "loss", XLabel: "step",
			References: lines, Title: "Loss"}),
		"curves small": Curves(series(3), CurvesOptions{Width: 180, Height: 150, YLabel: "loss"}),
		"curves large": Curves(series(3), CurvesOptions{Width: 1400, Height: 900, LogY: true}),
		"curves names": Curves(series(1), CurvesOptions{XNames: captionsFor(4)[:4]}),
		"scatter": Scatter([]Points{{Name: "images", X: ramp(40), Y: ramp(41)[1:],
			Labels: captionsFor(40)}, {Name: longCaptions(1)[0], X: ramp(2), Y: ramp(2)}}),
		"histogram": Histogram([]Sample{{"matching", ramp(30)}, {"the rest", ramp(500)}},
			HistogramOptions{XLabel: "cosine", References: []Reference{{X: .2, Label: "probe"}}}),
		"tokens": TokenStrip(longCaptions(40), make([]int, 40)),
		"tokens narrow": TokenStrip([]string{"<|startoftext|>", "a</w>", "<|endoftext|>"},
			[]int{49406, 320, 49407, 0, 0, 0}, TokenStripOptions{Width: 150}),
		"tokens all": TokenStrip([]string{"a</w>"}, make([]int, 30), TokenStripOptions{All: true}),
		"probe": Probe(blot(1, 60, 60), blot(2, 90, 60), make([]float32, 512), longCaptions(4),
			ramp(4), []float64{.6, .2, .1, .1}, ProbeOptions{WithName: longCaptions(1)[0]}),
		"probe 1": Probe(nil, nil, []float32{1}, []string{"hat"}, []float64{1}, nil),
		"before":  BeforeAfter(blot(1, 90, 20), blot(1, 8, 8), make([]float32, 3*64)),
		"before tall": BeforeAfter(blot(1, 20, 90), blot(1, 8, 8), nil,
			BeforeAfterOptions{Size: 60}),
		"page": Column(Row(Bars(captionsFor(3), ramp(3)).WithTitle("Some bars"),
			Curves(series(2)).WithTitle(longCaptions(1)[0])).WithNote(longCaptions(2)[1]),
			Heatmap(waves(3, 3)).WithTitle("A map")).WithTitle(longCaptions(1)[0]),
	} {
		t.Run(name, func(t *testing.T) { checkLayout(t, f) })
	}
}

// A label needs no marker of its own beside that of its curve, unless others end there, too.
func TestBesideOwn(t *testing.T) {
	label := func(natural, y float64) placed {
		return placed{endLabel: endLabel{beside: true}, y: y, natural: natural}
	}
	labels := []placed{label(10, 10), label(12, 30), label(50, 50), label(90, 70)}
	for i, want := range []bool{false, false, true, false} {
		if got := besideOwn(labels, i); got != want {
			t.Errorf("label %d: %v, want %v", i, got, want)
		}
	}
}
