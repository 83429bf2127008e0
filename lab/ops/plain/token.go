package plain

// Embedding looks ids up and adds the positions: dst[b, t] = table[ids[b, t]] + positions[t].
// The gradient of positions is ColumnSums of dy as [B, T·C].
//
//	dst       [B, T, C]
//	ids       [B, T]     token numbers, as they come: rows of the table
//	table     [vocabulary, C]
//	positions [T, C]
func Embedding[F Float](dst []F, ids []int, table, positions []F, tokens, width int) {
	for i, id := range ids {
		for c := range width {
			dst[i*width+c] = table[id*width+c] + positions[i%tokens*width+c]
		}
	}
}

// EmbeddingGrad adds each row of dy to the row of the table that it came from: dtable is added
// to, so that a caller who knows which rows are dirty clears no others.
//
//	dtable [vocabulary, C]
//	dy     [B, T, C]
func EmbeddingGrad[F Float](dtable, dy []F, ids []int, width int) {
	for i, id := range ids {
		for c := range width {
			dtable[id*width+c] += dy[i*width+c]
		}
	}
}

// Patches cuts pictures into squares, row by row, each laid out as conv1's weights are: channel,
// line, column. A convolution with stride = size is then one matrix product.
//
//	dst    [B, (size/patch)², 3·patch²]
//	images [B, 3, size, size]
func Patches[F Float](dst, images []F, batch, size, patch int) {
	eachPixel(batch, size, patch, func(inPatch, inImage int) { dst[inPatch] = images[inImage] })
}

// PatchesGrad puts the squares back where they were cut: the gradient of Patches.
func PatchesGrad[F Float](dimages, dy []F, batch, size, patch int) {
	eachPixel(batch, size, patch, func(inPatch, inImage int) { dimages[inImage] = dy[inPatch] })
}

func eachPixel(batch, size, patch int, f func(inPatch, inImage int)) {
	grid, to := size/patch, 0
	for b := range batch {
		for p := range grid * grid {
			for channel := range 3 {
				for y := range patch {
					for x := range patch {
						line, column := p/grid*patch+y, p%grid*patch+x
						f(to, ((b*3+channel)*size+line)*size+column)
						to++
					}
				}
			}
		}
	}
}

// Sequence puts the class token before the patches and adds the positions. The gradient by
// positions is ColumnSums of dy as [B, (1+P)·C], that by class its first row.
//
//	dst       [B, 1+P, C]
//	patches   [B, P, C]
//	class     [C]
//	positions [1+P, C]
func Sequence[F Float](dst, patches, class, positions []F, batch, count, width int) {
	row := (1 + count) * width
	for b := range batch {
		for i := range row {
			x := class[i%width]
			if i >= width {
				x = patches[b*count*width+i-width]
			}
			dst[b*row+i] = x + positions[i]
		}
	}
}

// SequenceGrad is the gradient by the patches: dy without its class tokens.
func SequenceGrad[F Float](dpatches, dy []F, batch, count, width int) {
	for b := range batch {
		copy(dpatches[b*count*width:(b+1)*count*width], dy[(b*(1+count)+1)*width:])
	}
}

// Rows picks row index[b] of every sequence: the class token, or the end of text.
//
//	dst   [B, C]
//	x     [B, T, C]
//	index [B]
func Rows[F Float](dst, x []F, index []int, tokens, width int) {
	for b, t := range index {
		copy(dst[b*width:(b+1)*width], x[(b*tokens+t)*width:])
	}
}

// RowsGrad puts dy where Rows picked from, and zero elsewhere.
func RowsGrad[F Float](dx, dy []F, index []int, tokens, width int) {
	clear(dx)
	for b, t := range index {
		copy(dx[(b*tokens+t)*width:][:width], dy[b*width:])
	}
}

// EndOfText is where each text's largest id stands: its end-of-text token.
//
//	ids [B, T]
func EndOfText(index, ids []int, tokens int) {
	for b := range index {
		row := ids[b*tokens : (b+1)*tokens]
		index[b] = 0
		for t, id := range row {
			if id > row[index[b]] {
				index[b] = t
			}
		}
	}
}
