package unigram

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// field is one field of a message in protocol buffers' wire format: a number, or bytes.
type field struct {
	number int
	value  uint64 // of a varint, or the bits of a fixed number
	data   []byte // of bytes, strings and messages within
}

// asFloat is the value of a float.
func (f field) asFloat() float32 { return math.Float32frombits(uint32(f.value)) }

var errCut = errors.New("the message is cut off")

// eachField calls do for each field of a message.
func eachField(message []byte, do func(field) error) error {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag>>3 > math.MaxInt32 {
			return errCut
		}
		message = message[n:]
		f := field{number: int(tag >> 3)}
		size := 0
		switch kind := tag & 7; kind {
		case 0:
			if f.value, n = binary.Uvarint(message); n <= 0 {
				return errCut
			}
			message = message[n:]
		case 1:
			size = 8
		case 2:
			length, n := binary.Uvarint(message)
			if n <= 0 || length > uint64(len(message)-n) {
				return errCut
			}
			f.data = message[n : n+int(length)]
			message = message[n+int(length):]
		case 5:
			size = 4
		default:
			return fmt.Errorf("field %d has wire type %d", f.number, kind)
		}
		if size > len(message) {
			return errCut
		}
		for i := range size {
			f.value |= uint64(message[i]) << (8 * i)
		}
		message = message[size:]
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}
