package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OpenSharded opens a checkpoint that lies in several files by its index, such as
// model.safetensors.index.json:
//
//	{"metadata": {"total_size": 1234},
//	 "weight_map": {"logit_scale": "model-00001-of-00002.safetensors", …}}
//
// Each file is mapped as by Open. The error names the tensor and the file: a shard that is
// missing or lies in another folder, a tensor that is not in the shard where the index has it,
// that is in two, or that the index does not know.
func OpenSharded(index string, opts ...Option) (*File, error) {
	shards, err := ReadIndex(index)
	if err != nil {
		return nil, err
	}
	f := &File{entries: map[string]entry{}}
	for _, opt := range opts {
		opt(&f.options)
	}
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		if err := f.openShard(index, shard, shards); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// openShard opens one file of those that the index names, and compares what is in it.
func (f *File) openShard(index, shard string, shards map[string][]string) error {
	path := filepath.Join(filepath.Dir(index), shard)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return fmt.Errorf("safetensors: %s has tensor %.80q in %s, which is missing", index,
			shards[shard][0], shard)
	}
	before := len(f.entries)
	if err := f.open(path); err != nil {
		return err
	}
	p := f.parts[len(f.parts)-1]
	for _, name := range shards[shard] {
		if f.entries[name].part != p {
			return fmt.Errorf("safetensors: %s has tensor %.80q in %s, which does not hold it", index,
				name, shard)
		}
	}
	if len(f.entries)-before == len(shards[shard]) {
		return nil
	}
	for _, name := range f.Names() {
		if f.entries[name].part == p && !has(shards[shard], name) {
			return fmt.Errorf("safetensors: %s holds tensor %.80q, which %s does not have there",
				path, name, index)
		}
	}
	return nil
}

// ReadIndex reads the index of a checkpoint in several files, of safetensors or of PyTorch. It
// gives the names of the tensors by file, sorted.
//
// The error names what does not lie beside the index: a file's name is a bare name.
func ReadIndex(path string) (map[string][]string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxHeader {
		err = fmt.Errorf("%s has %d bytes, the limit is %d", path, info.Size(), maxHeader)
	}
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	shards, err := parseIndex(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return shards, nil
}

func parseIndex(text []byte) (map[string][]string, error) {
	var weights json.RawMessage
	err := eachField("index", bytes.TrimSpace(text), func(name string, value json.RawMessage) error {
		if name == "weight_map" {
			weights = value
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if weights == nil {
		return nil, fmt.Errorf("safetensors: index has no weight_map")
	}
	shards := map[string][]string{}
	err = eachField("weight_map", weights, func(name string, value json.RawMessage) error {
		var shard string
		if err := json.Unmarshal(value, &shard); err != nil {
			return fmt.Errorf("safetensors: weight_map has tensor %.80q in %.40s, no file", name, value)
		}
		if !filepath.IsLocal(shard) || strings.ContainsAny(shard, `/\`) || shard == "." {
			return fmt.Errorf("safetensors: weight_map has tensor %.80q in %.80q, which is not beside "+
				"the index", name, shard)
		}
		shards[shard] = append(shards[shard], name)
		return nil
	})
	for _, names := range shards {
		slices.Sort(names)
	}
	if err == nil && len(shards) == 0 {
		err = fmt.Errorf("safetensors: weight_map is empty")
	}
	return shards, err
}

// has tells whether a name is among sorted names.
func has(names []string, name string) bool {
	_, ok := slices.BinarySearch(names, name)
	return ok
}
