//go:build !race

package ops

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

// The race detector has pools forget what they hold, at random: memory is counted without it.

// Packed layers, attention and layer norm take no memory in steady state, on any number of
// goroutines.
func TestApplyAllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const rows, in, out = 50, 192, 384
	h := Heads{Batch: 4, Tokens: 50, Width: 192, Heads: 3}
	x, y, w := gaussians(rows*in, 1), make([]float32, rows*out), gaussians(in*out, 2)
	qkv, mixed := gaussians(h.Batch*h.Tokens*3*h.Width, 3), make([]float32, h.Batch*h.Tokens*h.Width)
	stats := make([]float32, 2*rows)
	for p := F32; p <= I8; p++ {
		m := Pack(w, out, in, p)
		run := func() {
			m.Apply(y, x, w[:out], y, rows, GELUActivation)
			Attention(mixed, nil, qkv, h)
			LayerNorm(y, stats, y, w[:out], w[out:2*out], rows, out)
		}
		for _, procs := range []int{1, 2} {
			runtime.GOMAXPROCS(procs)
			for range 10 {
				run()
			}
			// AllocsPerRun itself sets GOMAXPROCS to 1.
			if n := allocations(run, 50); n > 0 {
				t.Errorf("precision %d, %d goroutines: %.2f allocations a run", p, procs, n)
			}
			if n := testing.AllocsPerRun(20, run); n > 0 {
				t.Errorf("precision %d: %.2f allocations a run", p, n)
			}
		}
	}
}

// allocations is the least of three means of mallocs for a run: others allocate as well, now and
// then, and a pool of scratch may be found empty once.
func allocations(run func(), n int) float64 {
	least := math.Inf(1)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range n {
			run()
		}
		runtime.ReadMemStats(&after)
		least = min(least, math.Floor(float64(after.Mallocs-before.Mallocs)/float64(n)))
	}
	return least
}

// In steady state an op takes no memory but the few words that start its goroutines.
func TestNoAllocation(t *testing.T) {
	h := Heads{Batch: 2, Tokens: 65, Width: 64, Heads: 1}
	n := h.Batch * h.Tokens * h.Width
	qkv, y, p := make([]float32, 3*n), make([]float32, n), make([]float32, 2*65*65)
	w := make([]float32, 64*64)
	run := func() {
		Attention(y, p, qkv, h)
		AttentionGrad(qkv, y, qkv, p, h)
		Linear(y, qkv[:n], w, nil, qkv[n:2*n], 130, 64, 64)
		QuickGELU(y, y)
	}
	run()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pool of scratch
	run()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		run()
	}
	runtime.ReadMemStats(&after)
	if bytes := (after.TotalAlloc - before.TotalAlloc) / 20; bytes > 16<<10 {
		t.Errorf("a round of ops takes %d bytes", bytes)
	}
}
