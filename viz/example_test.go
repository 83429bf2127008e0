package viz_test

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"unicode/utf8"

	"cliplab/viz"
)

// show prints the figure's sentence in lines of 80 columns, and a complaint unless the figure
// looks like its golden picture.
func show(name string, f *viz.Figure) {
	line := ""
	for _, word := range strings.Fields(f.Alt) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > 80 {
			fmt.Println(line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	fmt.Println(line)
	if err := viz.CompareGolden(name, f); err != nil {
		fmt.Println(err)
	}
}

// shape draws a disc (even i) or a square in one of four colours.
func shape(i, size int) image.Image {
	colors := []color.RGBA{{214, 40, 40, 255}, {32, 120, 200, 255}, {40, 160, 80, 255},
		{240, 180, 40, 255}}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			dx, dy := float64(x)-float64(size)/2, float64(y)-float64(size)/2
			r := math.Max(math.Abs(dx), math.Abs(dy)) * 1.1
			if i%2 == 0 {
				r = math.Hypot(dx, dy)
			}
			if r < .4*float64(size) {
				img.SetRGBA(x, y, colors[i%4])
			} else {
				img.SetRGBA(x, y, color.RGBA{248, 246, 240, 255})
			}
		}
	}
	return img
}

var (
	pictures = []image.Image{shape(0, 96), shape(1, 96), shape(2, 96), shape(3, 96)}
	captions = []string{"a red disc", "a blue square", "a green disc on paper", "a yellow square"}
	cosines  = viz.Table(
		[]float64{.81, -.12, .33, .05},
		[]float64{-.15, .77, -.02, .28},
		[]float64{.36, .01, .69, -.20},
		[]float64{-.04, .31, -.24, .74},
	)
)

func ExampleHeatmap() {
	f := viz.Heatmap(cosines, viz.HeatmapOptions{
		Title:     "Each picture against each caption",
		Subtitle:  "The matching pairs, outlined, should be the largest.",
		RowImages: pictures,
		ColLabels: captions,
		RowTitle:  "images",
		ColTitle:  "texts",
		Quantity:  "cosine",
		Min:       -1,
		Max:       1,
		Diagonal:  true,
	})
	show("heatmap", f)
	// Output:
	// Heat map of 4 × 4 values (cosine), rows images, columns texts; the diagonal
	// averages 0.75, the rest 0.05.
}

func ExampleHeatmapPair() {
	perImage := viz.Table(
		[]float64{.90, .01, .07, .02},
		[]float64{.01, .94, .01, .04},
		[]float64{.14, .02, .83, .01},
		[]float64{.02, .05, .01, .92},
	)
	perText := viz.Table(
		[]float64{.85, .01, .11, .02},
		[]float64{.01, .92, .02, .06},
		[]float64{.12, .02, .86, .01},
		[]float64{.02, .05, .01, .91},
	)
	f := viz.HeatmapPair(perImage, perText,
		viz.HeatmapOptions{Title: "per image: each row sums to 1", RowSums: true,
			RowImages: pictures, ColLabels: captions, Quantity: "probability", Diagonal: true},
		viz.HeatmapOptions{Title: "per text: each column sums to 1", ColSums: true},
	).WithTitle("Softmax both ways")
	show("heatmappair", f)
	// Output:
	// per image: each row sums to 1: Heat map of 4 × 4 values (probability); the
	// diagonal averages 0.90, the rest 0.03; each row sums to 1.00. per text: each
	// column sums to 1: Heat map of 4 × 4 values (probability); the diagonal averages
	// 0.89, the rest 0.04; each column sums to 1.00.
}

func ExampleGrid() {
	f := viz.Grid(pictures, captions, viz.GridOptions{Title: "A batch of 4 pairs"})
	show("grid", f)
	// Output:
	// 4 pictures in 1 row: a red disc; a blue square; a green disc on paper; a yellow
	// square.
}

func ExampleBeforeAfter() {
	original, seen := image.NewRGBA(image.Rect(0, 0, 150, 100)), shape(0, 32)
	for y := range 100 {
		for x := range 150 {
			original.Set(x, y, color.RGBA{248, 246, 240, 255})
			if x >= 25 && x < 125 {
				original.Set(x, y, shape0.At(x-25, y))
			}
		}
	}
	var chw []float32
	for c := range 3 {
		for i := range 32 * 32 {
			r, g, b, _ := seen.At(i%32, i/32).RGBA()
			chw = append(chw, float32([]uint32{r, g, b}[c])/65535*4-2)
		}
	}
	f := viz.BeforeAfter(original, seen, chw, viz.BeforeAfterOptions{Title: "Preprocessing"})
	show("beforeafter", f)
	// Output:
	// A picture of 150 × 100 pixels becomes 32 × 32, then three channels with values
	// from −1.37 to 1.89.
}

var shape0 = shape(0, 100)

func ExampleBars() {
	f := viz.Bars([]string{"antelope", "zebra", "car", "sword"}, []float64{.97, .02, .001, .009},
		viz.BarsOptions{Title: "What is in the picture?", Percent: true, Correct: []int{0},
			Image: pictures[3], Caption: "never seen in training"})
	show("bars", f)
	// Output:
	// 4 bars: antelope 97.0 %, zebra 2.0 %, sword 0.9 %, car 0.1 %; the largest is
	// right.
}

