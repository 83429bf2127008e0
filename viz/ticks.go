package viz

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// niceTicks are about n round values within min..max.
func niceTicks(min, max float64, n int) []float64 {
	if !(max > min) || n < 1 {
		return []float64{min}
	}
	raw := (max - min) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * unit
	for _, s := range []float64{1, 2, 2.5, 5} {
		if s*unit >= raw*(1-1e-9) {
			step = s * unit
			break
		}
	}
	var ticks []float64
	for i := math.Ceil(min/step - 1e-9); i*step <= max+1e-9*step; i++ {
		ticks = append(ticks, i*step)
	}
	if len(ticks) < 2 {
		return []float64{min, max}
	}
	return ticks
}

// withEnds adds the ends of a scale where they are at least half a step from a tick.
func withEnds(ticks []float64, min, max float64) []float64 {
	if len(ticks) < 2 {
		return ticks
	}
	half := (ticks[1] - ticks[0]) * .499
	if ticks[0]-min >= half {
		ticks = append([]float64{min}, ticks...)
	}
	if max-ticks[len(ticks)-1] >= half {
		ticks = append(ticks, max)
	}
	return ticks
}

// tickLabels writes ticks with the same number of decimals, as few as tell them apart.
func tickLabels(ticks []float64) []string {
	decimals := 0
	for _, t := range ticks {
		s := strconv.FormatFloat(roundTo(t, 6), 'f', -1, 64)
		if i := strings.IndexByte(s, '.'); i >= 0 {
			decimals = max(decimals, len(s)-i-1)
		}
	}
	labels := make([]string, len(ticks))
	for i, t := range ticks {
		switch {
		case math.Abs(t) >= 1e6 || decimals > 6:
			labels[i] = format("%.3g", t)
		default:
			labels[i] = thousands(format("%."+strconv.Itoa(decimals)+"f", t))
		}
	}
	return labels
}

// roundTo keeps a number of significant digits.
func roundTo(v float64, digits int) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	return r
}

// thousands parts long whole numbers by thin spaces: 49 408.
func thousands(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "−") {
		sign, whole = "−", strings.TrimPrefix(whole, "−")
	}
	if len(whole) < 5 {
		return s
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u00a0" + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return sign + whole
}

// linearTicks and logTicks are gonum Tickers.
type (
	linearTicks struct {
		n     int
		whole bool // whole numbers only
	}
	logTicks   struct{}
	namedTicks []string // at 0, 1, 2 …
)

// Ticks implements plot.Ticker.
func (l linearTicks) Ticks(min, max float64) []plot.Tick {
	at := niceTicks(min, max, l.n)
	if l.whole && len(at) > 1 && at[1]-at[0] < 1 {
		at = niceTicks(math.Ceil(min), math.Floor(max), int(math.Floor(max)-math.Ceil(min)))
	}
	labels := tickLabels(at)
	ticks := make([]plot.Tick, len(at))
	for i := range at {
		ticks[i] = plot.Tick{Value: at[i], Label: labels[i]}
	}
	return ticks
}

// Ticks implements plot.Ticker: powers of ten, with 2 and 5 between when there are few, or
// round values when there are hardly any.
func (logTicks) Ticks(min, max float64) []plot.Tick {
	if max < 9*min {
		return linearTicks{n: 5}.Ticks(min, max)
	}
	var ticks []plot.Tick
	few := math.Log10(max/min) < 2.5
	for e := math.Floor(math.Log10(min)); e <= math.Ceil(math.Log10(max)); e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if v < min*(1-1e-9) || v > max*(1+1e-9) || m > 1 && !few {
				continue
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: tickLabels([]float64{v})[0]})
		}
	}
	return ticks
}

// Ticks implements plot.Ticker.
func (n namedTicks) Ticks(min, max float64) []plot.Tick {
	var ticks []plot.Tick
	for i, name := range n {
		if v := float64(i); v >= min && v <= max {
			ticks = append(ticks, plot.Tick{Value: v, Label: printable(name)})
		}
	}
	return ticks
}
