package tower

import "cliplab/lab/trace"

// cellsOf brings the channels innermost.
//
//	dst [B, cells, C]
//	x   [B, C, cells]
func cellsOf(dst, x []float32, b, channels, cells int) {
	for n := range b {
		for c := range channels {
			to := dst[n*cells*channels+c:]
			for i, v := range x[(n*channels+c)*cells:][:cells] {
				to[i*channels] = v
			}
		}
	}
}

// columns lays out, for each cell of the lines lo … hi−1 of the result, the 3×3 cells around it;
// what is outside is zero. Lines of all pictures are counted through.
//
//	dst [hi−lo, S/stride, 9·C]
//	x   [B, S, S, C]
func columns(dst, x []float32, lo, hi, s, channels, stride int) {
	out := s / stride
	at := 0
	for line := lo; line < hi; line++ {
		picture, y := line/out, line%out*stride
		for i := range out {
			left := i*stride - 1 // the three cells of a line lie side by side
			from, to := max(left, 0), min(left+3, s)
			for dy := -1; dy <= 1; dy++ {
				part := dst[at : at+3*channels]
				at += 3 * channels
				if y+dy < 0 || y+dy >= s {
					clear(part)
					continue
				}
				clear(part[:(from-left)*channels])
				row := (picture*s + y + dy) * s
				n := copy(part[(from-left)*channels:], x[(row+from)*channels:(row+to)*channels])
				clear(part[(from-left)*channels+n:])
			}
		}
	}
}

// averageFour is the mean of each 2×2 cells.
//
//	dst [B, S/2, S/2, C]
//	x   [B, S, S, C]
func averageFour(dst, x []float32, b, s, channels int) {
	half := s / 2
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

// meanFirst puts the mean of the cells before them and adds the positions.
//
//	dst       [B, 1+cells, C]
//	x         [B, cells, C]
//	positions [1+cells, C]
func meanFirst(dst, x, positions []float32, b, cells, width int) {
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

// keepCells keeps cells as torch has them, channels first: [B, C, S, S].
func keepCells(t *trace.Trace, module, part, formula string, x []float32, b, s, channels int) {
	if !t.Wants(module, part) {
		return
	}
	turned := make([]float32, len(x))
	cells := s * s
	for n := range b {
		for i := range cells {
			for c, v := range x[(n*cells+i)*channels:][:channels] {
				turned[(n*channels+c)*cells+i] = v
			}
		}
	}
	t.Keep(module, part, formula, turned, b, channels, s, s)
}
