package ops

import "cliplab/lab/ops/simd"

// Tiles read B in panels of 32 columns: for each step of k the 32 words side by side, step after
// step. Packing copies them there, zeros where a panel sticks out. A that lies along its columns
// is packed too, in panels as wide as a tile is high.

// packColumns packs all of B [k, n].
func (e *blocked) packColumns(packed []float32, b view, n, k int) {
	if b.cs == 1 {
		// Row after row, so that memory is read as it lies.
		spans(ceil(k, packLines), max(1, chunk/(packLines*n)), func(lo, hi int) {
			pack(e.Set, packed, view{b.data, b.rs, 1}, k, n, panel,
				span{lo * packLines, min(k, hi*packLines)})
		})
		return
	}
	spans(ceil(n, panel), max(1, chunk/(k*panel)), func(lo, hi int) {
		pack(e.Set, packed[lo*panel*k:], view{b.data[lo*panel*b.cs:], 1, b.cs}, k,
			min(n, hi*panel)-lo*panel, panel, span{0, k})
	})
}

// packLines is a part of k that one goroutine packs at a time.
const packLines = 32

// pack is to[(j/wide·depth + p)·wide + j%wide] = v(p, j) for p in lines and j < columns, and zero
// for j up to a multiple of wide.
func pack(set *simd.Set, to []float32, v view, depth, columns, wide int, lines span) {
	full := columns / wide
	if v.cs != 1 {
		for j := range full {
			packTurned(set, to[j*depth*wide:], view{v.data[j*wide*v.cs:], 1, v.cs}, wide, wide, lines)
		}
	} else if full > 0 {
		scatter := set.ScatterColumns
		if wide != panel {
			scatter = set.ScatterRows
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
		packTurned(set, edge, view{v.data[full*wide*v.cs:], 1, v.cs}, rest, wide, lines)
		return
	}
	for p := lines.lo; p < lines.hi; p++ {
		copy(edge[p*wide:p*wide+rest], v.data[p*v.rs+full*wide:])
	}
}

// packTurned fills one panel from rows that lie along k, by squares of 8.
func packTurned(set *simd.Set, to []float32, v view, columns, wide int, lines span) {
	p := lines.lo
	for ; columns >= 8 && p+8 <= lines.hi; p += 8 {
		for j := 0; j < columns; j += 8 {
			j := min(j, columns-8) // the last square may lie over the one before
			set.Transpose8(&to[p*wide+j], wide, &v.data[j*v.cs+p], v.cs)
		}
	}
	for ; p < lines.hi; p++ {
		for j := range columns {
			to[p*wide+j] = v.data[j*v.cs+p]
		}
	}
}
