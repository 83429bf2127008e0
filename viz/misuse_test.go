package viz

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"
)

// misuses are calls with wrong counts, and what they panic with.
var misuses = []struct {
	want string
	call func()
}{
	{"viz: 3 rows and 2 row labels", func() {
		Heatmap(waves(3, 4), HeatmapOptions{RowLabels: two})
	}},
	{"viz: 4 columns and 2 column labels", func() {
		Heatmap(waves(3, 4), HeatmapOptions{ColLabels: two})
	}},
	{"viz: 3 rows and 1 row image", func() {
		Heatmap(waves(3, 4), HeatmapOptions{RowImages: []image.Image{img}})
	}},
	{"viz: 4 columns and 1 column image", func() {
		Heatmap(waves(3, 4), HeatmapOptions{ColImages: []image.Image{img}})
	}},
	{"viz: heat map of 0 × 0 values has nothing to draw", func() { Heatmap(Table()) }},
	{"viz: heat map of a nil matrix", func() { Heatmap(nil) }},
	{"viz: row 0 has 2 values and row 1 has 1", func() { Table([]float64{1, 2}, []float64{1}) }},
	{"viz: Heatmap takes one set of options, got 2", func() {
		Heatmap(waves(1, 1), HeatmapOptions{}, HeatmapOptions{})
	}},
	{"viz: 2 rows and 3 columns", func() { Confusion(waves(2, 3), two) }},
	{"viz: 2 pictures and 1 caption", func() { Grid(blots(2), two[:1]) }},
	{"viz: grid of 0 pictures has nothing to draw", func() { Grid(nil, nil) }},
	{"viz: 2 pictures and 1 mark", func() { Grid(blots(2), two, GridOptions{Marks: []int{1}}) }},
	{"viz: 1 value and 2 labels", func() { Bars(two, []float64{1}) }},
	{"viz: bars of 0 values have nothing to draw", func() { Bars(nil, nil) }},
	{"viz: correct answer 2 of 2 bars", func() {
		Bars(two, []float64{1, 2}, BarsOptions{Correct: []int{2}})
	}},
	{"viz: 2 groups and 1 value row", func() { GroupedBars(two, two, [][]float64{{1, 2}}) }},
	{"viz: 2 names and 1 value", func() { GroupedBars(two, two, [][]float64{{1, 2}, {1}}) }},
	{"viz: 0 groups of 0 bars have nothing to draw", func() { GroupedBars(nil, nil, nil) }},
	{"viz: curves of 0 series have nothing to draw", func() { Curves(nil) }},
	{"viz: loss has 2 Y and 3 X", func() {
		Curves([]Series{{Name: "loss", X: []float64{1, 2, 3}, Y: []float64{1, 2}}})
	}},
	{"viz: series 0 has 0 values", func() { Curves([]Series{{}}) }},
	{"viz: series 0 has 1 Low and 0 High", func() {
		Curves([]Series{{Y: []float64{1}, Low: []float64{1}}})
	}},
	{"viz: axis from 3 to 2", func() {
		Curves([]Series{{Y: []float64{1}}}, CurvesOptions{YMin: 3, YMax: 2})
	}},
	{"viz: log axis from 0", func() {
		Curves([]Series{{Y: []float64{1}}}, CurvesOptions{YMax: 2, LogY: true})
	}},
	{"viz: 2 xs and 1 y", func() { Scatter([]Points{{X: []float64{1, 2}, Y: []float64{1}}}) }},
	{"viz: scatter of 0 clouds has nothing to draw", func() { Scatter(nil) }},
	{"viz: 1 point in cloud 0 and 2 points in cloud 1 cannot be paired", func() {
		Scatter([]Points{{X: []float64{1}, Y: []float64{1}},
			{X: []float64{1, 2}, Y: []float64{1, 2}}}, ScatterOptions{Pairs: true})
	}},
	{"viz: histogram of 0 samples has nothing to draw", func() { Histogram(nil) }},
	{"viz: 2 pieces and 1 id", func() { TokenStrip(two, []int{1}) }},
	{"viz: 1 piece and 3 ids", func() { TokenStrip(two[:1], []int{1, 2, 3}) }},
	{"viz: token strip of 0 tokens has nothing to draw", func() { TokenStrip(nil, nil) }},
	{"viz: 2 words and 1 cosine", func() {
		Probe(img, img, []float32{1}, two, []float64{1}, nil)
	}},
	{"viz: 2 words and 1 probability", func() {
		Probe(img, img, []float32{1}, two, []float64{1, 2}, []float64{1})
	}},
	{"viz: probe with 0 words and a difference of 0 numbers has nothing to draw", func() {
		Probe(img, img, nil, nil, nil, nil)
	}},
	{"viz: 5 channel values for a picture of 3 × 8 × 8", func() {
		BeforeAfter(img, img, make([]float32, 5))
	}},
	{"viz: 5 channel values without a cropped picture", func() {
		BeforeAfter(img, nil, make([]float32, 5))
	}},
	{"viz: 1 matrix and 2 names", func() { PCA(two, waves(2, 2)) }},
	{"viz: PCA of rows of 3 and of 2 numbers", func() { PCA(two, waves(2, 3), waves(2, 2)) }},
	{"viz: PCA of 1 row of 5 numbers", func() { PCA(two[:1], waves(1, 5)) }},
	{"viz: row of 0 figures", func() { Row() }},
	{"viz: column with a nil figure at 1", func() { Column(Heatmap(waves(1, 1)), nil) }},
}

