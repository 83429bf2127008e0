package viz

import "math"

// axis is a name and a range.
type axis struct {
	label    string
	min, max float64
	log      bool
	names    []string // tick labels at 0, 1, 2 … instead of numbers
	ticks    int      // about how many
	whole    bool     // counts: ticks at whole numbers
}

// fit chooses the ends of an axis; a log axis without positive values becomes a linear one.
func (a *axis) fit(values []float64, lo, hi float64, air bool) {
	if a.log {
		values = append([]float64(nil), values...)
		for i, v := range values {
			if v <= 0 {
				values[i] = math.NaN()
			}
		}
	}
	a.min, a.max = finiteRange(values)
	if a.log && a.min <= 0 {
		a.log = false
	}
	if a.min == a.max && !a.log {
		d := math.Max(math.Abs(a.min)*.1, .5)
		a.min, a.max = a.min-d, a.max+d
	} else if a.min == a.max {
		a.min, a.max = a.min/2, a.max*2
	}
	switch {
	case !air:
	case a.log:
		k := math.Pow(a.max/a.min, .05)
		a.min, a.max = a.min/k, a.max*k
	case a.min >= 0 && a.min < .4*a.max:
		a.min, a.max = 0, a.max*1.05
	default:
		d := .06 * (a.max - a.min)
		a.min, a.max = a.min-d, a.max+d
	}
	if lo != 0 || hi != 0 {
		if !(hi > lo) {
			panicf("viz: axis from %v to %v", lo, hi)
		}
		if a.log && lo <= 0 {
			panicf("viz: log axis from %v", lo)
		}
		a.min, a.max = lo, hi
	}
}
