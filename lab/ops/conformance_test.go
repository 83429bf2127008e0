package ops_test

import (
	"runtime"
	"slices"
	"testing"

	"cliplab/lab/ops/conform"
)

// rules of the CPU: its causal attention sums over whole tiles, with 0 · NaN in them.
var rules = conform.Rules{Spreads: true}

// all are the cases of the GPU's engine too, and those of ops that only the CPU has.
func all(seed uint64) []conform.Case {
	return slices.Concat(conform.Cases(seed, conform.Full), conform.Packed(seed),
		conform.TanhGELU(seed), conform.Ragged(seed))
}

// Every engine passes the suite.
func TestConformance(t *testing.T) {
	seed := conform.Seed(t)
	conform.Run(t, conform.CPU(), append(all(seed), conform.Products(seed)...), seed, rules)
}

// NaN and ±Inf in any place of any input come out where the judge has them.
func TestSpecialValues(t *testing.T) {
	seed := conform.Seed(t)
	cases := slices.Concat(conform.Cases(seed, conform.Short), conform.Packed(seed),
		conform.Ragged(seed))
	for range 3 {
		conform.Specials(t, conform.CPU(), cases, seed, rules)
		seed++
	}
}

// assembled are the engines with kernels of their own, which all give the same bits.
func assembled() (all []conform.Engine) {
	for _, e := range conform.CPU() {
		if e.Name() != "plain" && e.Name() != "portable" {
			all = append(all, e)
		}
	}
	return all
}

// fixedSeed is of cases and numbers that are the same in every run.
const fixedSeed = 1

// AVX2 and AVX-512, and any number of goroutines, give the same bits.
func TestSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	cases, first := all(fixedSeed), [][][]float32(nil)
	for _, e := range assembled() {
		for _, procs := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(procs)
			var results [][][]float32
			for i, c := range cases {
				results = append(results, c.Results(e, fixedSeed, i))
			}
			for i := range first {
				for k, x := range first[i] {
					if !conform.Same(x, results[i][k]) {
						t.Errorf("%s: output %d differs on %s with %d goroutines", cases[i].Name, k, e.Name(),
							procs)
					}
				}
			}
			if first == nil {
				first = results
			}
		}
	}
}
