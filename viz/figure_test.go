package viz

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestMIMEBundle: what a notebook gets is the picture, its sentence, and half its pixel width.
func TestMIMEBundle(t *testing.T) {
	f := Bars([]string{"hat", "cup"}, []float64{.6, .4}, BarsOptions{Title: "Bars"})
	bundle := f.MIMEBundle()
	img, err := png.Decode(bytes.NewReader(bundle["image/png"].([]byte)))
	if err != nil {
		t.Fatal(err)
	}
	w, h := f.Size()
	if b := img.Bounds(); b.Dx() != 2*w || b.Dy() != 2*h {
		t.Errorf("picture of %v for %d × %d CSS pixels", b.Max, w, h)
	}
	if got, want := bundle["text/plain"], "2 bars: hat 0.60, cup 0.40."; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	meta := f.MIMEMetadata()["image/png"].(map[string]any)
	if meta["width"] != w {
		t.Errorf("width %v, want %d", meta["width"], w)
	}
}

// TestSavePNG writes what PNG gives; a folder that is not there is an error that names it.
func TestSavePNG(t *testing.T) {
	f := Heatmap(waves(2, 2)).WithTitle("Map")
	path := filepath.Join(t.TempDir(), "map.png")
	if err := f.SavePNG(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, f.PNG()) {
		t.Errorf("%d bytes, %v; want the %d of PNG", len(got), err, len(f.PNG()))
	}
	err = f.SavePNG(filepath.Join(path, "no", "such.png"))
	if err == nil || !strings.Contains(err.Error(), `viz: save figure "Map"`) {
		t.Errorf("error %v", err)
	}
}

// TestWith: the With methods leave the figure as it was; setting a field draws anew.
func TestWith(t *testing.T) {
	f := Heatmap(waves(2, 2), HeatmapOptions{Title: "one"})
	before := f.PNG()
	g := f.WithTitle("two").WithSubtitle("sub").WithNote("note").WithAlt("alt")
	if f.Title != "one" || f.Alt == "alt" || f.Subtitle+f.Note != "" {
		t.Errorf("the original changed: %q %q", f.Title, f.Alt)
	}
	if g.Title != "two" || g.Subtitle != "sub" || g.Note != "note" || g.String() != "alt" {
		t.Errorf("copy: %q %q %q %q", g.Title, g.Subtitle, g.Note, g.Alt)
	}
	if bytes.Equal(before, g.PNG()) {
		t.Error("another title, the same picture")
	}
	f.Title = "two"
	if bytes.Equal(before, f.PNG()) {
		t.Error("the title was set, but the old picture was kept")
	}
	f.Title = "one"
	if !bytes.Equal(before, f.PNG()) {
		t.Error("the same figure gives different pictures")
	}
}

// TestConcurrent: figures may be drawn by several goroutines at once.
func TestConcurrent(t *testing.T) {
	f := Heatmap(waves(3, 3), HeatmapOptions{RowLabels: []string{"ä", "日", "c"}})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			f.PNG()
			Curves([]Series{{Y: []float64{1, 2}}}).PNG()
		})
	}
	wg.Wait()
}

// BenchmarkHeatmap12 is the lesson's map with thumbnails, drawn and encoded.
func BenchmarkHeatmap12(b *testing.B) {
	o := HeatmapOptions{Title: "Cosines", RowImages: blots(12), ColLabels: captionsFor(12)}
	for i := range o.RowImages {
		o.RowImages[i] = blot(i, 224, 224)
	}
	m := waves(12, 12)
	for b.Loop() {
		Heatmap(m, o).PNG()
	}
}
