package sheet

import (
	"image"
	"image/color"
	"testing"
	"testing/fstest"
)

// Each cell is the square of its row and column, and no copy.
func TestCell(t *testing.T) {
	whole := image.NewNRGBA(image.Rect(0, 0, Columns*Side, 2*Side))
	for n := range 2 * Columns {
		for _, at := range []image.Point{{}, {X: Side - 1, Y: Side - 1}} {
			x, y := n%Columns*Side+at.X, n/Columns*Side+at.Y
			whole.SetNRGBA(x, y, color.NRGBA{uint8(n), uint8(at.X), uint8(at.Y), 255})
		}
	}
	for n := range 2 * Columns {
		cell := Cell(whole, n)
		for _, at := range []image.Point{{}, {X: Side - 1, Y: Side - 1}} {
			want := color.NRGBA{uint8(n), uint8(at.X), uint8(at.Y), 255}
			if got := cell.NRGBAAt(at.X, at.Y); got != want {
				t.Errorf("cell %d at %v is %v, want %v", n, at, got, want)
			}
		}
		cell.SetNRGBA(1, 1, color.NRGBA{A: 9})
		if got := whole.NRGBAAt(n%Columns*Side+1, n/Columns*Side+1).A; got != 9 {
			t.Errorf("cell %d is a copy", n)
		}
	}
}

func TestDecodePanics(t *testing.T) {
	defer func() {
		if p := recover(); p == nil {
			t.Error("a sheet that is none was decoded")
		}
	}()
	Decode(fstest.MapFS{"s.webp": {Data: []byte("RIFF")}}, "s.webp")
}

func TestTrim(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 9, 7))
	picture.SetNRGBA(2, 3, color.NRGBA{A: 255})
	picture.SetNRGBA(6, 5, color.NRGBA{A: 9})
	picture.SetNRGBA(8, 0, color.NRGBA{A: 8}) // nobody sees it
	cut := Trim(picture)
	if b := cut.Bounds(); b.Dx() != 5 || b.Dy() != 3 || cut.NRGBAAt(0, 0).A != 255 {
		t.Errorf("cut to %v, with %v first", b, cut.NRGBAAt(0, 0))
	}
}
