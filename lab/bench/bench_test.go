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
	for _, c := range Cases() {
		if !c.Large {
			b.Run(c.Name, func(b *testing.B) { benchmark(b, c, 1) })
		}
	}
}

// BenchmarkTwoCores are the encoders on one picture and one text, where ops are so short that
// the cores' meeting counts. What matters is ns/op, by the clock, on a machine that is idle else:
//
//	go test -run - -bench TwoCores -count 6 ./lab/bench
func BenchmarkTwoCores(b *testing.B) {
	for _, c := range encoders() {
		if c.Batch == 1 {
			b.Run(c.Name, func(b *testing.B) { benchmark(b, c, 2) })
		}
	}
}

func benchmark(b *testing.B, c Case, threads int) {
	folder := os.Getenv("CLIPLAB_BENCH_FOLDER")
	if folder == "" {
		folder = b.TempDir()
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
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
}
