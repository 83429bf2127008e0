package viz

import (
	"fmt"
	"math"
	"strings"
)

// Series is one curve.
type Series struct {
	Name string
	X    []float64 // nil is 1, 2, 3 …
	Y    []float64 // NaN leaves a gap

	Low, High []float64 // edges of a band about the curve, such as ± one standard deviation

	Star bool // single points as stars, without a line: a level to compare with
}

// CurvesOptions says what stands around the curves.
type CurvesOptions struct {
	Title, Subtitle string
	XLabel, YLabel  string

	LogX, LogY bool     // logarithmic axes; points that are not positive are left out
	XNames     []string // tick labels at x = 0, 1, 2 … instead of numbers

	References []Reference // lines with labels: chance ln N, the clamp at ln 100
	Smooth     int         // also a moving mean over so many points, the raw curve pale behind

	XMin, XMax, YMin, YMax float64 // ends of the axes; a pair of zeros is chosen
	Width, Height          float64 // of the plot in CSS pixels; 640 × 340 when 0
}

// Curves draws series over a common x axis. They differ in colour, marker and dashes, and each
// is named at its right end. It panics when the lengths of a series differ.
func Curves(series []Series, opts ...CurvesOptions) *Figure {
	o := options("Curves", opts)
	if len(series) == 0 {
		panic("viz: curves of 0 series have nothing to draw")
	}
	series = append([]Series(nil), series...)
	for i := range series {
		s := &series[i]
		s.check(i)
		if s.X == nil {
			for k := range s.Y {
				s.X = append(s.X, float64(k+1))
			}
		}
	}
	ch := &chart{width: o.Width, height: o.Height}
	if ch.width <= 0 {
		ch.width = 640
	}
	if ch.height <= 0 {
		ch.height = 340
	}
	ch.x = axis{label: o.XLabel, log: o.LogX, names: o.XNames, ticks: int(ch.width / 90)}
	ch.y = axis{label: o.YLabel, log: o.LogY, ticks: max(2, int(ch.height/58))}
	curvesRange(ch, series, o)
	for i, s := range series {
		ch.addSeries(s, lookOf(i), o.Smooth, len(series) == 1)
	}
	for _, r := range o.References {
		ch.addReference(r)
	}
	return newFigure(o.Title, o.Subtitle, curvesAlt(series, o), ch)
}

func (s *Series) check(i int) {
	name := s.Name
	if name == "" {
		name = fmt.Sprintf("series %d", i)
	}
	if len(s.Y) == 0 {
		panicf("viz: %s has 0 values", name)
	}
	for _, other := range []struct {
		what string
		n    int
	}{{"X", len(s.X)}, {"Low", len(s.Low)}, {"High", len(s.High)}} {
		if other.n != 0 && other.n != len(s.Y) {
			panicf("viz: %s has %d Y and %d %s", name, len(s.Y), other.n, other.what)
		}
	}
	if len(s.Low) != len(s.High) {
		panicf("viz: %s has %d Low and %d High", name, len(s.Low), len(s.High))
	}
}

// curvesRange covers the data, the bands and the reference lines.
func curvesRange(ch *chart, series []Series, o CurvesOptions) {
	var xs, ys []float64
	for _, s := range series {
		xs = append(xs, s.X...)
		ys = append(append(append(ys, s.Y...), s.Low...), s.High...)
	}
	for _, r := range o.References {
		if r.Vertical {
			xs = append(xs, r.X)
		} else {
			ys = append(ys, r.Y)
		}
	}
	ch.x.whole = true
	for _, x := range xs {
		ch.x.whole = ch.x.whole && x == math.Trunc(x)
	}
	ch.x.fit(xs, o.XMin, o.XMax, false)
	ch.y.fit(ys, o.YMin, o.YMax, true)
	if o.XNames != nil && o.XMin == 0 && o.XMax == 0 {
		ch.x.min, ch.x.max = 0, math.Max(1, float64(len(o.XNames)-1))
	}
}

func curvesAlt(series []Series, o CurvesOptions) string {
	var parts []string
	for i, s := range series {
		name := s.Name
		if name == "" {
			name = fmt.Sprintf("series %d", i+1)
		}
		first, last := math.NaN(), math.NaN()
		for _, v := range s.Y {
			if !finite(first) {
				first = v
			}
			if finite(v) {
				last = v
			}
		}
		if len(s.Y) == 1 {
			parts = append(parts, name+" is "+format("%.3g", first))
		} else {
			parts = append(parts, fmt.Sprintf("%s goes from %s to %s over %d points", name,
				format("%.3g", first), format("%.3g", last), len(s.Y)))
		}
	}
	for _, r := range o.References {
		if r.Label != "" {
			parts = append(parts, "a line marks "+r.Label)
		}
	}
	what := count(len(series), "curve")
	if o.YLabel != "" {
		what += " of " + o.YLabel
	}
	if o.XLabel != "" {
		what += " over " + o.XLabel
	}
	return what + ": " + strings.Join(parts, "; ") + "."
}
