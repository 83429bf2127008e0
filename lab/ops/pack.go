package ops

import "cliplab/lab/ops/simd"

// Tiles read B in panels of 32 columns, each in blocks of 256 words of k, each in two halves of 16
// columns, whose words stand side by side, step after step: [panel, block, half, step, 16]. Zeros
// fill a panel that sticks out. AVX2 reads one half at a time, which leaves its first cache room
// for A; AVX-512 reads both.

// panels is where a block stands: word j of step p at j/32·panel + j%32/16·half + 16·p + j%16.
type panels struct{ panel, half int }

// packColumns packs all of B [k, n].
func (e *blocked) packColumns(packed []float32, b view, n, k int) {
	if b.cs == 1 {
		// Row after row, so that memory is read as it lies.
		spans(ceil(k, packLines), max(1, chunk/(packLines*n)), func(lo, hi int) {
			for p := lo * packLines; p < min(k, hi*packLines); p += packLines {
				packBlock(e.Set, packed, b, n, k, span{p, min(k, p+packLines)})
			}
		})
		return
	}
	spans(ceil(n, panel), max(1, chunk/(k*panel)), func(lo, hi int) {
		packAll(e.Set, packed[lo*panel*k:], view{b.data[lo*panel*b.cs:], 1, b.cs},
			min(n, hi*panel)-lo*panel, k)
	})
}

// packLines is a part of blockDepth that one goroutine packs at a time.
const packLines = 32

func packAll(set *simd.Set, packed []float32, b view, n, k int) {
	for p := 0; p < k; p += blockDepth {
		packBlock(set, packed, b, n, k, span{p, min(k, p+blockDepth)})
	}
}

// packBlock packs some lines of B that lie within a block.
func packBlock(set *simd.Set, packed []float32, b view, n, k int, lines span) {
	from := lines.lo / blockDepth * blockDepth
	depth := min(blockDepth, k-from)
	pack(set, packed[from*panel:], panels{k * panel, depth * half}, view{b.data[from*b.rs:], b.rs,
		b.cs}, n, span{lines.lo - from, lines.hi - from})
}

// pack is to[…] = v(p, j) for p in lines and j < columns, and zero for j up to a multiple of 32.
func pack(set *simd.Set, to []float32, at panels, v view, columns int, lines span) {
	full := 0
	if v.cs == 1 {
		full = columns / panel
		for p := lines.lo; p < lines.hi && full > 0; p++ {
			set.ScatterColumns(&to[p*half], at.panel, at.half, &v.data[p*v.rs], full)
		}
	}
	for j := full * panel; j < ceil(columns, panel)*panel; j += half {
		strip, n := to[j/panel*at.panel+j%panel/half*at.half:], min(half, columns-j)
		if n < half {
			clear(strip[lines.lo*half : lines.hi*half])
		}
		if n <= 0 {
			continue
		}
		if v.cs != 1 {
			packTurned(set, strip, view{v.data[j*v.cs:], 1, v.cs}, n, half, lines)
			continue
		}
		for p := lines.lo; p < lines.hi; p++ {
			copy(strip[p*half:p*half+n], v.data[p*v.rs+j:])
		}
	}
}

// packRows packs A [rows, depth], which lies along its columns, for tiles so high: to[(i/high·depth
// + p)·high + i%high] = a(i, p), and zero for i up to a multiple of high.
func packRows(set *simd.Set, to []float32, a view, rows, depth, high int) {
	full := rows / high
	for p := 0; p < depth && full > 0; p++ {
		set.ScatterRows(&to[p*high], depth*high, &a.data[p*a.cs], full)
	}
	if rest := rows - full*high; rest > 0 {
		edge := to[full*depth*high:]
		clear(edge[:depth*high])
		for p := range depth {
			copy(edge[p*high:p*high+rest], a.data[p*a.cs+full*high:])
		}
	}
}

// packTurned is to[p·wide + j] = v(p, j) for rows that lie along p.
func packTurned(set *simd.Set, to []float32, v view, columns, wide int, lines span) {
	if n := lines.hi - lines.lo; n >= 8 && columns >= 8 {
		set.Transpose(&to[lines.lo*wide], wide, &v.data[lines.lo], v.cs, columns, n)
		return
	}
	for p := lines.lo; p < lines.hi; p++ {
		for j := range columns {
			to[p*wide+j] = v.data[j*v.cs+p]
		}
	}
}
