package bench

import (
	"os"
	"runtime"
	"testing"
)

// BenchmarkCases are our side of all cases on one thread, without peers, for benchstat:
//
//	go test -bench Cases/image -count 6 ./lab/bench
//
// CLIPLAB_BENCH_FOLDER keeps weights and inputs for the next run.
func BenchmarkCases(b *testing.B) {
	folder := os.Getenv("CLIPLAB_BENCH_FOLDER")
	if folder == "" {
		folder = b.TempDir()
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range Cases() {
		if c.Large {
			continue
		}
		b.Run(c.Name, func(b *testing.B) {
			if err := WriteWorkload(folder, []Case{c}); err != nil {
				b.Fatal(err)
			}
			j, err := prepare(c, folder)
			if err != nil {
				b.Fatal(err)
			}
			j.run() // packs weights, and grows scratch
			b.ReportAllocs()
			start := cpuTime()
			for b.Loop() {
				j.run()
			}
			cpu := (cpuTime() - start).Seconds() / float64(b.N)
			b.ReportMetric(cpu*1e9, "cpu-ns/op")
			if c.flop() > 0 {
				b.ReportMetric(c.flop()/cpu/1e9, "cpu-GFLOP/s")
			}
			if j.close != nil {
				j.close()
			}
		})
	}
}
