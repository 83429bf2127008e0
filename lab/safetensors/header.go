package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// maxHeader is the longest header that is read, as in Hugging Face's reader.
const maxHeader = 100_000_000

// Info says what a file holds under one name.
type Info struct {
	Name       string
	DType      DType
	Shape      []int
	Begin, End int64 // its bytes, counted from behind the header
}

// Len is the number of values.
func (i Info) Len() int { return int(i.End-i.Begin) / i.DType.Size() }

// parseHeader reads the JSON of a header. It returns the tensors in the order of their bytes.
func parseHeader(header []byte) (infos []Info, metadata map[string]string, err error) {
	err = eachField("header", header, func(name string, value json.RawMessage) error {
		if name == "__metadata__" {
			if err := json.Unmarshal(value, &metadata); err != nil {
				return fmt.Errorf("safetensors: __metadata__ is not text to text: %w", err)
			}
			return nil
		}
		info, err := parseInfo(name, value)
		if err != nil {
			return fmt.Errorf("safetensors: tensor %.80q: %w", name, err)
		}
		infos = append(infos, info)
		return nil
	})
	slices.SortStableFunc(infos, func(a, b Info) int {
		if a.Begin != b.Begin {
			return cmp.Compare(a.Begin, b.Begin)
		}
		return cmp.Compare(a.End, b.End)
	})
	return infos, metadata, err
}

// eachField calls f for each field of an object of JSON, in order. Errors call it by what. A
// name that stands twice is one: readers disagree about which of them counts.
func eachField(what string, text []byte, f func(name string, value json.RawMessage) error) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("safetensors: %s is not UTF-8", what)
	}
	if len(text) == 0 || text[0] != '{' {
		return fmt.Errorf("safetensors: %s does not start with {: %.20q", what, text)
	}
	broken := func(err error) error {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("safetensors: %s is not JSON: %w", what, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return broken(err)
	}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return broken(err)
		}
		name := key.(string) // the decoder takes nothing else before a colon
		if seen[name] {
			return fmt.Errorf("safetensors: %s names %.80q twice", what, name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return broken(err)
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return broken(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("safetensors: %s goes on behind its last }", what)
	}
	return nil
}

// parseInfo reads what the header says of one tensor, and checks what can be checked without
// the others. Errors leave the name to the caller.
func parseInfo(name string, value json.RawMessage) (Info, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(value, &fields); err != nil {
		return Info{}, fmt.Errorf("want dtype, shape and data_offsets: %w", err)
	}
	info := Info{Name: name}
	var shape, offsets []int64
	for field, into := range map[string]any{
		"dtype": &info.DType, "shape": &shape, "data_offsets": &offsets,
	} {
		raw, ok := fields[field]
		if !ok || string(raw) == "null" {
			return Info{}, fmt.Errorf("%s is missing", field)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return Info{}, fmt.Errorf("%s %.40s: %w", field, raw, err)
		}
	}
	if len(fields) != 3 {
		return Info{}, fmt.Errorf("%d fields, want dtype, shape and data_offsets", len(fields))
	}
	if info.DType.Size() == 0 {
		return Info{}, fmt.Errorf("dtype %.20q is not supported", info.DType)
	}
	if len(offsets) != 2 {
		return Info{}, fmt.Errorf("%d data_offsets, want begin and end", len(offsets))
	}
	info.Begin, info.End = offsets[0], offsets[1]
	if info.Begin < 0 || info.End < info.Begin {
		return Info{}, fmt.Errorf("data_offsets %d to %d are no range", info.Begin, info.End)
	}
	size, err := byteSize(shape, info.DType)
	if err != nil {
		return Info{}, err
	}
	if size != info.End-info.Begin {
		return Info{}, fmt.Errorf("%s of shape %v takes %d bytes, data_offsets %d to %d hold %d",
			info.DType, shape, size, info.Begin, info.End, info.End-info.Begin)
	}
	info.Shape = make([]int, len(shape))
	for i, n := range shape {
		info.Shape[i] = int(n)
	}
	return info, nil
}

// byteSize is the number of bytes of a shape.
func byteSize(shape []int64, d DType) (int64, error) {
	const maxDims = 64 // far beyond any model
	if len(shape) > maxDims {
		return 0, fmt.Errorf("shape has %d dimensions, the limit is %d", len(shape), maxDims)
	}
	size, empty := int64(d.Size()), false
	for _, n := range shape {
		if n < 0 || n > math.MaxInt {
			return 0, fmt.Errorf("shape %v has a dimension of %d", shape, n)
		}
		if n == 0 {
			empty = true
			continue
		}
		if size > math.MaxInt/n {
			return 0, fmt.Errorf("shape %v takes more bytes than can be counted", shape)
		}
		size *= n
	}
	if empty {
		return 0, nil
	}
	return size, nil
}

// checkLayout checks that tensors, in the order of their bytes, fill the data: no overlap, no
// hole, nothing beyond the end and nothing behind the last.
func checkLayout(infos []Info, size int64) error {
	end, before := int64(0), "the header"
	for _, i := range infos {
		before = fmt.Sprintf("%.80q", before)
		switch {
		case i.End > size:
			return fmt.Errorf("safetensors: tensor %.80q ends at byte %d, the data at %d: "+
				"the file is cut off or lies", i.Name, i.End, size)
		case i.Begin < end:
			return fmt.Errorf("safetensors: tensor %.80q starts at byte %d, inside tensor %s, "+
				"which ends at %d", i.Name, i.Begin, before, end)
		case i.Begin > end:
			return fmt.Errorf("safetensors: bytes %d to %d before tensor %.80q belong to no tensor",
				end, i.Begin, i.Name)
		}
		end, before = i.End, i.Name
	}
	if end != size {
		return fmt.Errorf("safetensors: bytes %d to %d behind the last tensor belong to none",
			end, size)
	}
	return nil
}
