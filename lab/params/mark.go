package params

import (
	"math"
	"unsafe"
)

// Mark changes when a parameter is replaced, and in a set of up to that many values with any value
// that changes. That a parameter is read does not change it.
func (s *Set) Mark(most int) uint64 {
	names := s.Names()
	s.mu.RLock()
	defer s.mu.RUnlock()
	total := 0
	for _, t := range s.held {
		total += t.Len()
	}
	for _, f := range s.far {
		n := 1
		for _, d := range f.Shape {
			n *= d
		}
		total += n
	}
	h := uint64(len(names))
	for _, name := range names {
		t := s.held[name]
		if t == nil {
			continue
		}
		if first := unsafe.SliceData(t.Data); first != s.read[name] {
			h = mix(h, uint64(uintptr(unsafe.Pointer(first))))
		}
		if total <= most {
			h = mix(h, sumOf(t.Data))
		}
	}
	return h
}

// prime is FNV's, which spreads a changed bit over those above it.
const prime = 1099511628211

func mix(h, x uint64) uint64 { return (h ^ x) * prime }

// sumOf hashes numbers by their bits, in four chains that a processor runs side by side.
func sumOf(x []float32) uint64 {
	a, b, c, d := uint64(1), uint64(2), uint64(3), uint64(4)
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a = mix(a, uint64(math.Float32bits(x[i])))
		b = mix(b, uint64(math.Float32bits(x[i+1])))
		c = mix(c, uint64(math.Float32bits(x[i+2])))
		d = mix(d, uint64(math.Float32bits(x[i+3])))
	}
	for ; i < len(x); i++ {
		a = mix(a, uint64(math.Float32bits(x[i])))
	}
	return mix(mix(mix(a, b), c), d)
}
