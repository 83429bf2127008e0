package modules_test

import (
	"testing"

	"cliplab/kernel/modules"
	"cliplab/kernel/symbols"
)

// BenchmarkNative is what a set costs a session that only imports compiled packages: making
// it and the first import, which reads the list of what is compiled in.
func BenchmarkNative(b *testing.B) {
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			if _, err := symbols.New().Types("math/bits"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			set := modules.New(symbols.New(), modules.Options{Paths: symbols.Paths})
			if _, err := set.Types("math/bits"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
