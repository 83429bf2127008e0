package viz

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

const strayPixels = 24

var update = flag.Bool("update", false, "rewrite the golden pictures in testdata")

// CompareGolden compares a figure with testdata/NAME.png; with -update it writes the file. The
// error names three files to look at: what was drawn, what was wanted, and where they differ.
//
// A pixel may differ by 24 of 255 levels in a channel, as edges do when a processor fuses a
// multiplication with an addition, and strayPixels may differ by more. A digit that changes
// differs in about a hundred.
func CompareGolden(name string, f *Figure) error {
	path := filepath.Join("testdata", name+".png")
	got := f.Image()
	if *update {
		var buf bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		if err := enc.Encode(&buf, got); err != nil {
			return err
		}
		return os.WriteFile(path, buf.Bytes(), 0o644)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w (go test ./viz -update writes it)", err)
	}
	defer file.Close()
	want, err := png.Decode(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if got.Bounds() != want.Bounds() {
		return failure(name, f, want, nil, fmt.Sprintf("%v pixels, want %v", got.Bounds().Max,
			want.Bounds().Max))
	}
	diff, bad := difference(got, want)
	if all := got.Bounds().Dx() * got.Bounds().Dy(); bad > strayPixels {
		return failure(name, f, want, diff, fmt.Sprintf("%d of %d pixels differ", bad, all))
	}
	return nil
}

// difference paints where two pictures of one size differ, on the pale wanted picture.
func difference(got, want image.Image) (*image.RGBA, int) {
	b := got.Bounds()
	diff, bad := image.NewRGBA(b), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			g, w := rgbaAt(got, x, y), rgbaAt(want, x, y)
			if apart(g.R, w.R) || apart(g.G, w.G) || apart(g.B, w.B) || apart(g.A, w.A) {
				bad++
				diff.SetRGBA(x, y, color.RGBA{255, 0, 0, 255})
			} else {
				diff.SetRGBA(x, y, tint(w, .25))
			}
		}
	}
	return diff, bad
}

func rgbaAt(m image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
}

func apart(a, b uint8) bool { return math.Abs(float64(a)-float64(b)) > 24 }

// failure saves the pictures for the eye.
func failure(name string, f *Figure, want image.Image, diff image.Image, why string) error {
	dir, err := os.MkdirTemp("", "viz-golden-")
	if err != nil {
		return err
	}
	text := name + ": " + why
	for _, p := range []struct {
		kind string
		img  image.Image
	}{{"got", f.Image()}, {"want", want}, {"diff", diff}} {
		if p.img == nil || p.img == image.Image((*image.RGBA)(nil)) {
			continue
		}
		path := filepath.Join(dir, name+"-"+p.kind+".png")
		var buf bytes.Buffer
		if err := png.Encode(&buf, p.img); err != nil {
			return err
		}
		if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
			return err
		}
		text += fmt.Sprintf("\n  %-4s %s", p.kind, path)
	}
	return fmt.Errorf("%s", text)
}

// TestGolden covers what the examples do not: large and small maps, long captions, NaN.
func TestGolden(t *testing.T) {
	long := longCaptions(4)
	for name, f := range map[string]*Figure{
		"heatmap_2": Heatmap(waves(2, 2), HeatmapOptions{RowImages: blots(2),
			ColLabels: captionsFor(2), Quantity: "cosine", Min: -1, Max: 1, Diagonal: true}),
		"heatmap_20": Heatmap(waves(20, 20), HeatmapOptions{RowImages: blots(20),
			ColLabels: captionsFor(20), Quantity: "cosine", RowTitle: "images", ColTitle: "texts"}),
		"heatmap_32": Heatmap(waves(32, 32), HeatmapOptions{RowImages: blots(32),
			ColLabels: captionsFor(32), Quantity: "cosine", Diagonal: true}),
		"heatmap_long": Heatmap(softmaxed(waves(4, 4), 3), HeatmapOptions{RowLabels: long,
			ColLabels: long, ColImages: blots(4), RowSums: true, ColSums: true}),
		"heatmap_nan": Heatmap(Table([]float64{1, math.NaN(), 3},
			[]float64{math.Inf(1), -2, math.Inf(-1)}),
			HeatmapOptions{RowLabels: []string{"日本 and 😀", "Zürich Ωμέγα Ж"}}),
		"confusion": Confusion(Table([]float64{9, 1, 0}, []float64{2, 7, 1}, []float64{0, 0, 10}),
			[]string{"hat", "cup", "boat"}),
		"bars_thumbnails": Bars(captionsFor(4), []float64{.1, .62, .25, .03}, BarsOptions{
			Images: blots(4), Correct: []int{2}}),
		"bars_negative": Bars(captionsFor(4), []float64{.3, -.12, .05, math.NaN()}),
		"bars_reference": Bars([]string{"image to text", "text to image", "mean"},
			[]float64{.82, .94, .88}, BarsOptions{Title: "Cross-entropy", Highlight: []int{2},
				References: []Reference{{X: math.Log(8), Label: "chance, ln 8 = 2.08"}}}),
		"curves_log": Curves([]Series{{Name: "falls", Y: []float64{100, 10, 0, 1, .1}},
			{Name: "rises", Y: []float64{.1, 1, 10, 100, 1000}}}, CurvesOptions{LogY: true,
			References: []Reference{{X: 3, Vertical: true, Label: "half way"}}}),
		"page": Column(
			Row(Curves([]Series{{Name: "loss", Y: []float64{2, 1.4, 1.1, 1}}}, CurvesOptions{
				Title: "Loss", XLabel: "step", Width: 300, Height: 220}),
				Bars([]string{"hat", "cup"}, []float64{.7, .3}, BarsOptions{Title: "Bars",
					Subtitle: "beside a curve", Width: 150})),
			TokenStrip([]string{"hat</w>"}, []int{3801}).WithTitle("Tokens"),
		).WithTitle("Figures on a page").WithNote("With small print below."),
	} {
		t.Run(name, func(t *testing.T) {
			if err := CompareGolden(name, f); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGoldenNotices: the comparison lets a hair of antialiasing pass, and no changed digit.
func TestGoldenNotices(t *testing.T) {
	bars := func(v float64) image.Image {
		return Bars([]string{"hat", "cup"}, []float64{v, .4}).Image()
	}
	if _, bad := difference(bars(.611), bars(.6149)); bad <= strayPixels {
		t.Errorf("a bar that is longer by half a percent changes %d pixels: not noticed", bad)
	}
	cell := func(v float64) image.Image {
		o := HeatmapOptions{Max: 1e6, Format: "%.0f"} // the colour stays the same
		return Heatmap(Table([]float64{v, 400000}), o).Image()
	}
	if _, bad := difference(cell(1), cell(7)); bad <= strayPixels {
		t.Errorf("1 for 7 changes %d pixels: not noticed", bad)
	}
	if _, bad := difference(bars(.61), bars(.61)); bad != 0 {
		t.Errorf("the same figure twice differs in %d pixels", bad)
	}
}

// TestTestdataSmall: the golden pictures stay below 3 MB.
func TestTestdataSmall(t *testing.T) {
	files, err := filepath.Glob("testdata/*.png")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 3<<20 {
		t.Errorf("testdata has %d bytes, more than 3 MB", total)
	}
}
