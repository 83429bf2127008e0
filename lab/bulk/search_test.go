package bulk

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
)

// matrix writes features as NumPy would and opens them.
func matrix(t testing.TB, rows, dim int, value func(i int) float32) *Features {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.npy")
	o, err := openOutput(path, Settings{Dim: dim}, false)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float32, dim)
	for i := range rows {
		for j := range row {
			row[j] = value(i*dim + j)
		}
		if err := o.write([]Item{{Name: fmt.Sprintf("r%d", i)}}, row); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.close(); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestSearch against all cosines in float64, sorted.
func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, size := range [][2]int{{1, 3}, {7, 1}, {4500, 17}} {
		f := matrix(t, size[0], size[1], func(i int) float32 {
			if i/size[1] == 2 {
				return 0
			}
			return float32(r.NormFloat64()) * float32(1+i%3)
		})
		query := make([]float32, f.Dim)
		for j := range query {
			query[j] = float32(r.NormFloat64())
		}
		var want []Hit
		for i := range f.Rows {
			var xy, xx, yy float64
			for j, v := range f.Row(i) {
				xy += float64(v) * float64(query[j])
				xx += float64(v) * float64(v)
				yy += float64(query[j]) * float64(query[j])
			}
			if xx > 0 {
				want = append(want, Hit{i, xy / math.Sqrt(xx*yy)})
			}
		}
		slices.SortStableFunc(want, func(a, b Hit) int {
			return int(math.Copysign(1, b.Cosine-a.Cosine))
		})
		for _, k := range []int{1, 5, 10_000} {
			got, err := f.Search(query, k)
			if err != nil || len(got) != min(k, len(want)) {
				t.Fatalf("%v: %d hits, %v", size, len(got), err)
			}
			for i, h := range got {
				if math.Abs(h.Cosine-want[i].Cosine) > 1e-6 { // sums of float32
					t.Fatalf("%v: hit %d is %v, want %v", size, i, h, want[i])
				}
			}
		}
	}
}

func TestSearchOfEqualRows(t *testing.T) {
	f := matrix(t, 3000, 2, func(int) float32 { return 1 })
	hits, err := f.Search([]float32{1, 1}, 3)
	if err != nil || len(hits) != 3 || hits[0].Row != 0 || hits[2].Row != 2 {
		t.Errorf("%v, %v", hits, err)
	}
	for _, bad := range [][]float32{{1}, {0, 0}, {1, float32(math.NaN())}, {float32(math.Inf(1)), 0}} {
		if _, err := f.Search(bad, 3); err == nil {
			t.Errorf("query %v was taken", bad)
		}
	}
	if _, err := f.Search([]float32{1, 1}, 0); err == nil {
		t.Error("no rows wanted")
	}
	items, err := f.Names([]int{2, 0, 2})
	if err != nil || items[0].Name != "r2" || items[1].Name != "r0" || items[2].Name != "r2" {
		t.Errorf("%v, %v", items, err)
	}
	if err := os.Truncate(f.Path+".names.tsv", 4); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Names([]int{2}); err == nil {
		t.Error("names of other features")
	}
	if err := os.Remove(f.Path + ".names.tsv"); err != nil {
		t.Fatal(err)
	}
	if items, err = f.Names([]int{2}); err != nil || items[0].Name != "row 2" {
		t.Errorf("%v, %v", items, err)
	}
}

func TestForeignFiles(t *testing.T) {
	npy := func(dict string, values int) []byte {
		h := fmt.Appendf(nil, "\x93NUMPY\x01\x00%c\x00%s\n", len(dict)+1, dict)
		return append(h, make([]byte, 4*values)...)
	}
	dict := func(descr, fortran, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, fortran,
			shape)
	}
	good := dict("<f4", "False", "2, 3")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"good.npy":      {npy(good, 6), ""},
		"odd.npy":       {npy(good+" ", 6), ""}, // values at an odd place
		"cut.npy":       {npy(good, 5), "cut off"},
		"f8.npy":        {npy(dict("<f8", "False", "2, 3"), 12), "np.save"},
		"turned.npy":    {npy(dict("<f4", "True", "2, 3"), 6), "np.save"},
		"flat.npy":      {npy(dict("<f4", "False", "6,"), 6), "rows and columns"},
		"none.npy":      {npy(dict("<f4", "False", "0, 3"), 0), "0×3"},
		"huge.npy":      {npy(dict("<f4", "False", "99999999999, 99999999"), 0), "does not fit"},
		"text.npy":      {[]byte("no matrix of features"), "it starts with"},
		"tiny.npy":      {[]byte("x"), "too short"},
		"x.pt":          {nil, ".npy or"},
		"x.safetensors": {[]byte("no matrix of features"), "safetensors"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, c.content, 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if c.want == "" {
			if err != nil || f.Rows != 2 || f.Dim != 3 || f.Row(1)[2] != 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n := strings.Count(fmt.Sprint(err), path); n != 1 {
			t.Errorf("%s: %v names the file %d times", name, err, n)
		}
	}
}

// TestHalfPrecision: features in other types of safetensors are converted.
func TestHalfPrecision(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.safetensors")
	x := tensor.From([]float32{1, 0, 0, 0.5, 0.25, 2}, 3, 2)
	err := safetensors.WriteFile(path, map[string]*tensor.Tensor{"x": x}, safetensors.F16, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	hits, err := f.Search([]float32{0, 3}, 2)
	if err != nil || hits[0] != (Hit{1, 1}) || hits[1].Row != 2 {
		t.Errorf("%v, %v", hits, err)
	}
}

func FuzzNPY(f *testing.F) {
	header, err := npy{}.header(Settings{Dim: 3}, 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(header, make([]byte, 24)...))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readNPY(bytes.NewReader(b), int64(len(b)))
		if err == nil && p.start+4*int64(p.rows)*int64(p.dim) > int64(len(b)) {
			t.Errorf("%+v of %d bytes", p, len(b))
		}
	})
}

func FuzzRows(f *testing.F) {
	f.Add([]byte("file\tcaption\na.png\tb\n\n\"x\n"))
	f.Add([]byte("\ufeff\t\t\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = eachRow(bytes.NewReader(b), func(columns []string, err error) bool {
			for _, c := range columns {
				if got := unfield(field(c)); got != c {
					t.Errorf("%q came back as %q", c, got)
				}
				if strings.ContainsAny(field(c), "\t\n") {
					t.Errorf("%q breaks its line", field(c))
				}
			}
			return columns[0] != ""
		})
	})
}

func BenchmarkSearch(b *testing.B) {
	const rows, dim = 100_000, 512
	f := matrix(b, rows, dim, func(i int) float32 { return float32(i%7) - 3 })
	f.Settings.Unit = true
	query := make([]float32, dim)
	query[3] = 1
	b.SetBytes(4 * rows * dim)
	for b.Loop() {
		if _, err := f.Search(query, 10); err != nil {
			b.Fatal(err)
		}
	}
}
