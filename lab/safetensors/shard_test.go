package safetensors

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/tensor"
)

// shards writes two files, with tensors a and b, and c, and an index with the weight map.
func shards(t *testing.T, weights string) string {
	t.Helper()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "1.safetensors"), F32,
		map[string]*tensor.Tensor{"a": large(1), "b": tensor.New(2)})
	save(t, filepath.Join(dir, "2.safetensors"), F32, map[string]*tensor.Tensor{"c": large(3)})
	save(t, filepath.Join(dir, "3.safetensors"), F32, map[string]*tensor.Tensor{"b": tensor.New(2)})
	index := filepath.Join(dir, "model.safetensors.index.json")
	text := `{"metadata": {"total_size": 1}, "weight_map": ` + weights + "}\n"
	if err := os.WriteFile(index, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return index
}

func TestOpenSharded(t *testing.T) {
	index := shards(t, `{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}`)
	f, err := OpenSharded(index, Finite)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := f.Tensors()
	if err != nil || len(all) != 3 {
		t.Fatalf("%d tensors, %v", len(all), err)
	}
	if got, want := all["c"].Data[5000], large(3).Data[5000]; got != want {
		t.Errorf("c[5000] is %v, want %v", got, want)
	}
}

func TestShardErrors(t *testing.T) {
	for _, c := range []struct{ weights, want string }{
		{`{"a":"1.safetensors","b":"1.safetensors","c":"4.safetensors"}`,
			`tensor "c" in 4.safetensors, which is missing`},
		{`{"a":"1.safetensors","b":"1.safetensors","c":"1.safetensors"}`,
			`tensor "c" in 1.safetensors, which does not hold it`},
		{`{"a":"1.safetensors","c":"2.safetensors"}`, `1.safetensors holds tensor "b"`},
		{`{"a":"1.safetensors","b":"3.safetensors","c":"2.safetensors"}`,
			`1.safetensors holds tensor "b"`},
		{`{"a":"1.safetensors","b":"1.safetensors","c":"3.safetensors"}`, `tensor "b" is in`},
		{`{"a":"../1.safetensors"}`, `tensor "a" in "../1.safetensors", which is not beside`},
		{`{"a":"/etc/passwd"}`, `not beside the index`},
		{`{"a":"..\\1"}`, `not beside the index`},
		{`{"a":""}`, `not beside the index`},
		{`{"a":3}`, `tensor "a" in 3, no file`},
		{`{"a":"1.safetensors","a":"1.safetensors"}`, `"a" twice`},
		{`{}`, "empty"},
		{`[]`, "does not start with {"},
	} {
		_, err := OpenSharded(shards(t, c.weights))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.weights, err, c.want)
		}
	}
	_, err := OpenSharded(filepath.Join(t.TempDir(), "none.json"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing index: %v", err)
	}
}

// FuzzIndex: no index panics, and none leads out of its folder.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"weight_map":{"a":"1.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"a":"../x","b":"C:x"}}`))
	f.Add([]byte("{\"weight_map\":{},\"weight_map\":{}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		shards, err := parseIndex(text)
		if err != nil {
			return
		}
		for shard := range shards {
			if filepath.Base(shard) != shard || strings.Contains(shard, "..") && !filepath.IsLocal(shard) {
				t.Errorf("shard %q", shard)
			}
		}
		if !json.Valid(text) {
			t.Errorf("%q is no JSON", text)
		}
	})
}
