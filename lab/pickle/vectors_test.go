package pickle

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/safetensors"
)

// TestVectors: what PyTorch saved is what is read, bit for bit.
// The files and what made them: lab/peers/make_pickle_vectors.py.
func TestVectors(t *testing.T) {
	for _, c := range []struct{ file, want, prefix string }{
		{"plain.pt", "plain.safetensors", ""},
		{"training.pt", "script.safetensors", "module."},
		{"script.pt", "script.safetensors", ""},
	} {
		f, err := Open(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		want, err := safetensors.ReadFile(filepath.Join("testdata", c.want))
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Names()) != len(want.Names()) {
			t.Errorf("%s holds %v, want %v", c.file, f.Names(), want.Names())
		}
		for _, name := range want.Names() {
			got, err := f.Tensor(c.prefix + name)
			if err != nil {
				t.Errorf("%s: %v", c.file, err)
				continue
			}
			right, err := want.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Shape, right.Shape) || !slices.Equal(got.Data, right.Data) {
				t.Errorf("%s: %s is %v %v, want %v %v", c.file, name, got.Shape, got.Data, right.Shape,
					right.Data)
			}
		}
	}
	_, err := Open("testdata/legacy.pt")
	if err == nil || !strings.Contains(err.Error(), "since version 1.6") {
		t.Errorf("legacy.pt: %v", err)
	}
}
