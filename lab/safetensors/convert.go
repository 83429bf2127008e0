package safetensors

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
)

// chunk is how many values are converted at a time, so that they stay in the nearest cache.
const chunk = 1 << 15

// few is up to how many bytes are looked at where the file is mapped: less than a call of the
// system takes.
const few = 64 << 10

// convert reads values of the tensor into dst, from the value from on. With finite, the first
// that is infinite or no number is an error. Many are split over goroutines.
func (e entry) convert(dst []float32, from int, finite bool) error {
	size := e.DType.Size()
	if p := e.part; p.file != nil && len(dst)*size <= few {
		at := p.start + e.Begin + int64(from)*int64(size)
		if raw := p.file.Bytes(at, len(dst)*size); raw != nil {
			if err := p.file.Do(func() { e.DType.decode(dst, raw) }); err != nil {
				return fmt.Errorf("safetensors: tensor %.80q: %w", e.Name, err)
			}
			if finite {
				return e.notFinite(dst, from)
			}
			return nil
		}
	}
	return inChunks(len(dst), func() func(lo, hi int) error {
		var raw []byte // of this goroutine
		return func(lo, hi int) error {
			to := dst[lo:hi]
			straight := e.DType == F32 && littleEndian()
			if straight {
				raw = bytesOf(to)
			} else {
				raw = grown(raw, (hi-lo)*size)
			}
			if err := e.read(raw, int64(from+lo)*int64(size)); err != nil {
				return err
			}
			if !straight {
				e.DType.decode(to, raw)
			}
			if finite {
				return e.notFinite(to, from+lo)
			}
			return nil
		}
	})
}

// check reads the tensor and keeps nothing.
func (e entry) check(finite bool) error {
	size := e.DType.Size()
	return inChunks(e.Len(), func() func(lo, hi int) error {
		var raw []byte
		return func(lo, hi int) error {
			raw = grown(raw, (hi-lo)*size)
			if err := e.read(raw, int64(lo)*int64(size)); err != nil {
				return err
			}
			if !finite || e.DType.AllFinite(raw) {
				return nil
			}
			values := make([]float32, hi-lo)
			e.DType.decode(values, raw)
			return e.notFinite(values, lo)
		}
	})
}

// notFinite is the error of the first value that is infinite or no number, if there is one.
func (e entry) notFinite(values []float32, from int) error {
	if allFinite(values) {
		return nil
	}
	for j, v := range values {
		if v-v != 0 {
			return fmt.Errorf("safetensors: tensor %.80q holds %v at %v",
				e.Name, v, place(from+j, e.Shape))
		}
	}
	return nil
}

// inChunks calls what work gives, one for each goroutine, for n values piece by piece. The error
// is that of the first piece that has one.
func inChunks(n int, work func() func(lo, hi int) error) error {
	chunks := (n + chunk - 1) / chunk
	workers := min(cores.Count(), chunks/4)
	if workers < 2 {
		each := work()
		for c := range chunks {
			if err := each(c*chunk, min(n, (c+1)*chunk)); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var failed atomic.Bool
	errs := make([]error, chunks) // chunks are begun in order: the first error is always found
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			each := work()
			for !failed.Load() {
				c := int(next.Add(1)) - 1
				if c >= chunks {
					return
				}
				if errs[c] = each(c*chunk, min(n, (c+1)*chunk)); errs[c] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// allFinite tells whether no value is infinite or no number: v·0 is 0 for all others.
func allFinite(values []float32) bool {
	var a, b, c, d float32
	for ; len(values) >= 4; values = values[4:] {
		a += values[0] * 0
		b += values[1] * 0
		c += values[2] * 0
		d += values[3] * 0
	}
	for _, v := range values {
		a += v * 0
	}
	return a+b+c+d == 0
}

// AllFinite tells whether no stored value is infinite or no number, at the speed of memory: of
// eight bytes at a time, exponents of all ones run over when one is added. Of F64 it says false:
// finite values may be too large for float32.
func (d DType) AllFinite(raw []byte) bool {
	var exponent, one uint64
	switch d {
	case F64:
		return false
	case F32:
		exponent, one = 0x7F80_0000_7F80_0000, 0x0080_0000_0080_0000
	case F16:
		exponent, one = 0x7C00_7C00_7C00_7C00, 0x0400_0400_0400_0400
	case BF16:
		exponent, one = 0x7F80_7F80_7F80_7F80, 0x0080_0080_0080_0080
	default:
		return true
	}
	top := exponent + one // the bits above the exponents
	var over uint64
	for ; len(raw) >= 32; raw = raw[32:] {
		over |= binary.LittleEndian.Uint64(raw)&exponent + one
		over |= binary.LittleEndian.Uint64(raw[8:])&exponent + one
		over |= binary.LittleEndian.Uint64(raw[16:])&exponent + one
		over |= binary.LittleEndian.Uint64(raw[24:])&exponent + one
	}
	var rest [32]byte
	for i := range 4 {
		copy(rest[:], raw)
		over |= binary.LittleEndian.Uint64(rest[8*i:])&exponent + one
	}
	return over&top == 0
}
