package ops

// The tile reads its operands in panels: of A 12 rows (on AVX-512), of B 32 columns, and for each
// p of k the 12 or 32 numbers side by side. Packing copies them there, block of depth after block
// of depth, zeros where a panel sticks out.

// packColumns packs all of B [k, n]. spread is spans, or runs everything on the calling goroutine.
func (e *blocked) packColumns(packed []float32, b view, n, k int,
	spread func(n, size int, f func(lo, hi int))) {
	nr := e.TileColumns
	panels := ceil(n, nr)
	if b.cs == 1 {
		// Row after row, so that memory is read as it lies.
		spread(ceil(k, packLines), max(1, chunk/(packLines*n)), func(lo, hi int) {
			for p := lo * packLines; p < min(k, hi*packLines); p += packLines {
				k0 := p / blockDepth * blockDepth
				depth := min(blockDepth, k-k0)
				e.pack(packed[k0*panels*nr:], view{b.data[k0*b.rs:], b.rs, 1}, depth, n, nr,
					span{p - k0, min(p-k0+packLines, depth)})
			}
		})
		return
	}
	spread(panels, max(1, chunk/(k*nr)), func(lo, hi int) {
		for k0 := 0; k0 < k; k0 += blockDepth {
			depth := min(blockDepth, k-k0)
			e.pack(packed[(k0*panels+lo*depth)*nr:], view{b.data[k0+lo*nr*b.cs:], 1, b.cs}, depth,
				min(n, hi*nr)-lo*nr, nr, span{0, depth})
		}
	})
}

// packLines is a part of blockDepth that one goroutine packs at a time.
const packLines = 32

// pack is to[(j/wide·depth + p)·wide + j%wide] = v(p, j) for p in lines and j < columns, and zero
// for j up to a multiple of wide.
func (e *blocked) pack(to []float32, v view, depth, columns, wide int, lines span) {
	full := columns / wide
	if v.cs != 1 {
		for j := range full {
			e.packTurned(to[j*depth*wide:], view{v.data[j*wide*v.cs:], 1, v.cs}, wide, wide, lines)
		}
	} else if full > 0 {
		scatter := e.ScatterColumns
		if wide == e.TileRows {
			scatter = e.ScatterRows
		}
		for p := lines.lo; p < lines.hi; p++ {
			scatter(&to[p*wide], depth*wide, &v.data[p*v.rs], full)
		}
	}
	rest := columns - full*wide
	if rest == 0 {
		return
	}
	edge := to[full*depth*wide:]
	clear(edge[lines.lo*wide : lines.hi*wide])
	if v.cs != 1 {
		e.packTurned(edge, view{v.data[full*wide*v.cs:], 1, v.cs}, rest, wide, lines)
		return
	}
	for p := lines.lo; p < lines.hi; p++ {
		copy(edge[p*wide:p*wide+rest], v.data[p*v.rs+full*wide:])
	}
}

// packTurned fills one panel from rows that lie along k, by squares of 8.
func (e *blocked) packTurned(to []float32, v view, columns, wide int, lines span) {
	p := lines.lo
	for ; columns >= 8 && p+8 <= lines.hi; p += 8 {
		for j := 0; j < columns; j += 8 {
			j := min(j, columns-8) // the last square may lie over the one before
			e.Transpose8(&to[p*wide+j], wide, &v.data[j*v.cs+p], v.cs)
		}
	}
	for ; p < lines.hi; p++ {
		for j := range columns {
			to[p*wide+j] = v.data[j*v.cs+p]
		}
	}
}
