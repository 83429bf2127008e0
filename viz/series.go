package viz

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// addSeries adds band, line and markers. Markers tell curves apart, or show few points: a long
// curve that is alone has none.
func (ch *chart) addSeries(s Series, l look, smooth int, alone bool) {
	if len(s.Low) > 0 {
		for _, run := range ch.runs(s.X, s.Low, s.High) {
			edge := make(plotter.XYs, 0, 2*len(run))
			for _, k := range run {
				edge = append(edge, plotter.XY{X: s.X[k], Y: s.High[k]})
			}
			for i := len(run) - 1; i >= 0; i-- {
				edge = append(edge, plotter.XY{X: s.X[run[i]], Y: s.Low[run[i]]})
			}
			ch.layers = append(ch.layers, &plotter.Polygon{XYs: []plotter.XYs{edge},
				Color: color.NRGBA{l.color.R, l.color.G, l.color.B, 46}})
		}
	}
	y := s.Y
	if smooth > 1 && !s.Star {
		ch.addLine(s.X, s.Y, draw.LineStyle{Color: tint(l.color, .38), Width: 1 * points})
		y = movingMean(s.Y, smooth)
	}
	end, endX := math.NaN(), math.NaN()
	var marks plotter.XYs
	runs := ch.runs(s.X, y)
	total := 0
	for _, run := range runs {
		total += len(run)
	}
	every := max(1, (total+11)/12)
	marked := smooth <= 1 && (!alone || total <= 16)
	k := 0
	for _, run := range runs {
		for i, idx := range run {
			lone := len(run) == 1 // a line of one point is its marker
			if s.Star || lone || marked && (k%every == 0 || total <= 16 ||
				idx == run[len(run)-1] && i > 0) {
				marks = append(marks, plotter.XY{X: s.X[idx], Y: y[idx]})
			}
			end, endX = y[idx], s.X[idx]
			k++
		}
	}
	glyph := draw.GlyphStyle{Color: l.color, Radius: vg.Length(5 * points), Shape: l.marker}
	if s.Star {
		glyph.Shape, glyph.Radius = star{}, vg.Length(7*points)
		l.marker = star{}
	} else {
		ch.addLine(s.X, y, l.line(2.4))
	}
	ch.layers = append(ch.layers, &plotter.Scatter{XYs: marks, GlyphStyle: glyph})
	if s.Name != "" && finite(end) {
		ch.ends = append(ch.ends, endLabel{y: end, text: s.Name, look: l,
			marker: marked || s.Star || !alone, beside: endX == ch.x.max && smooth <= 1})
	}
}

// addLine adds the unbroken parts of a curve.
func (ch *chart) addLine(x, y []float64, sty draw.LineStyle) {
	for _, run := range ch.runs(x, y) {
		pts := make(plotter.XYs, len(run))
		for i, k := range run {
			pts[i] = plotter.XY{X: x[k], Y: y[k]}
		}
		ch.layers = append(ch.layers, &plotter.Line{XYs: pts, LineStyle: sty})
	}
}

// runs are the stretches of indices at which all columns can be drawn.
func (ch *chart) runs(x []float64, ys ...[]float64) (runs [][]int) {
	var run []int
	for k := range x {
		ok := finite(x[k]) && (!ch.x.log || x[k] > 0)
		for _, y := range ys {
			ok = ok && finite(y[k]) && (!ch.y.log || y[k] > 0)
		}
		if ok {
			run = append(run, k)
		} else if run != nil {
			runs, run = append(runs, run), nil
		}
	}
	if run != nil {
		runs = append(runs, run)
	}
	return runs
}

func (ch *chart) addReference(r Reference) {
	if r.Vertical {
		if finite(r.X) && r.X >= ch.x.min && r.X <= ch.x.max {
			ch.verticals = append(ch.verticals, r)
		}
		return
	}
	if !finite(r.Y) || r.Y < ch.y.min || r.Y > ch.y.max {
		return
	}
	ch.layers = append(ch.layers, &plotter.Line{LineStyle: referenceStyle,
		XYs: plotter.XYs{{X: ch.x.min, Y: r.Y}, {X: ch.x.max, Y: r.Y}}})
	if r.Label != "" {
		ch.ends = append(ch.ends, endLabel{y: r.Y, text: r.Label, plain: true})
	}
}

// movingMean averages the finite values in a centred window.
func movingMean(y []float64, window int) []float64 {
	out := make([]float64, len(y))
	for i := range y {
		out[i] = mean(y[max(0, i-window/2):min(len(y), i+(window+1)/2)])
	}
	return out
}
