package bulk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cliplab/lab"
	"cliplab/lab/pixels"
	"cliplab/lab/progress"
	"cliplab/lab/safetensors"
)

func TestMain(m *testing.M) {
	progress.SetSink(silent{})
	os.Exit(m.Run())
}

type silent struct{}

func (silent) Update(progress.State) {}

var shipped = sync.OnceValue(func() *lab.Model {
	m, err := lab.Load(context.Background(), lab.Shipped)
	if err != nil {
		panic(err)
	}
	return m
})

// drawing is some picture of its own for each n.
func drawing(n int) image.Image {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	img := image.NewNRGBA(image.Rect(0, 0, 20+n%7*9, 30+n%5*8))
	from := color.NRGBA{uint8(r.UintN(256)), uint8(r.UintN(256)), uint8(r.UintN(256)), 255}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := from
			if (x/5+y/7+n)%3 == 0 {
				c.R, c.G = 255-c.R, c.B
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// pictureFolder writes n drawings, some in a folder, and files that are none.
func pictureFolder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, content []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		var b bytes.Buffer
		if err := png.Encode(&b, drawing(i)); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%03d.png", i)
		if i%4 == 3 {
			name = fmt.Sprintf("sub/%03d.PNG", i)
		}
		put(name, b.Bytes())
		if i == n/2 {
			put("bad/cut.png", b.Bytes()[:60])
		}
	}
	put("bad/empty.jpg", nil)
	put("bad/text.jpg", []byte("no picture"))
	put(".hidden.png", nil)
	put(".hidden/x.png", nil)
	put("notes.txt", []byte("no picture"))
	return dir
}

