package pixels

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"
)

// TestCheck: what cannot be meant is refused, with the value.
func TestCheck(t *testing.T) {
	if err := CLIP.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Options){
		"size -1":             func(o *Options) { o.Size = -1 },
		"short side 9000":     func(o *Options) { o.Short = 9000 },
		"channel 1 is 0":      func(o *Options) { o.Std[1] = 0 },
		"channel 2 is NaN":    func(o *Options) { o.Std[2] = float32(math.NaN()) },
		"mean of channel 0":   func(o *Options) { o.Mean[0] = float32(math.Inf(1)) },
		"unknown filter 6":    func(o *Options) { o.Filter = 6 },
		"unknown fit -1":      func(o *Options) { o.Fit = -1 },
		"unknown crop 2":      func(o *Options) { o.Crop = 2 },
		"unknown alpha 3":     func(o *Options) { o.Alpha = 3 },
		"unknown passes 2":    func(o *Options) { o.Passes = 2 },
		"start from pixels.C": func(o *Options) { *o = Options{Size: 224} },
	} {
		o := CLIP
		change(&o)
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestParseFilter(t *testing.T) {
	for name, want := range map[string]Filter{"bicubic": Bicubic, "3": Bicubic, "0": Nearest,
		"BILINEAR": Bilinear, "2": Bilinear, "1": Lanczos, "box": Box, "5": Hamming} {
		if got, err := ParseFilter(name); got != want || err != nil {
			t.Errorf("ParseFilter(%q) = %v, %v", name, got, err)
		}
	}
	if _, err := ParseFilter("random"); err == nil || !strings.Contains(err.Error(), `"random"`) {
		t.Errorf("error %v", err)
	}
}

// TestFit: a picture that is stretched keeps its sides.
func TestFit(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 60, 20))
	for x := 40; x < 60; x++ {
		for y := range 20 {
			img.Pix[y*img.Stride+x] = 255
		}
	}
	o := CLIP
	o.Size = 30
	cut := o.Picture(img)
	o.Fit = Stretch
	whole := o.Picture(img)
	if r := cut.RGBAAt(29, 15).R; r > 128 {
		t.Errorf("the bright right third is not cut off: %d", r)
	}
	if l, r := whole.RGBAAt(5, 15).R, whole.RGBAAt(29, 15).R; l != 0 || r != 255 {
		t.Errorf("stretched: left %d, right %d", l, r)
	}
}

// TestDefaultSize: a size of 0 is CLIP's, and room must fit.
func TestDefaultSize(t *testing.T) {
	o := Options{Mean: Mean, Std: Std}
	if x := o.Preprocess(synthetic(30, 20)); x.Shape[1] != 224 {
		t.Errorf("shape %v", x.Shape)
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "room for 5 values") {
			t.Errorf("panic %q", p)
		}
	}()
	o.PreprocessInto(make([]float32, 5), synthetic(3, 3))
}
