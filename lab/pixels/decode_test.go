package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// hugePNG is the header of a picture of w×h, without its pixels.
func hugePNG(w, h uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, w)
	chunk = binary.BigEndian.AppendUint32(chunk, h)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	out := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func jpegBytes(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// patched is a source with some bytes changed.
func patched(t *testing.T, name string, at int, b ...byte) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/sources/" + name)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[at:], b)
	return data
}

// TestBombs: headers that promise gigantic pictures are refused with their numbers, whatever the
// format, before memory is taken.
func TestBombs(t *testing.T) {
	photo := jpegBytes(t, synthetic(40, 30))
	frame := bytes.Index(photo, []byte("\xff\xc0"))
	copy(photo[frame+5:], "\xff\xff\xff\xff")
	tif := patched(t, "rgb.tif", 0)
	for _, tag := range []uint16{256, 257} { // width and height, as 32 bits
		entry := binary.LittleEndian.AppendUint16(nil, tag)
		at := bytes.Index(tif, entry)
		for int(binary.LittleEndian.Uint16(tif[at+2:])) > 4 { // not the entry yet
			at += 1 + bytes.Index(tif[at+1:], entry)
		}
		binary.LittleEndian.PutUint16(tif[at+2:], 4)
		binary.LittleEndian.PutUint32(tif[at+8:], 100_000)
	}
	big := binary.LittleEndian.AppendUint32(nil, 100_000)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"png":  {hugePNG(100_000, 100_000), "png of 100000×100000 is 10000 megapixels, the limit is 64"},
		"jpeg": {photo, "jpeg of 65535×65535 is 4295 megapixels"},
		"gif":  {patched(t, "palette.gif", 6, 0xFF, 0xFF, 0xFF, 0xFF), "gif of 65535×65535"},
		"bmp":  {patched(t, "rgb.bmp", 18, append(big, big...)...), "bmp of 100000×100000"},
		"tiff": {tif, "tiff of 100000×100000"},
		"webp": {patched(t, "lossy.webp", 26, 0xFF, 0x3F, 0xFF, 0x3F), "webp of 16383×16383"},
	} {
		_, err := Decode(bytes.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", name, err, c.want)
		}
	}
}

// TestBadPictures: each kind of bad input has its own clear error.
func TestBadPictures(t *testing.T) {
	whole, err := os.ReadFile("testdata/sources/rgb.png")
	if err != nil {
		t.Fatal(err)
	}
	photo := jpegBytes(t, synthetic(40, 30))
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"231 megapixels", hugePNG(15200, 15200), []string{"png of 15200×15200", "231 mega", "is 64"}},
		{"overflow", hugePNG(1<<31-1, 1<<31-1), []string{"png", "overflow"}},
		{"cut png", whole[:len(whole)/2], []string{"png of 45×31 is cut off"}},
		{"cut header", whole[:20], []string{"png is cut off"}},
		{"cut jpeg", photo[:len(photo)/2], []string{"jpeg of 40×30 is cut off"}},
		{"text", []byte("<html>no picture"), []string{`not a picture: first bytes "<html>no picture"`}},
		{"nothing", nil, []string{"not a picture: no bytes"}},
		{"damaged", append(whole[:60:60], make([]byte, 500)...), []string{"png of 45×31", "damaged"}},
	} {
		img, err := Decode(bytes.NewReader(c.data))
		if err == nil {
			t.Errorf("%s: read as %v", c.name, img.Bounds())
			continue
		}
		for _, want := range append(c.want, "pixels: ") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not say %q", c.name, err, want)
			}
		}
	}
	failing := io.MultiReader(bytes.NewReader(whole[:50]), errReader{})
	if _, err := Decode(failing); !errors.Is(err, errDisk) {
		t.Errorf("a reader's own error is lost: %v", err)
	}
}

var errDisk = errors.New("disk on fire")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errDisk }

// withEXIF inserts an EXIF block with an orientation behind a JPEG's first marker.
func withEXIF(photo []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	name := "II"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		name = "MM"
	}
	tiff := order.AppendUint16([]byte(name), 42)
	tiff = order.AppendUint32(tiff, 8)      // the directory follows
	tiff = order.AppendUint16(tiff, 2)      // of two entries
	tiff = order.AppendUint16(tiff, 0x010F) // one that does not matter
	tiff = order.AppendUint16(tiff, 2)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint32(tiff, 0)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0)
	block := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(8+len(tiff)))
	block = append(block, "Exif\x00\x00"...)
	return slices.Concat(photo[:2], block, tiff, photo[2:])
}

