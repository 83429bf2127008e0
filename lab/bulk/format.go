package bulk

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// format is how a file says that it holds rows of float32. Its header has room for any number of
// rows, so that it is written anew in place while rows are appended.
type format interface {
	// header is the same length for any number of rows.
	header(s Settings, rows int) ([]byte, error)
}

func formatOf(path string) (format, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		return npy{}, nil
	case ".safetensors":
		return safe{}, nil
	}
	return nil, fmt.Errorf("bulk: %s: the name of the output says its format; want .npy or "+
		".safetensors", path)
}

// npy is NumPy's format, version 1.0: magic, length, a Python dict filled up with blanks.
type npy struct{}

const npyHeader = 128 // bytes, a multiple of 64 as NumPy wants; a dict takes 100 at most

func (npy) header(s Settings, rows int) ([]byte, error) {
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, s.Dim)
	h := make([]byte, 0, npyHeader)
	h = append(h, "\x93NUMPY\x01\x00"...)
	h = binary.LittleEndian.AppendUint16(h, npyHeader-10)
	h = append(h, dict...)
	h = append(h, strings.Repeat(" ", npyHeader-1-len(h))...)
	return append(h, '\n'), nil
}

// safe is safetensors: length, JSON filled up with blanks.
type safe struct{}

// tensorName is what the rows are called in a .safetensors file.
func (s Settings) tensorName() string {
	if s.Rows == TextRows {
		return "text_features"
	}
	return "image_features"
}

func (safe) header(s Settings, rows int) ([]byte, error) {
	const most = 1 << 53 // rows times bytes a row: sixteen digits
	text, err := safeJSON(s, rows)
	if err != nil {
		return nil, err
	}
	longest, err := safeJSON(s, most/(4*s.Dim))
	if err != nil {
		return nil, err
	}
	length := (len(longest) + 8 + 63) / 64 * 64
	h := binary.LittleEndian.AppendUint64(nil, uint64(length-8))
	h = append(h, text...)
	return append(h, strings.Repeat(" ", length-len(h))...), nil
}

func safeJSON(s Settings, rows int) ([]byte, error) {
	type tensor struct {
		DType   string `json:"dtype"`
		Shape   [2]int `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	return json.Marshal(map[string]any{
		"__metadata__": map[string]string{"format": "cliplab", "model": s.Model,
			"precision": s.Precision, "weights": s.Weights, "unit": fmt.Sprint(s.Unit)},
		s.tensorName(): tensor{"F32", [2]int{rows, s.Dim}, [2]int{0, 4 * rows * s.Dim}},
	})
}
