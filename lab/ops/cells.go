package ops

import (
	"sync"

	"cliplab/lab/cores"
)

// Legend of cells.go, batchnorm.go and pooling.go, a ResNet's ops: cells [B, S, S, C] lie with the
// channels innermost, S side, so that a 1×1 convolution is Linear over rows of cells.

// Cells brings the channels of pictures innermost.
//
//	dst [B, cells, C]
//	x   [B, C, cells]
func Cells(dst, x []float32, b, channels, cells int) {
	need("Cells", "dst", dst, b, cells, channels)
	need("Cells", "x", x, b, channels, cells)
	for n := range b {
		for c := range channels {
			to := dst[n*cells*channels+c:]
			for i, v := range x[(n*channels+c)*cells:][:cells] {
				to[i*channels] = v
			}
		}
	}
}

// columnWork is Columns cut into tasks. It is no closure, since inference takes no memory.
type columnWork struct {
	dst, x                          []float32
	lo, hi, s, channels, stride, by int
}

var columnWorks = sync.Pool{New: func() any { return new(columnWork) }}

// Columns lays out, for each cell of the lines lo … hi−1 of the result, the 3×3 cells around it;
// what is outside is zero. A 3×3 convolution with a border of zeros is Linear of that. Lines of
// all pictures are counted through.
//
//	dst [hi−lo, S/stride, 9·C]  ky, kx, channel
//	x   [B, S, S, C]
func Columns(dst, x []float32, lo, hi, s, channels, stride int) {
	whole("Columns", "side", s, stride)
	need("Columns", "dst", dst, hi-lo, s/stride, 9*channels)
	w := columnWorks.Get().(*columnWork)
	*w = columnWork{dst, x, lo, hi, s, channels, stride, rowsOfTask(s / stride * 9 * channels)}
	share(ceil(hi-lo, w.by), cores.Count(), w)
	*w = columnWork{}
	columnWorks.Put(w)
}

func (w *columnWork) run(i int, _ *scratch) {
	out := w.s / w.stride
	for line := w.lo + i*w.by; line < min(w.hi, w.lo+(i+1)*w.by); line++ {
		at := (line - w.lo) * out * 9 * w.channels
		columnLine(w.dst[at:at+out*9*w.channels], w.x, line/out*w.s, line%out*w.stride, w.s,
			w.channels, w.stride)
	}
}

// columnLine lays out the columns of one line; first is the first line of the picture.
func columnLine(dst, x []float32, first, y, s, channels, stride int) {
	for i := range s / stride {
		left := i*stride - 1 // the three cells of a line lie side by side
		from, to := max(left, 0), min(left+3, s)
		for dy := -1; dy <= 1; dy++ {
			part := dst[(9*i+3*(dy+1))*channels:][:3*channels]
			if y+dy < 0 || y+dy >= s {
				clear(part)
				continue
			}
			clear(part[:(from-left)*channels])
			row := (first + y + dy) * s
			n := copy(part[(from-left)*channels:], x[(row+from)*channels:(row+to)*channels])
			clear(part[(from-left)*channels+n:])
		}
	}
}

// AverageFour is the mean of each 2×2 cells.
//
//	dst [B, S/2, S/2, C]
//	x   [B, S, S, C]
func AverageFour(dst, x []float32, b, s, channels int) {
	whole("AverageFour", "side", s, 2)
	half := s / 2
	need("AverageFour", "dst", dst, b, half, half, channels)
	need("AverageFour", "x", x, b, s, s, channels)
	for line := range b * half {
		top := x[2*line*s*channels:][:s*channels]
		bottom := x[(2*line+1)*s*channels:][:s*channels]
		for i := range half {
			to := dst[(line*half+i)*channels:][:channels]
			a, b := top[2*i*channels:][:2*channels], bottom[2*i*channels:][:2*channels]
			for c := range to {
				to[c] = (a[c] + a[channels+c] + b[c] + b[channels+c]) / 4
			}
		}
	}
}

// AverageFourGrad gives each of four cells a quarter of the gradient of their mean.
//
//	dx [B, S, S, C]
//	dy [B, S/2, S/2, C]
func AverageFourGrad(dx, dy []float32, b, s, channels int) {
	whole("AverageFourGrad", "side", s, 2)
	half, line := s/2, s*channels
	need("AverageFourGrad", "dx", dx, b, s, s, channels)
	need("AverageFourGrad", "dy", dy, b, half, half, channels)
	rowSpans(b*half, 2*line, func(lo, hi int) {
		for y := lo; y < hi; y++ {
			top := dx[2*y*line:][:line]
			for i := range half {
				from, to := dy[(y*half+i)*channels:][:channels], top[2*i*channels:][:2*channels]
				for c, v := range from {
					to[c], to[channels+c] = v/4, v/4
				}
			}
			copy(dx[(2*y+1)*line:][:line], top)
		}
	})
}

// MeanFirst puts the mean of the cells before them and adds the positions.
//
//	dst       [B, 1+cells, C]
//	x         [B, cells, C]
//	positions [1+cells, C]
func MeanFirst(dst, x, positions []float32, b, cells, width int) {
	need("MeanFirst", "dst", dst, b, 1+cells, width)
	need("MeanFirst", "x", x, b, cells, width)
	need("MeanFirst", "positions", positions, 1+cells, width)
	for n := range b {
		to := dst[n*(1+cells)*width:][:(1+cells)*width]
		mean := to[:width]
		clear(mean)
		for i := range cells {
			for c, v := range x[(n*cells+i)*width:][:width] {
				mean[c] += v
				to[(1+i)*width+c] = v + positions[(1+i)*width+c]
			}
		}
		for c := range mean {
			mean[c] = mean[c]/float32(cells) + positions[c]
		}
	}
}

// MeanFirstGrad gives each cell its own gradient and its part of that of the mean. The gradient
// by the positions is ColumnSums.
//
//	dx [B, cells, C]
//	dy [B, 1+cells, C]
func MeanFirstGrad(dx, dy []float32, b, cells, width int) {
	need("MeanFirstGrad", "dx", dx, b, cells, width)
	need("MeanFirstGrad", "dy", dy, b, 1+cells, width)
	for n := range b {
		mean, rest := dy[n*(1+cells)*width:][:width], dy[(n*(1+cells)+1)*width:][:cells*width]
		to := dx[n*cells*width:][:cells*width]
		for i, v := range rest {
			to[i] = v + mean[i%width]/float32(cells)
		}
	}
}
