package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// values are the numbers of a tensor, row by row.
type values struct {
	shape []int
	data  []float32
}

// readStep reads the parameters, pixels and tokens of a model: a safetensors file of float32 that
// cliplab bench has just written.
func readStep(folder, model string) (map[string]values, error) {
	name := "step-" + strings.ReplaceAll(model, "/", "-") + ".safetensors"
	raw, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	if len(raw) < 8 || binary.LittleEndian.Uint64(raw) > uint64(len(raw)-8) {
		return nil, fmt.Errorf("%s is no safetensors file", name)
	}
	size := binary.LittleEndian.Uint64(raw)
	var header map[string]struct {
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
		DType   string `json:"dtype"`
	}
	if err := json.Unmarshal(raw[8:8+size], &header); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	raw = raw[8+size:]
	all := map[string]values{}
	for key, t := range header {
		if key == "__metadata__" {
			continue
		}
		lo, hi := t.Offsets[0], t.Offsets[1]
		if t.DType != "F32" || lo < 0 || hi < lo || hi > len(raw) {
			return nil, fmt.Errorf("%s: %s of %s at %d to %d", name, key, t.DType, lo, hi)
		}
		v := values{t.Shape, make([]float32, (hi-lo)/4)}
		for i := range v.data {
			v.data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[lo+4*i:]))
		}
		all[key] = v
	}
	return all, nil
}
