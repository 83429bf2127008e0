package display_test

import (
	"bytes"
	"image/png"
	"testing"

	"cliplab/kernel/display"

	"gonum.org/v1/plot"
)

// TestPlot uses gonum/plot itself: a change of its method set must show here.
func TestPlot(t *testing.T) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "Loss", "step", "nats"
	data, metadata := display.Bundle(p)
	img, err := png.Decode(bytes.NewReader(data[display.MimePNG].([]byte)))
	if err != nil {
		t.Fatal(err)
	}
	if w := img.Bounds().Dx(); w != 960 {
		t.Errorf("picture is %d pixels wide", w)
	}
	if got := metadata[display.MimePNG].(map[string]any)["width"]; got != 480 {
		t.Errorf("width is %v", got)
	}
	if got := data[display.MimeText]; got != "plot: Loss (nats over step)" {
		t.Errorf("text is %q", got)
	}
	if data, _ := display.Bundle((*plot.Plot)(nil)); data[display.MimePNG] != nil {
		t.Error("a nil plot has a picture")
	}
}