func ExampleGroupedBars() {
	f := viz.GroupedBars([]string{"scale 1", "scale 10", "scale 14.3", "scale 100"},
		[]string{"hat", "cup", "cat", "boat"},
		[][]float64{{.28, .25, .23, .24}, {.55, .16, .10, .19}, {.68, .12, .06, .14}, {1, 0, 0, 0}},
		viz.GroupedBarsOptions{Title: "What four logit scales make of the same cosines",
			Percent: true, Highlight: []int{0}})
	show("groupedbars", f)
	// Output:
	// 4 bars in 4 groups; the largest in each: scale 1: hat 0.28, scale 10: hat 0.55,
	// scale 14.3: hat 0.68, scale 100: hat 1.00.
}

func ExampleCurves() {
	var train, held []float64
	for i := range 60 {
		fall := 2.2 * math.Exp(-float64(i)/18)
		train = append(train, fall+.25+.12*math.Sin(float64(7*i)))
		held = append(held, fall+.5+.03*math.Sin(float64(5*i)))
	}
	f := viz.Curves([]viz.Series{{Name: "training batch", Y: train}, {Name: "held out", Y: held}},
		viz.CurvesOptions{Title: "The loss falls below chance", XLabel: "step",
			YLabel: "loss, nats", Smooth: 5,
			References: []viz.Reference{{Y: math.Log(8), Label: "chance, ln 8 = 2.08"}}})
	show("curves", f)
	// Output:
	// 2 curves of loss, nats over step: training batch goes from 2.45 to 0.214 over 60
	// points; held out goes from 2.7 to 0.574 over 60 points; a line marks chance, ln
	// 8 = 2.08.
}

// A few-shot curve: the zero-shot level is a star at no examples.
func ExampleCurves_fewShot() {
	f := viz.Curves([]viz.Series{
		{Name: "linear probe", X: []float64{1, 2, 3, 4}, Y: []float64{.41, .58, .69, .78},
			Low: []float64{.33, .53, .66, .76}, High: []float64{.49, .63, .72, .80}},
		{Name: "zero-shot", X: []float64{0}, Y: []float64{.66}, Star: true},
	}, viz.CurvesOptions{Title: "How many examples is zero-shot worth?",
		XLabel: "examples of each class", YLabel: "accuracy on new pictures",
		XNames:     []string{"0", "1", "2", "4", "8"},
		References: []viz.Reference{{Y: .1, Label: "chance"}}})
	show("curves_fewshot", f)
	// Output:
	// 2 curves of accuracy on new pictures over examples of each class: linear probe
	// goes from 0.41 to 0.78 over 4 points; zero-shot is 0.66; a line marks chance.
}

func ExampleScatter() {
	images := viz.Points{Name: "images", Labels: captions,
		X: []float64{-1, -.9, -1.2, -.8}, Y: []float64{.4, .1, -.2, -.4}}
	texts := viz.Points{Name: "texts",
		X: []float64{.9, 1, .8, 1.1}, Y: []float64{.5, 0, -.1, -.5}}
	f := viz.Scatter([]viz.Points{images, texts}, viz.ScatterOptions{Title: "The modality gap",
		XLabel: "first principal component", YLabel: "second principal component", Pairs: true})
	show("scatter", f)
	// Output:
	// Scatter plot: images (4 points) about (−0.97, −0.03), texts (4 points) about
	// (0.95, −0.02); lines join the pairs.
}

func ExampleHistogram() {
	var matching, rest []float64
	for i := range 40 {
		matching = append(matching, .7+.1*math.Sin(float64(i))*math.Cos(float64(3*i)))
	}
	for i := range 400 {
		rest = append(rest, .1+.35*math.Sin(float64(i))*math.Cos(float64(3*i)))
	}
	f := viz.Histogram([]viz.Sample{{Name: "matching pairs", Values: matching},
		{Name: "all other pairs", Values: rest}},
		viz.HistogramOptions{Title: "Training pulls the two apart", XLabel: "cosine"})
	show("histogram", f)
	// Output:
	// Histogram of matching pairs: 40 values from 0.61 to 0.79, mean 0.70; all other
	// pairs: 400 values from −0.21 to 0.41, mean 0.10.
}

func ExampleTokenStrip() {
	pieces := []string{"<|startoftext|>", "a</w>", "photo</w>", "of</w>", "an</w>", "ant", "elope</w>",
		"<|endoftext|>"}
	ids := []int{49406, 320, 1125, 539, 550, 773, 46045, 49407}
	f := viz.TokenStrip(pieces, append(ids, make([]int, 69)...),
		viz.TokenStripOptions{Title: "8 tokens, filled up to 77"})
	show("tokenstrip", f)
	// Output:
	// 77 tokens: <|startoftext|> 49406, a 320, photo 1125, of 539, an 550, ant 773,
	// elope 46045, <|endoftext|> 49407, 69 padding tokens.
}

func ExampleProbe() {
	delta := make([]float32, 512)
	for i := range delta {
		delta[i] = float32(math.Sin(float64(i)*1.3) * math.Sqrt(2.0/512))
	}
	f := viz.Probe(pictures[1], pictures[0], delta, []string{"hat", "cup", "cat", "boat"},
		[]float64{.156, -.021, .012, .034}, []float64{.60, .10, .14, .16},
		viz.ProbeOptions{Title: "The difference of the pictures is the hat",
			ScaleName: "softmax, scale 10"})
	show("probe", f)
	// Output:
	// Probe: with minus without, a difference of 512 numbers; its cosine with hat
	// +0.156 (60.0 %), cup −0.021 (10.0 %), cat +0.012 (14.0 %), boat +0.034 (16.0 %).
}
