package lab

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cliplab/lab/pickle"
	"cliplab/lab/safetensors"
)

// tensors is an opened file of weights, or several.
type tensors interface {
	Names() []string
	Shape(name string) []int // nil when there is none of that name
	// Check reads a tensor, all of whose values must be numbers, and keeps nothing.
	Check(name string) error
	// Range reads values from place from on, as float32.
	Range(dst []float32, name string, from int) error
	Close() error
}

// checkpoint is an opened file of weights with what it says of itself.
type checkpoint struct {
	tensors
	file     *safetensors.File // nil of PyTorch's
	metadata map[string]string
}

// mapMin is the size of the smallest file that is mapped. Smaller ones are read, in less time than
// a picture takes to encode: whoever overwrites one in place, as a training script might, does not
// pull the ground from under a model that is in use.
const mapMin = 32 << 20

// openCheckpoint opens a file of weights, or an index, by what it holds, not by its name.
func openCheckpoint(path string) (checkpoint, error) {
	head, err := headOf(path)
	if err != nil {
		return checkpoint{}, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK")) || bytes.HasPrefix(head, []byte("\x80\x02")):
		f, err := pickle.Open(path)
		return checkpoint{tensors: f}, err
	case strings.HasSuffix(path, ".bin.index.json"):
		f, err := openArchives(path)
		return checkpoint{tensors: f}, err
	}
	open := safetensors.Open
	switch info, err := os.Stat(path); {
	case strings.HasSuffix(path, ".index.json"):
		open = safetensors.OpenSharded
	case err == nil && info.Size() < mapMin:
		open = safetensors.ReadFile
	}
	f, err := open(path, safetensors.Finite)
	if err != nil {
		return checkpoint{}, err
	}
	return checkpoint{f, f, f.Metadata}, nil
}

func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 8)
	n, err := f.Read(head)
	if err != nil && n == 0 {
		return nil, fmt.Errorf("%s: it is empty, or cannot be read: %w", path, err)
	}
	return head[:n], nil
}

// archives are several files of PyTorch with an index; in holds the file of each tensor.
type archives struct {
	in    map[string]*pickle.File
	files []*pickle.File
}

func openArchives(index string) (*archives, error) {
	shards, err := safetensors.ReadIndex(index)
	if err != nil {
		return nil, err
	}
	all := &archives{in: map[string]*pickle.File{}}
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		a, err := pickle.Open(filepath.Join(filepath.Dir(index), shard))
		if err != nil {
			all.Close()
			return nil, fmt.Errorf("%s has tensor %s in %s: %w", index, shards[shard][0], shard, err)
		}
		all.files = append(all.files, a)
		for _, name := range shards[shard] {
			if a.Shape(name) == nil {
				all.Close()
				return nil, fmt.Errorf("%s has tensor %s in %s, which does not hold it", index, name, shard)
			}
			all.in[name] = a
		}
	}
	return all, nil
}

// Names lists the tensors.
func (a *archives) Names() []string { return slices.Sorted(maps.Keys(a.in)) }

// Shape is the shape of a tensor, nil when there is none.
func (a *archives) Shape(name string) []int {
	if f, ok := a.in[name]; ok {
		return f.Shape(name)
	}
	return nil
}

// Check reads a tensor and keeps nothing.
func (a *archives) Check(name string) error { return a.in[name].Check(name) }

// Range reads values of a tensor.
func (a *archives) Range(dst []float32, name string, from int) error {
	return a.in[name].Range(dst, name, from)
}

// Close closes the files.
func (a *archives) Close() error {
	var first error
	for _, f := range a.files {
		if err := f.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