// TestOrientation turns a picture whose corners are red, green, blue, white as written below,
// clockwise from the top left. The EXIF standard says where row 0 and column 0 of the stored
// picture are seen.
func TestOrientation(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 32))
	for y := range 32 {
		for x := range 64 {
			c := color.RGBA{R: 255, A: 255}
			switch {
			case x >= 32 && y < 16:
				c = color.RGBA{G: 255, A: 255}
			case x >= 32:
				c = color.RGBA{B: 255, A: 255}
			case y >= 16:
				c = color.RGBA{R: 255, G: 255, B: 255, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	photo := jpegBytes(t, img)
	for orientation, want := range map[uint16]string{
		0: "rgbw", 1: "rgbw", 2: "grwb", 3: "bwrg", 4: "wbgr",
		5: "rwbg", 6: "wrgb", 7: "bgrw", 8: "gbwr", 9: "rgbw",
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			m, err := Decode(bytes.NewReader(withEXIF(photo, order, orientation)))
			if err != nil {
				t.Fatal(err)
			}
			if got := corners(m); got != want {
				t.Errorf("orientation %d (%v): corners %s, want %s", orientation, order, got, want)
			}
			stored, err := DecodeStored(bytes.NewReader(withEXIF(photo, order, orientation)))
			if err != nil || corners(stored) != "rgbw" {
				t.Errorf("orientation %d as stored: %v, %v", orientation, stored, err)
			}
			tall := orientation >= 5 && orientation <= 8
			if b := m.Bounds(); tall != (b.Dy() > b.Dx()) {
				t.Errorf("orientation %d: bounds %v", orientation, b)
			}
		}
	}
}

// corners names the colours of a picture's corners, clockwise from the top left.
func corners(m image.Image) string {
	right, bottom, s := m.Bounds().Dx()-4, m.Bounds().Dy()-4, ""
	for _, p := range []image.Point{{3, 3}, {right, 3}, {right, bottom}, {3, bottom}} {
		r, g, bl, _ := m.At(p.X, p.Y).RGBA()
		switch {
		case r > 0x8000 && bl > 0x8000:
			s += "w"
		case r > 0x8000:
			s += "r"
		case g > 0x8000:
			s += "g"
		default:
			s += "b"
		}
	}
	return s
}

// TestPartialGIF: a frame smaller than its canvas is laid on the canvas, which is clear.
func TestPartialGIF(t *testing.T) {
	frame := image.NewPaletted(image.Rect(2, 1, 4, 3), palette.Plan9)
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{
		Image: []*image.Paletted{frame}, Delay: []int{0},
		Config: image.Config{Width: 6, Height: 5, ColorModel: frame.ColorModel()},
	})
	if err != nil {
		t.Fatal(err)
	}
	img, err := Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	flat := flatten(img)
	if flat.Rect != image.Rect(0, 0, 6, 5) || flat.RGBAAt(0, 0).R != 255 || flat.RGBAAt(2, 1).R != 0 {
		t.Errorf("%v, corner %v, frame %v", flat.Rect, flat.RGBAAt(0, 0), flat.RGBAAt(2, 1))
	}
}

// FuzzDecode feeds any bytes; what can be decoded can be preprocessed.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"rgba.png", "palette.gif", "lossless.webp", "gray16.png",
		"lossy-alpha.webp", "rgb.bmp", "gray.bmp", "rgb.tif", "bilevel.png"} {
		data, err := os.ReadFile("testdata/sources/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(withEXIF(jpegBytes(f, synthetic(20, 12)), binary.LittleEndian, 6))
	f.Add(hugePNG(20000, 20000))
	var b bytes.Buffer
	if err := png.Encode(&b, synthetic(3, 1)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		// Larger pictures only make the fuzzer slow.
		c, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && c.Width*c.Height > 1<<16 {
			return
		}
		img, err := Decode(bytes.NewReader(data))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "pixels: ") {
				t.Fatal(err)
			}
			return
		}
		if b := img.Bounds(); max(b.Dx(), b.Dy()) < 64*min(b.Dx(), b.Dy()) {
			for alpha := OnWhite; alpha <= DropLast; alpha++ {
				o := CLIP
				o.Size, o.Alpha = 16, alpha
				o.Preprocess(img)
			}
		}
	})
}