var two, img = []string{"a", "b"}, blot(0, 8, 8)

// TestMisuse: wrong counts panic with both counts in the message.
func TestMisuse(t *testing.T) {
	for _, c := range misuses {
		t.Run(c.want, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); got != c.want {
					t.Errorf("panic %q, want %q", got, c.want)
				}
			}()
			c.call()
		})
	}
}

// TestOddValues: NaN, ±Inf, equal and huge values, missing and empty pictures draw without a
// panic and say what they are.
func TestOddValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	odd := []float64{nan, inf, -inf, 0, 1e300, -1e300, 1e-300}
	names := captionsFor(len(odd))
	empty := image.NewRGBA(image.Rect(0, 0, 0, 5))
	for name, f := range map[string]*Figure{
		"heatmap all NaN": Heatmap(Table([]float64{nan, nan})),
		"heatmap zeros":   Heatmap(Table([]float64{0, 0})),
		"heatmap equal":   Heatmap(Table([]float64{.3, .3}, []float64{.3, .3})),
		"heatmap odd":     Heatmap(Table(odd), HeatmapOptions{RowSums: true, ColSums: true}),
		"heatmap tiny":    Heatmap(Table([]float64{1e-12, 2e-12})),
		"heatmap pictures": Heatmap(waves(2, 2), HeatmapOptions{RowImages: []image.Image{nil, empty},
			ColLabels: []string{"", "\xff\xfe broken \x00"}}),
		"grid":          Grid([]image.Image{nil, empty}, []string{"", "\n\t"}),
		"bars odd":      Bars(names, odd, BarsOptions{Correct: []int{0}, Sort: true, Top: 5}),
		"bars NaN":      Bars([]string{"a"}, []float64{nan}, BarsOptions{Percent: true}),
		"bars negative": Bars([]string{"a", "b"}, []float64{-.5, -.25}),
		"curves odd":    Curves([]Series{{Name: "odd", Y: odd}}),
		"curves NaN":    Curves([]Series{{Name: "NaN", Y: []float64{nan, nan}}}),
		"curves log": Curves([]Series{{Name: "negative", Y: []float64{-1, 0}}},
			CurvesOptions{LogY: true, LogX: true}),
		"curves flat": Curves([]Series{{Y: []float64{5, 5, 5}}}, CurvesOptions{LogY: true}),
		"scatter":     Scatter([]Points{{X: odd, Y: odd, Labels: names}}),
		"scatter one": Scatter([]Points{{X: []float64{1}, Y: []float64{1}}},
			ScatterOptions{Equal: true}),
		"histogram":     Histogram([]Sample{{"odd", []float64{nan, inf, 1, 2}}, {"none", nil}}),
		"histogram one": Histogram([]Sample{{Values: []float64{3}}}, HistogramOptions{Counts: true}),
		"tokens":        TokenStrip([]string{"", "\xf0\x9f", strings.Repeat("x", 999)}, []int{0, -1, 5}),
		"probe": Probe(nil, empty, []float32{float32(nan), 1}, []string{"hat"},
			[]float64{nan}, nil),
		"before": BeforeAfter(nil, nil, nil),
		"before NaN": BeforeAfter(empty, blot(0, 2, 1),
			[]float32{float32(nan), 1, float32(inf), 0, 0, 0}),
	} {
		t.Run(name, func(t *testing.T) {
			if w, h := f.Size(); w < 30 || h < 30 || f.Image().Bounds().Dx() != 2*w {
				t.Errorf("%d × %d", w, h)
			}
			if f.Alt == "" || strings.Contains(f.Alt, "%!") {
				t.Errorf("alt %q", f.Alt)
			}
		})
	}
}
