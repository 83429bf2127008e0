package ops

import "cliplab/lab/ops/plain"

// The ops that only move numbers are the plain loops, split over goroutines.

func (e *blocked) Embedding(dst []float32, ids []int, table, positions []float32,
	tokens, width int) {
	rowSpans(len(ids), width, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			e.Set.Add(&dst[i*width], &table[ids[i]*width], &positions[i%tokens*width], width)
		}
	})
}

// EmbeddingGrad gives each task some columns: one id may stand in many rows.
func (e *blocked) EmbeddingGrad(dtable, dy []float32, ids []int, width int) {
	columnSpans(len(ids), width, func(lo, hi int) {
		for i, id := range ids {
			at := &dtable[id*width+lo]
			e.Set.Add(at, at, &dy[i*width+lo], hi-lo)
		}
	})
}

// Patches copies whole lines of patches.
func (e *blocked) Patches(dst, images []float32, batch, size, patch int) {
	grid, plane := size/patch, size*size
	lines := 3 * patch // of a patch, channel after channel
	spans(batch*grid, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			to, from := dst[i*grid*lines*patch:], images[i/grid*3*plane+i%grid*patch*size:]
			for line := range lines {
				x := from[line/patch*plane+line%patch*size:]
				for g := range grid {
					copy(to[(g*lines+line)*patch:][:patch], x[g*patch:])
				}
			}
		}
	})
}

func (e *blocked) PatchesGrad(dimages, dy []float32, batch, size, patch int) {
	eachPicture(dimages, dy, batch, size, patch, plain.PatchesGrad[float32])
}

// eachPicture runs a plain op on one picture per task. Pixels that fill no patch stay out.
func eachPicture(dst, src []float32, batch, size, patch int,
	f func(dst, src []float32, batch, size, patch int)) {
	if batch == 0 {
		return
	}
	to, from := len(dst)/batch, len(src)/batch
	spans(batch, 1, func(lo, _ int) {
		f(dst[lo*to:(lo+1)*to], src[lo*from:(lo+1)*from], 1, size, patch)
	})
}

func (e *blocked) Sequence(dst, patches, class, positions []float32, batch, count, width int) {
	row := (1 + count) * width
	rowSpans(batch, row, func(lo, hi int) {
		for b := lo; b < hi && width > 0; b++ {
			e.Set.Add(&dst[b*row], &class[0], &positions[0], width)
			if count > 0 {
				e.Set.Add(&dst[b*row+width], &patches[b*count*width], &positions[width], count*width)
			}
		}
	})
}

func (e *blocked) SequenceGrad(dpatches, dy []float32, batch, count, width int) {
	row := (1 + count) * width
	rowSpans(batch, row, func(lo, hi int) {
		plain.SequenceGrad(dpatches[lo*count*width:hi*count*width], dy[lo*row:hi*row], hi-lo,
			count, width)
	})
}
