package bench

import (
	"math"
	"runtime"

	"cliplab/lab/ops"
)

// peaks are the rates of products whose operands stay in the caches, by precision, in GFLOP/s of
// one core: what no case can exceed, whoever computes it in that precision.
func peaks() map[string]float64 {
	const rows, in, out = 112, 1024, 768
	// Helpers that compute on other cores are not seen by the clock of the process until they
	// stop, so that the shortest of several runs would be of both cores.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	rates := map[string]float64{}
	x, dst := wave(rows*in, 0.37), make([]float32, rows*out)
	for name, p := range precisions {
		m := ops.Pack(wave(out*in, 0.71), out, in, p)
		shortest := math.Inf(1)
		for range 15 {
			const times = 2
			start := cpuTime()
			for range times {
				m.Apply(dst, x, nil, nil, rows, ops.Identity)
			}
			shortest = min(shortest, (cpuTime()-start).Seconds()/times)
		}
		rates[name] = 2 * rows * in * out / shortest / 1e9
	}
	return rates
}

// atMost is the ratio to the peer's time if all products ran at the core's peak.
func (f Figure) atMost(peaks map[string]float64) float64 {
	if f.flop() == 0 || f.Peer == "" {
		return 0
	}
	return median(f.Theirs.CPU) * peaks[f.Precision] * 1e9 / f.flop()
}
