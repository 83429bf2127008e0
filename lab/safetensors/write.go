package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"cliplab/lab/tensor"
	"cliplab/lab/whole"
)

// Write writes tensors in alphabetical order, all stored as dtype (F64, F32, F16 or BF16,
// rounded to even), with the metadata. The same input gives the same bytes, those that
// Hugging Face's writer gives.
//
// Values are converted piece by piece, so that a model of any size takes no further memory. A
// finite value that dtype cannot hold is an error: no weight silently becomes infinite.
func Write(w io.Writer, tensors map[string]*tensor.Tensor, dtype DType,
	metadata map[string]string) error {
	if dtype.Size() == 0 || dtype.isInt() {
		return fmt.Errorf("safetensors: cannot write dtype %q", dtype)
	}
	names := slices.Sorted(maps.Keys(tensors))
	header, err := makeHeader(names, tensors, dtype, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	var raw []byte
	for _, name := range names {
		t := tensors[name]
		for lo := 0; lo < len(t.Data); lo += chunk {
			values := t.Data[lo:min(lo+chunk, len(t.Data))]
			raw = grown(raw, len(values)*dtype.Size())
			if i := dtype.encode(raw, values); i >= 0 {
				return fmt.Errorf("safetensors: tensor %.80q: %v at %v is too large for %s",
					name, values[i], place(lo+i, t.Shape), dtype)
			}
			if _, err := w.Write(raw); err != nil {
				return fmt.Errorf("safetensors: %w", err)
			}
		}
	}
	return nil
}

// makeHeader gives the length and the JSON, filled up with blanks so that values start at a
// multiple of 8 bytes.
func makeHeader(names []string, tensors map[string]*tensor.Tensor, dtype DType,
	metadata map[string]string) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 8)) // the length, set at the end
	separator := byte('{')
	entry := func(name string, value any) error {
		b.WriteByte(separator)
		separator = ','
		return errors.Join(putJSON(b, name), b.WriteByte(':'), putJSON(b, value))
	}
	if len(metadata) > 0 {
		if err := entry("__metadata__", metadata); err != nil {
			return nil, err
		}
	}
	end := 0
	for _, name := range names {
		t := tensors[name]
		if err := checkTensor(name, t); err != nil {
			return nil, err
		}
		begin := end
		end += len(t.Data) * dtype.Size()
		err := entry(name, struct {
			DType   DType  `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{dtype, append([]int{}, t.Shape...), [2]int{begin, end}})
		if err != nil {
			return nil, err
		}
	}
	if separator == '{' {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-8))
	return b.Bytes(), nil
}

// checkTensor says why a tensor cannot be written.
func checkTensor(name string, t *tensor.Tensor) error {
	if name == "__metadata__" || !utf8.ValidString(name) {
		return fmt.Errorf("safetensors: a tensor cannot be called %.80q", name)
	}
	if t == nil {
		return fmt.Errorf("safetensors: tensor %.80q is nil", name)
	}
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	if n != len(t.Data) {
		return fmt.Errorf("safetensors: tensor %.80q has %d values for shape %v",
			name, len(t.Data), t.Shape)
	}
	return nil
}

// putJSON appends a value without changing characters that only HTML minds.
func putJSON(b *bytes.Buffer, value any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("safetensors: header: %w", err)
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
	return nil
}

// WriteFile writes tensors to a file. An interrupted or failed write leaves what was there
// before: the file appears under its name when it is complete.
func WriteFile(path string, tensors map[string]*tensor.Tensor, dtype DType,
	metadata map[string]string) error {
	var inner error
	err := whole.Write(path, func(w io.Writer) error {
		inner = Write(w, tensors, dtype, metadata)
		return inner
	})
	if err != nil && inner == nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	return err
}
