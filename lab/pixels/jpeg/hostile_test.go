package jpeg

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".jpg")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCut: a file cut anywhere is an error that says so, except behind the last scan of a
// baseline file, where nothing lacks but the end marker.
func TestCut(t *testing.T) {
	for _, name := range []string{"420-q50", "420-progressive", "444-restart", "gray"} {
		data := read(t, name)
		for n := 2; n < len(data)-2; n++ {
			_, err := Decode(data[:n])
			if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "cut off") {
				t.Fatalf("%s cut to %d of %d bytes: %v", name, n, len(data), err)
			}
		}
		_, err := Decode(data[:len(data)-2])
		if wantError := name == "420-progressive"; (err != nil) != wantError {
			t.Errorf("%s without its end marker: %v", name, err)
		}
	}
}

// TestBroken: each kind of nonsense has its own message.
func TestBroken(t *testing.T) {
	data := read(t, "420-q50")
	frame := bytes.Index(data, []byte("\xff\xc0"))
	scan := bytes.Index(data, []byte("\xff\xda"))
	codes := bytes.Index(data, []byte("\xff\xc4"))
	with := func(at int, b ...byte) []byte {
		return slices.Replace(slices.Clone(data), at, at+len(b), b...)
	}
	whole := data[scan : len(data)-2]
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"many scans", append(data[:scan:scan], bytes.Repeat(whole, 501)...), "more than 500 scans"},
		{"no picture", []byte("GIF89a"), "FF D8"},
		{"nothing", nil, "FF D8"},
		{"arithmetic", with(frame+1, 0xC9), "arithmetic coding (FF C9)"},
		{"12 bits", with(frame+4, 12), "12 bits a sample"},
		{"empty", with(frame+5, 0, 0), "37×0 pixels is empty"},
		{"components", with(frame+9, 2), "2 components"},
		{"sampling", with(frame+11, 0x32, 0, 2, 0x22), "sampling of 2×2 beside 3×2"},
		{"huge sampling", with(frame+11, 0x52), "sampling 5×2 (want 1 to 4)"},
		{"two frames", slices.Concat(data[:scan], data[frame:]), "two frames"},
		{"unknown component", with(scan+5, 77), "names component 77"},
		{"twice", with(scan+7, data[scan+5]), "twice"},
		{"codes", with(codes+5, 255, 255, 255), "table 0 of class 0"},
		{"no scan", slices.Concat(data[:scan], []byte{0xFF, 0xD9}), "no scan"},
		{"end within", slices.Concat(data[:scan+40], []byte{0xFF, 0xD9, 0, 0}), "damaged"},
	} {
		if _, err := Decode(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, err, c.want)
		}
	}
}

// FuzzDecode feeds any bytes: no panic, and pictures of the size that Size gives.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"420-q50", "420-progressive", "444-restart", "ycck", "440", "rgb",
		"gray-progressive", "420-restart-progressive"} {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, err := Size(data)
		if err != nil || w*h > 1<<16 {
			return // larger pictures only make the fuzzer slow
		}
		img, err := Decode(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "jpeg: ") {
				t.Fatal(err)
			}
			return
		}
		if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
			t.Fatalf("picture of %v, Size says %d×%d", b, w, h)
		}
		img.At(w-1, h-1)
	})
}
