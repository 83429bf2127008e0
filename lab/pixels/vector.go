package pixels

import (
	"os"

	"cliplab/lab/pixels/simd"
)

// vector tells whether the kernels of package simd do the work. They give the bytes of the
// loops in resample.go. CLIPLAB_OPS=plain forces the loops, as it does in lab/ops.
var vector = simd.Available() && os.Getenv("CLIPLAB_OPS") != "plain"

// packed are weights in the form that simd.Rows4 takes: for each output the same even number of
// taps, filled up with zeros so that no input lies outside of the line.
type packed struct {
	starts []int32 // [outputs]
	taps   []int32 // [outputs, 2·pairs]
	pairs  int     // 0 when the line is too short
}

// pack brings weights for a line of the given length into that form.
func (w weights) pack(length int) packed {
	most := 0
	for _, taps := range w.taps {
		most = max(most, len(taps))
	}
	pairs := (most + 1) / 2
	if 2*pairs > length {
		return packed{}
	}
	p := packed{
		starts: make([]int32, len(w.start)),
		taps:   make([]int32, len(w.start)*2*pairs),
		pairs:  pairs,
	}
	for i, taps := range w.taps {
		start := min(w.start[i], length-2*pairs)
		p.starts[i] = int32(start)
		copy(p.taps[i*2*pairs+w.start[i]-start:], taps)
	}
	return p
}

// rows resamples n ≥ 4 rows along x, four at a time. The last four overlap those before when n
// is not a multiple of four.
func (p packed) rows(dst []byte, dstStride int, src []byte, srcStride, n int) {
	for y := 0; y < n; y += 4 {
		y := min(y, n-4)
		simd.Rows4(&dst[y*dstStride], dstStride, &src[y*srcStride], srcStride,
			&p.starts[0], &p.taps[0], p.pairs, len(p.starts))
	}
}
