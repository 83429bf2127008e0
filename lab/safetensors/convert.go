package safetensors

import (
	"fmt"
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
)

// chunk is how many values are converted at a time, so that they stay in the nearest cache.
const chunk = 1 << 15

// convert reads the tensor's values into dst, which may be nil if they shall only be looked at.
// With finite, the first value that is infinite or no number is an error. Large tensors are
// split over goroutines.
func (e entry) convert(dst []float32, finite bool) error {
	n := e.Len()
	chunks := (n + chunk - 1) / chunk
	workers := min(cores.Count(), chunks/4)
	if workers < 2 {
		w := worker{entry: e, finite: finite}
		for c := range chunks {
			if err := w.chunk(dst, c*chunk, min(n, (c+1)*chunk)); err != nil {
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
			w := worker{entry: e, finite: finite}
			for !failed.Load() {
				c := int(next.Add(1)) - 1
				if c >= chunks {
					return
				}
				if errs[c] = w.chunk(dst, c*chunk, min(n, (c+1)*chunk)); errs[c] != nil {
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

// worker converts chunks of one tensor.
type worker struct {
	entry
	finite bool
	raw    []byte
	values []float32
}

// chunk converts the values from lo to hi.
func (w *worker) chunk(dst []float32, lo, hi int) error {
	var to []float32
	if dst != nil {
		to = dst[lo:hi]
	} else {
		w.values = grown(w.values, hi-lo)
		to = w.values
	}
	size := w.DType.Size()
	raw := bytesOf(to)
	straight := w.DType == F32 && littleEndian()
	if !straight {
		w.raw = grown(w.raw, (hi-lo)*size)
		raw = w.raw
	}
	if err := w.read(raw, int64(lo)*int64(size)); err != nil {
		return err
	}
	if !straight {
		w.DType.decode(to, raw)
	}
	if w.finite && !allFinite(to) {
		for j, v := range to {
			if v-v != 0 {
				return fmt.Errorf("safetensors: tensor %.80q holds %v at %v",
					w.Name, v, place(lo+j, w.Shape))
			}
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
