package jpeg

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wantFiles is how many pictures testdata/make_vectors.py makes.
const wantFiles = 23

// TestPillow compares every file with what Pillow makes of it, byte for byte. There is no
// tolerance: the transform, the upsampling and the colours are whole numbers on both sides.
func TestPillow(t *testing.T) {
	names, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(names) != wantFiles {
		t.Fatalf("%d files, want %d (%v)", len(names), wantFiles, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := readPNG(t, strings.TrimSuffix(name, ".jpg")+".png")
		if got.Bounds() != want.Bounds() {
			t.Errorf("%s: %v, want %v", name, got.Bounds(), want.Bounds())
			continue
		}
		if most, mean := difference(asRGBA(got), want); most != 0 {
			t.Errorf("%s: differs from Pillow by up to %d, on average %.3f", name, most, mean)
		}
	}
}

func readPNG(t *testing.T, name string) *image.RGBA {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	dst := image.NewRGBA(img.Bounds())
	draw.Draw(dst, dst.Rect, img, image.Point{}, draw.Src)
	return dst
}

// asRGBA is the picture as RGB; inks by Pillow's rounding.
func asRGBA(img image.Image) *image.RGBA {
	dst := image.NewRGBA(img.Bounds())
	if m, ok := img.(*image.CMYK); ok {
		for i := 0; i < len(m.Pix); i += 4 {
			light := 255 - m.Pix[i+3]
			for c := range 3 {
				x := uint32(m.Pix[i+c])*uint32(light) + 128
				dst.Pix[i+c] = byte(max(int(light)-int((x+x>>8)>>8), 0))
			}
			dst.Pix[i+3] = 255
		}
		return dst
	}
	draw.Draw(dst, dst.Rect, img, image.Point{}, draw.Src)
	return dst
}

// difference of two pictures: the largest and the mean.
func difference(a, b *image.RGBA) (most int, mean float64) {
	sum := 0
	for i, v := range a.Pix {
		d := int(v) - int(b.Pix[i])
		if d < 0 {
			d = -d
		}
		most = max(most, d)
		sum += d
	}
	return most, float64(sum) / float64(len(a.Pix)) * 4 / 3
}