func encodeAll(t *testing.T, dir, out string, opt Options) Result {
	t.Helper()
	src, err := Pictures(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := EncodePictures(context.Background(), shipped(), src, out, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPictures: each row is what the model says of the picture that the names list.
func TestPictures(t *testing.T) {
	dir := pictureFolder(t, 10)
	for _, out := range []string{"f.npy", "f.safetensors"} {
		out = filepath.Join(t.TempDir(), out)
		var reported []string
		r := encodeAll(t, dir, out, Options{Batch: 4, Report: func(i Item, err error) {
			reported = append(reported, i.Name+": "+err.Error())
		}})
		if r.Rows != 10 || r.New != 10 || r.Skipped != 3 || len(reported) != 3 {
			t.Errorf("%+v, %q", r, reported)
		}
		skipped := string(read(t, out+".skipped.tsv"))
		for _, want := range []string{"bad/cut.png\tpixels: ", "bad/empty.jpg\tpixels: not a picture",
			"bad/text.jpg\tpixels: not a picture"} {
			if !strings.Contains(skipped, want) {
				t.Errorf("no %q in\n%s", want, skipped)
			}
		}
		names := strings.Fields(string(read(t, out+".names.tsv")))
		if len(names) != 10 || names[0] != "000.png" || names[9] != "sub/007.PNG" {
			t.Errorf("names %q", names)
		}
		f, err := Open(out)
		if err != nil {
			t.Fatal(err)
		}
		if f.Rows != 10 || f.Dim != shipped().Config.EmbedDim || !f.Settings.Unit {
			t.Errorf("%d×%d, %+v", f.Rows, f.Dim, f.Settings)
		}
		for i, name := range names {
			file, err := os.Open(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			img, err := pixels.Decode(file)
			file.Close()
			if err != nil {
				t.Fatal(err)
			}
			m := shipped()
			want := lab.Normalize(m.EncodeImage(m.Preprocess(img)))
			for j, v := range want.Data {
				if math.Abs(float64(v-f.Row(i)[j])) > 1e-5 { // float32 in another batch
					t.Fatalf("%s[%d] is %v, want %v", name, j, f.Row(i)[j], v)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestResume: wherever a run was killed, the next one makes the same files as one that was not.
func TestResume(t *testing.T) {
	dir := pictureFolder(t, 9)
	for _, name := range []string{"f.npy", "f.safetensors"} {
		whole := filepath.Join(t.TempDir(), name)
		encodeAll(t, dir, whole, Options{Batch: 3})
		data, names := read(t, whole), read(t, whole+".names.tsv")
		skipped, settings := read(t, whole+".skipped.tsv"), read(t, whole+".json")
		r := rand.New(rand.NewPCG(1, 2))
		for range 12 {
			cut := filepath.Join(t.TempDir(), name)
			// Killed while rows, names or header were written: any lengths, any old header.
			for path, content := range map[string][]byte{cut: data[:r.IntN(len(data)+1)],
				cut + ".names.tsv": names[:r.IntN(len(names)+1)], cut + ".json": settings,
				cut + ".skipped.tsv": skipped[:r.IntN(len(skipped))], cut + ".lock": nil} {
				content = bytes.Clone(content)
				if path == cut && len(content) > 100 {
					content[60]++
				}
				if err := os.WriteFile(path, content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			encodeAll(t, dir, cut, Options{Batch: 3})
			if !bytes.Equal(read(t, cut), data) || !bytes.Equal(read(t, cut+".names.tsv"), names) ||
				!bytes.Equal(read(t, cut+".skipped.tsv"), skipped) {
				t.Fatalf("%s: not as in one go:\n%s", name, read(t, cut+".names.tsv"))
			}
		}
	}
}

// TestAgain: a second run does nothing, a third appends what is new and drops what was mended.
func TestAgain(t *testing.T) {
	dir := pictureFolder(t, 5)
	out := filepath.Join(t.TempDir(), "f.npy")
	encodeAll(t, dir, out, Options{})
	before := read(t, out)
	if r := encodeAll(t, dir, out, Options{}); r.New != 0 || r.Rows != 5 ||
		!bytes.Equal(read(t, out), before) {
		t.Errorf("%+v", r)
	}
	good := read(t, filepath.Join(dir, "000.png"))
	if err := os.WriteFile(filepath.Join(dir, "bad", "text.jpg"), good, 0o666); err != nil {
		t.Fatal(err)
	}
	r := encodeAll(t, dir, out, Options{})
	names := string(read(t, out+".names.tsv"))
	if r.New != 1 || r.Rows != 6 || r.Skipped != 2 || !strings.HasSuffix(names, "\nbad/text.jpg\n") {
		t.Errorf("%+v, %s", r, names)
	}
	src, err := Pictures(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, err = EncodePictures(ctx, shipped(), src, out, Options{Raw: true})
	if err == nil || !strings.Contains(err.Error(), "made otherwise") {
		t.Errorf("other settings: %v", err)
	}
	r, err = EncodePictures(ctx, shipped(), src, out, Options{Raw: true, Overwrite: true})
	if err != nil || r.New != 6 {
		t.Errorf("%+v, %v", r, err)
	}
	other := &Source{t.TempDir(), "", PictureRows, src.each}
	_, err = EncodePictures(ctx, shipped(), other, out, Options{Raw: true})
	if err == nil || !strings.Contains(err.Error(), other.Place) {
		t.Errorf("other source: %v", err)
	}
	if err := os.Remove(out + ".json"); err != nil {
		t.Fatal(err)
	}
	_, err = EncodePictures(ctx, shipped(), src, out, Options{Raw: true})
	if err == nil || !strings.Contains(err.Error(), "not written by this") {
		t.Errorf("foreign file: %v", err)
	}
	_, err = EncodePictures(ctx, shipped(), src, out+".txt", Options{})
	if err == nil || !strings.Contains(err.Error(), ".safetensors") {
		t.Errorf("format: %v", err)
	}
}

// TestCancel: an interrupted run leaves a file that can be read, and goes on later.
func TestCancel(t *testing.T) {
	dir := pictureFolder(t, 12)
	out := filepath.Join(t.TempDir(), "f.safetensors")
	src, err := Pictures(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err = run(ctx, shipped(), src, out, Options{Batch: 2}, readPicture(shipped()),
		func(batch []*lab.Tensor) *lab.Tensor {
			if n++; n == 3 {
				cancel()
			}
			return shipped().EncodeImage(stack(batch))
		})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	f, err := safetensors.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	x, err := f.Tensor("image_features")
	if err != nil || x.Shape[0] != 6 || f.Metadata["model"] != lab.Shipped {
		t.Errorf("%v, %v, %v", x.Shape, f.Metadata, err)
	}
	if r := encodeAll(t, dir, out, Options{Batch: 2}); r.Rows != 12 || r.New != 6 {
		t.Errorf("%+v", r)
	}
}

// TestTexts: captions may repeat, and one that is too long is skipped.
func TestTexts(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "texts.txt")
	text := "\ufeffa red hat\n\na blue hat\r\n" + strings.Repeat("long ", 100) +
		"\na red hat\nwith \"quotes\"\n"
	if err := os.WriteFile(list, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	src, err := Texts(list)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "t.npy")
	for range 2 {
		r, err := EncodeTexts(context.Background(), shipped(), src, out, Options{Batch: 2})
		if err != nil || r.Rows != 4 || r.Skipped != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	names := "a red hat\na blue hat\na red hat\nwith \"quotes\"\n"
	if got := string(read(t, out+".names.tsv")); got != names {
		t.Errorf("names %q", got)
	}
	f, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !slices.Equal(f.Row(0), f.Row(2)) || slices.Equal(f.Row(0), f.Row(1)) {
		t.Error("rows do not fit captions")
	}
	pictures := &Source{Kind: PictureRows}
	if _, err := EncodeTexts(context.Background(), shipped(), pictures, out, Options{}); err == nil {
		t.Error("pictures were taken for texts")
	}
}

// TestTable: a list of pictures with captions, in the order of the list.
func TestTable(t *testing.T) {
	dir := pictureFolder(t, 4)
	list := filepath.Join(dir, "pairs.tsv")
	names := "001.png\ta thing\n000.png\tanother\n001.png\ta thing\n"
	text := "file\tcaption\n" + names + "none.png\tnowhere\n"
	if err := os.WriteFile(list, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "f.npy")
	r := encodeAll(t, list, out, Options{})
	if r.Rows != 3 || r.Skipped != 1 {
		t.Errorf("%+v", r)
	}
	if got := string(read(t, out+".names.tsv")); got != names {
		t.Errorf("names %q", got)
	}
	if got := string(read(t, out+".skipped.tsv")); !strings.HasPrefix(got, "none.png\tno such file") {
		t.Errorf("skipped %q", got)
	}
	texts, err := Texts(list)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := texts.Len(); n != 4 || err != nil {
		t.Errorf("%d captions, %v", n, err)
	}
}

func TestBadSources(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "a.png")
	if err := os.WriteFile(binary, []byte("\x89PNG\x00\x01"), 0o666); err != nil {
		t.Fatal(err)
	}
	latin := filepath.Join(dir, "latin.txt")
	if err := os.WriteFile(latin, []byte("one\ncaf\xe9\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Pictures(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there")
	}
	if _, err := Pictures(binary); err == nil || !strings.Contains(err.Error(),
		"is a picture; name the folder") {
		t.Errorf("a picture as list: %v", err)
	}
	if _, err := Texts(binary); err == nil || !strings.Contains(err.Error(), "a caption a line") {
		t.Errorf("a picture as captions: %v", err)
	}
	if _, err := Texts(dir); err == nil {
		t.Error("a folder as texts")
	}
	for path, want := range map[string]string{latin: "line 2 is not UTF-8",
		t.TempDir(): "has no pictures"} {
		src, err := Pictures(path)
		if err == nil {
			out := filepath.Join(dir, "o.npy")
			_, err = EncodePictures(context.Background(), shipped(), src, out, Options{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "o.npy")); err == nil {
		t.Error("an output of nothing")
	}
}

// TestTwoRuns: two runs do not write one file.
func TestTwoRuns(t *testing.T) {
	out := filepath.Join(t.TempDir(), "f.npy")
	s := Settings{Dim: 4}
	o, err := openOutput(out, s, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openOutput(out, s, true)
	if err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("got %v", err)
	}
	nan := []float32{0, 1, float32(math.NaN()), 0}
	err = o.write([]Item{{Name: "x"}}, nan)
	if err == nil || !strings.Contains(err.Error(), "dimension 2 of x") {
		t.Errorf("got %v", err)
	}
	if err := o.close(); err != nil {
		t.Error(err)
	}
}

// TestPipeline: order and number of what is on its way are kept, whatever each takes.
func TestPipeline(t *testing.T) {
	ctx := context.Background()
	var mu sync.Mutex
	on, most := 0, 0
	items := func(yield func(Item, error) bool) {
		for i := range 200 {
			mu.Lock()
			on++
			most = max(most, on)
			mu.Unlock()
			if !yield(Item{Name: fmt.Sprint(i)}, nil) {
				return
			}
		}
	}
	line := prepared(ctx, items, 10, func(i Item) (string, error) {
		if strings.HasSuffix(i.Name, "7") {
			panic("seven")
		}
		if strings.HasSuffix(i.Name, "8") {
			return "", io.ErrUnexpectedEOF
		}
		return i.Name, nil
	})
	var got []string
	bad := 0
	err := batches(ctx, line, 7, func(items []Item, ready []string) error {
		got = append(got, ready...)
		mu.Lock()
		on -= len(items)
		mu.Unlock()
		return nil
	}, func(i Item, err error) error {
		bad++
		mu.Lock()
		on--
		mu.Unlock()
		return nil
	})
	if err != nil || len(got) != 160 || bad != 40 || most > 10+7+4 {
		t.Errorf("%d, %d bad, at most %d on the way; %v", len(got), bad, most, err)
	}
	if !slices.IsSortedFunc(got, func(a, b string) int { return len(a) - len(b) }) || got[11] != "13" {
		t.Errorf("order %q", got)
	}
}
