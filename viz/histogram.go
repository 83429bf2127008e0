package viz

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/plotter"
)

// Sample is one set of values of a histogram.
type Sample struct {
	Name   string
	Values []float64
}

// HistogramOptions says how values are counted.
type HistogramOptions struct {
	Title, Subtitle string
	XLabel          string

	Bins       int // 30 when 0
	Min, Max   float64
	References []Reference // vertical lines, such as the value of one probe among chance

	Counts        bool    // count values instead of showing the share of each sample
	Width, Height float64 // of the plot in CSS pixels; 640 × 300 when 0
}

// Histogram draws how often values occur, one outline for each sample: the cosines on the
// diagonal against the rest. Samples of different size are compared by the share of their
// values in each bin. NaN and ±Inf are left out.
func Histogram(samples []Sample, opts ...HistogramOptions) *Figure {
	o := options("Histogram", opts)
	if len(samples) == 0 {
		panic("viz: histogram of 0 samples has nothing to draw")
	}
	bins := o.Bins
	if bins <= 0 {
		bins = 30
	}
	var all []float64
	for _, s := range samples {
		all = append(all, s.Values...)
	}
	ch := &chart{width: o.Width, height: o.Height}
	if ch.width <= 0 {
		ch.width = 640
	}
	if ch.height <= 0 {
		ch.height = 300
	}
	ch.x = axis{label: o.XLabel, ticks: int(ch.width / 90)}
	ch.y = axis{label: "share of the values", ticks: max(2, int(ch.height/58))}
	if o.Counts {
		ch.y.label = "number of values"
	}
	for _, r := range o.References {
		all = append(all, r.X)
	}
	ch.x.fit(all, o.Min, o.Max, false)
	top := 0.0
	for i, s := range samples {
		heights := binned(s.Values, bins, ch.x.min, ch.x.max, o.Counts)
		_, hi := finiteRange(heights)
		top = math.Max(top, hi)
		ch.addSteps(s, heights, lookOf(i))
	}
	ch.y.min, ch.y.max = 0, math.Max(top*1.06, 1e-9)
	for _, r := range o.References {
		r.Vertical = true
		ch.addReference(r)
	}
	return newFigure(o.Title, o.Subtitle, histogramAlt(samples), ch)
}

// binned counts the values in bins of equal width.
func binned(values []float64, bins int, lo, hi float64, counts bool) []float64 {
	h := make([]float64, bins)
	n := 0.0
	for _, v := range values {
		if !finite(v) {
			continue
		}
		n++
		if k := (v - lo) / (hi - lo) * float64(bins); k >= 0 && k <= float64(bins) {
			h[min(int(k), bins-1)]++
		}
	}
	if !counts && n > 0 {
		for i := range h {
			h[i] /= n
		}
	}
	return h
}

// addSteps draws bins as a pale area with an outline in the look of the series.
func (ch *chart) addSteps(s Sample, heights []float64, l look) {
	width := (ch.x.max - ch.x.min) / float64(len(heights))
	outline := plotter.XYs{{X: ch.x.min, Y: 0}}
	for i, h := range heights {
		x := ch.x.min + float64(i)*width
		outline = append(outline, plotter.XY{X: x, Y: h}, plotter.XY{X: x + width, Y: h})
	}
	outline = append(outline, plotter.XY{X: ch.x.max, Y: 0})
	ch.layers = append(ch.layers, &plotter.Polygon{XYs: []plotter.XYs{outline},
		Color: color.NRGBA{l.color.R, l.color.G, l.color.B, 64}})
	sty := l.line(2.2)
	for start := 0; start < len(heights); { // no line along 0
		end := start
		for end < len(heights) && heights[end] > 0 {
			end++
		}
		if end > start {
			x := ch.x.min + float64(start)*width
			run := plotter.XYs{{X: x, Y: 0}}
			run = append(run, outline[1+2*start:1+2*end]...)
			run = append(run, plotter.XY{X: ch.x.min + float64(end)*width, Y: 0})
			ch.layers = append(ch.layers, &plotter.Line{XYs: run, LineStyle: sty})
		}
		start = end + 1
	}
	if s.Name != "" {
		detail := fmt.Sprintf("%s values, mean %s", thousands(fmt.Sprint(len(s.Values))),
			format("%.2f", mean(s.Values)))
		ch.ends = append(ch.ends, endLabel{text: s.Name, detail: detail, look: l, marker: true,
			free: true})
	}
}

func histogramAlt(samples []Sample) string {
	var parts []string
	for i, s := range samples {
		name := s.Name
		if name == "" {
			name = fmt.Sprintf("sample %d", i+1)
		}
		lo, hi := finiteRange(s.Values)
		parts = append(parts, fmt.Sprintf("%s: %s from %s to %s, mean %s", name,
			count(len(s.Values), "value"), format("%.2f", lo), format("%.2f", hi),
			format("%.2f", mean(s.Values))))
	}
	return "Histogram of " + strings.Join(parts, "; ") + "."
}
