package pixels

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vectors are what Pillow makes of the sources; see testdata/make_vectors.py.
type vectors struct {
	Files map[string]struct {
		Flat    string
		Resized map[string]string // "16x9" → SHA-256 of the RGB bytes
	}
	Synthetic map[string]map[string]json.RawMessage // "640x480" → "flat" or a size
	CMYK      string
	Orders    map[string]string // "rgba.png 3 hf" → SHA-256
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	var v vectors
	data, err := os.ReadFile("testdata/vectors.json")
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// rgbBytes are the rows of a picture as R, G, B.
func rgbBytes(img *image.RGBA) []byte {
	var out []byte
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			out = append(out, img.Pix[y*img.Stride+4*x:][:3]...)
		}
	}
	return out
}

func digest(img *image.RGBA) string {
	sum := sha256.Sum256(rgbBytes(img))
	return hex.EncodeToString(sum[:])
}

func open(t *testing.T, name string) image.Image {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata/sources", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestPillowFiles compares every kind of source, flat and resized, with Pillow byte for byte.
func TestPillowFiles(t *testing.T) {
	files := readVectors(t).Files
	if len(files) != 19 {
		t.Fatalf("vectors of %d files, want 19", len(files))
	}
	for name, want := range files {
		img := open(t, name)
		if got := digest(flatten(img)); got != want.Flat {
			t.Errorf("%s (%T): flat bytes differ from Pillow's", name, img)
			continue
		}
		for size, sum := range want.Resized {
			var w, h int
			fmt.Sscanf(size, "%dx%d", &w, &h)
			if got := digest(Resize(img, w, h)); got != sum {
				t.Errorf("%s to %s: bytes differ from Pillow's", name, size)
			}
		}
	}
}

// TestPillowBytes compares the smallest results in the open, so that a failure can be read.
func TestPillowBytes(t *testing.T) {
	data, err := os.ReadFile("testdata/tiny.json")
	if err != nil {
		t.Fatal(err)
	}
	var tiny map[string][]int
	if err := json.Unmarshal(data, &tiny); err != nil {
		t.Fatal(err)
	}
	for key, want := range tiny {
		name, size, _ := strings.Cut(key, " ")
		var w, h int
		fmt.Sscanf(size, "%dx%d", &w, &h)
		var got []int
		for _, b := range rgbBytes(Resize(open(t, name), w, h)) {
			got = append(got, int(b))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %v\nwant %v", key, got, want)
		}
	}
}

// synthetic is the picture that make_vectors.py computes by the same name.
func synthetic(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range uint32(h) {
		for x := range uint32(w) {
			noise := (x*2654435761 + y*2246822519) ^ x*y*3266489917
			noise ^= noise >> 15
			green := byte((x + y*2) & 127)
			if (x/7+y/5)%2 == 0 {
				green = 255
			}
			p := m.Pix[m.PixOffset(int(x), int(y)):]
			p[0], p[1], p[2], p[3] = byte(x*3+y), green, byte(noise), 255
		}
	}
	return m
}

// TestPillowSteps compares ResizeShort and CenterCrop with Pillow and torchvision's sizes, for
// pictures of 3×2 to 4000×3000.
func TestPillowSteps(t *testing.T) {
	for name, steps := range readVectors(t).Synthetic {
		var w, h int
		fmt.Sscanf(name, "%dx%d", &w, &h)
		img := synthetic(w, h)
		for step, raw := range steps {
			if step == "flat" {
				if want := strings.Trim(string(raw), `"`); digest(img) != want {
					t.Errorf("%s: this test makes another picture than make_vectors.py", name)
				}
				continue
			}
			var want struct {
				Short, Crop   string
				Width, Height int
			}
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			var size int
			fmt.Sscan(step, &size)
			short := ResizeShort(img, size)
			if short.Rect.Dx() != want.Width || short.Rect.Dy() != want.Height {
				t.Errorf("%s to %d: %v, want %d×%d", name, size, short.Rect, want.Width, want.Height)
			}
			if digest(short) != want.Short {
				t.Errorf("%s to %d: resized bytes differ from Pillow's", name, size)
			}
			if digest(CenterCrop(short, size)) != want.Crop {
				t.Errorf("%s to %d: cropped bytes differ from Pillow's", name, size)
			}
		}
	}
}

// TestCMYK compares all inks with all blacks.
func TestCMYK(t *testing.T) {
	img := image.NewCMYK(image.Rect(0, 0, 256, 256))
	for y := range 256 {
		for x := range 256 {
			p := img.Pix[img.PixOffset(x, y):]
			p[0], p[1], p[2], p[3] = byte(y), byte(255-y), byte(y^x), byte(x)
		}
	}
	if digest(flatten(img)) != readVectors(t).CMYK {
		t.Error("bytes differ from Pillow's")
	}
}

// TestOrders compares the orders of work of Hugging Face and of openai/CLIP, with each filter.
func TestOrders(t *testing.T) {
	orders := readVectors(t).Orders
	if len(orders) != 8*6*2 {
		t.Fatalf("%d vectors, want 96", len(orders))
	}
	for key, want := range orders {
		var name, filter, order string
		fmt.Sscan(key, &name, &filter, &order)
		o := Options{Size: 16, Short: 17, Mean: Mean, Std: Std, Alpha: DropLast}
		if order == "hf" {
			o.Alpha, o.Crop = DropFirst, CropFloor
		}
		var err error
		if o.Filter, err = ParseFilter(filter); err != nil {
			t.Fatal(err)
		}
		if got := digest(o.Picture(open(t, name))); got != want {
			t.Errorf("%s (%v): bytes differ from Pillow's", key, o.Filter)
		}
	}
}
