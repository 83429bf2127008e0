package tower

import "cliplab/lab/trace"

// keepCells keeps cells as torch has them, channels first: [B, C, S, S].
func keepCells(t *trace.Trace, module, part, formula string, x []float32, b, s, channels int) {
	if !t.Wants(module, part) {
		return
	}
	turned := make([]float32, len(x))
	cells := s * s
	for n := range b {
		for i := range cells {
			for c, v := range x[(n*cells+i)*channels:][:channels] {
				turned[(n*channels+c)*cells+i] = v
			}
		}
	}
	t.Keep(module, part, formula, turned, b, channels, s, s)
}
