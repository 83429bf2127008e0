package pixels

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/tensor"
)

// uniform is a picture of one colour.
func uniform(c color.Color, w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	return m
}

// TestOracles are the closed forms (1 − mean)/std and −mean/std. Resizing does not move a
// uniform picture, because weights sum to 1; clear pixels count as white.
func TestOracles(t *testing.T) {
	white := [3]float32{1.930336, 2.074884, 2.145897}
	black := [3]float32{-1.792263, -1.752097, -1.480220}
	for _, c := range []struct {
		name string
		img  image.Image
		want [3]float32
	}{
		{"white", uniform(color.White, 300, 200), white},
		{"black", uniform(color.Black, 50, 90), black},
		{"clear", uniform(color.NRGBA{10, 20, 30, 0}, 64, 64), white},
		{"gray", image.NewGray(image.Rect(5, 5, 70, 80)), black},
	} {
		x := Preprocess(c.img, 32)
		if !slices.Equal(x.Shape, []int{3, 32, 32}) {
			t.Fatalf("shape %v", x.Shape)
		}
		for i, v := range x.Data {
			if want := c.want[i/(32*32)]; math.Abs(float64(v-want)) > 1e-6 {
				t.Fatalf("%s: value %d is %v, want %v", c.name, i, v, want)
			}
		}
	}
}

// TestPreprocessIsItsSteps compares the short cut with the four steps, exactly.
func TestPreprocessIsItsSteps(t *testing.T) {
	var imgs []image.Image
	for _, s := range [][2]int{{64, 64}, {640, 480}, {65, 200}, {7, 3}, {100, 33}, {1, 1}} {
		imgs = append(imgs, synthetic(s[0], s[1]))
	}
	batch := PreprocessBatch(imgs, 64)
	for i, img := range imgs {
		want := Normalize(ToTensor(CenterCrop(ResizeShort(img, 64), 64)))
		if got := Preprocess(img, 64); !slices.Equal(got.Data, want.Data) {
			t.Errorf("picture %v: Preprocess differs from its steps", img.Bounds())
		}
		if !slices.Equal(batch.Row(i).Data, want.Data) {
			t.Errorf("picture %v: PreprocessBatch differs from the steps", img.Bounds())
		}
	}
	if all := Normalize(batch); !slices.Equal(all.Shape, []int{6, 3, 64, 64}) {
		t.Errorf("Normalize of a batch has shape %v", all.Shape)
	}
}

// TestOpaque compares isOpaque with the standard library's.
func TestOpaque(t *testing.T) {
	for _, w := range []int{1, 2, 5, 8} {
		m := synthetic(w, 3)
		if !isOpaque(m) {
			t.Errorf("width %d: opaque picture is not opaque", w)
		}
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 254
			if isOpaque(m) {
				t.Errorf("width %d: alpha 254 at byte %d is overlooked", w, i)
			}
			m.Pix[i] = 255
		}
	}
}

func TestUnnormalize(t *testing.T) {
	img := synthetic(48, 48)
	back := Unnormalize(Preprocess(img, 48))
	if !slices.Equal(back.Pix, img.Pix) {
		t.Error("Unnormalize does not give the picture back")
	}
	odd := tensor.From([]float32{float32(math.NaN()), 1e9, -1e9}, 3, 1, 1)
	if got := Unnormalize(odd).RGBAAt(0, 0); got != (color.RGBA{0, 255, 0, 255}) {
		t.Errorf("NaN, huge, tiny give %v", got)
	}
	other := Options{Size: 48, Mean: [3]float32{0.5, 0.5, 0.5}, Std: [3]float32{0.5, 0.5, 0.5}}
	x := other.Preprocess(img)
	if slices.Min(x.Data) < -1 || slices.Max(x.Data) > 1 {
		t.Errorf("with mean and std ½ values leave −1..1: %v", x)
	}
	if !slices.Equal(other.Unnormalize(x).Pix, img.Pix) {
		t.Error("other statistics do not give the picture back")
	}
}

// TestCropRounding: margins of 1 and 3 halve to 0 and 2, banker's rounding; too small a
// picture is set on black.
func TestCropRounding(t *testing.T) {
	for _, c := range [][3]int{{10, 9, 0}, {11, 8, 2}, {12, 8, 2}, {13, 8, 2}, {8, 8, 0}, {5, 8, -1}} {
		if got := CropEven.margin(c[0], c[1]); got != c[2] {
			t.Errorf("margin(%d, %d) = %d, want %d", c[0], c[1], got, c[2])
		}
	}
	small := CenterCrop(uniform(color.White, 2, 1), 4)
	want := "0000 0110 0000 0000 "
	got := ""
	for y := range 4 {
		for x := range 4 {
			got += fmt.Sprint(small.RGBAAt(x, y).R / 255)
		}
		got += " "
	}
	if got != want {
		t.Errorf("2×1 white cropped to 4×4 is %s, want %s", got, want)
	}
}

// TestMisuse: empty pictures and wrong shapes panic with what was wrong, in a batch too.
func TestMisuse(t *testing.T) {
	empty := image.NewRGBA(image.Rect(0, 0, 0, 5))
	for name, f := range map[string]func(){
		"0×5":             func() { Preprocess(empty, 32) },
		"picture of 0×5":  func() { PreprocessBatch([]image.Image{synthetic(2, 2), empty}, 32) },
		"resize to 0×1":   func() { Resize(synthetic(2, 2), 0, 1) },
		"to 64×8388608":   func() { ResizeShort(image.NewRGBA(image.Rect(0, 0, 1, 1<<17)), 64) },
		"crop to -1×-1":   func() { CenterCrop(synthetic(2, 2), -1) },
		"short side of 0": func() { ResizeShort(synthetic(2, 2), 0) },
		"[2 2]":           func() { Normalize(tensor.New(2, 2)) },
		"[1 3 2 2]":       func() { Unnormalize(tensor.New(1, 3, 2, 2)) },
	} {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, name) {
					t.Errorf("panic %q does not say %q", p, name)
				}
			}()
			f()
		}()
	}
}

// TestThread: a picture like a thread would be gigantic as a whole; its middle square is small.
func TestThread(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 1, 1<<20))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	if x := Preprocess(img, 64); x.Data[0] < 1.93 || x.Len() != 3*64*64 {
		t.Errorf("white thread gives %v", x)
	}
}

func BenchmarkPreprocess640(b *testing.B) {
	img := synthetic(640, 480)
	for b.Loop() {
		Preprocess(img, 224)
	}
}

func BenchmarkPreprocessEmoji(b *testing.B) {
	img := synthetic(64, 64)
	for b.Loop() {
		Preprocess(img, 32)
	}
}

// BenchmarkJPEG640 goes from the bytes of a JPEG of 640×480 to [3, 224, 224]. JPEG=photo.jpg
// takes a file of one's own. Beside Pillow and NumPy: lab/peers/bench_input.py.
func BenchmarkJPEG640(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			wave := math.Sin(float64(x)/9)*math.Cos(float64(y)/13)*60 + 128
			img.SetRGBA(x, y, color.RGBA{byte(wave), byte(x / 40 * 16), 255 - byte(wave), 255})
		}
	}
	data := jpegBytes(b, img)
	if name := os.Getenv("JPEG"); name != "" {
		var err error
		if data, err = os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
	dst := make([]float32, 3*224*224)
	b.ReportAllocs()
	for b.Loop() {
		img, err := Decode(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		CLIP.PreprocessInto(dst, img)
	}
}
