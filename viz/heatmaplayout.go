package viz

import (
	"math"
	"strings"
)

// heatmap is the body of a Heatmap: first measured (layout), then drawn.
type heatmap struct {
	o             HeatmapOptions
	rows, cols    int
	flat          []float64
	scale         scale
	hideBar       bool
	hideRowLabels bool

	cellW, cellH float64
	numbers      style // of the values in the cells; size 0 when they do not fit
	rowType      style
	colType      style
	slanted      bool // column labels
	rowLabels    [][]string
	colLabels    [][]string
	rowEvery     int // every how many-th row is labelled
	colEvery     int
	thumb        float64 // 0: none

	grid          rect // the cells, from the body's upper left corner
	width, height float64
	rowLabelEdge  float64 // right edge of the row labels
	colLabelEdge  float64 // bottom edge of the column labels
}

const (
	maxCaption  = 200.0 // longest line of a row or slanted column caption
	barWidth    = 16.0  // of the colour bar
	sumWidth    = 54.0  // of the column with the row sums
	slant       = math.Pi / 4
	slantFactor = math.Sqrt2 / 2 // sine and cosine of slant
)

func newHeatmap(m Matrix, o HeatmapOptions, squeeze float64) *heatmap {
	rows, cols, flat := values("heat map", m)
	match(rows, "row", len(o.RowLabels), "row label", true)
	match(rows, "row", len(o.RowImages), "row image", true)
	match(cols, "column", len(o.ColLabels), "column label", true)
	match(cols, "column", len(o.ColImages), "column image", true)
	if o.Format == "" {
		o.Format = "%.2f"
	}
	h := &heatmap{o: o, rows: rows, cols: cols, flat: flat}
	h.scale = newScale(flat, o.Min, o.Max, o.Palette)
	h.cellSize(squeeze)
	return h
}

// cellSize grows the map slowly with the number of cells, so that 2 rows are not huge and 32
// are still seen; cells get wider than high where few columns have captions.
func (h *heatmap) cellSize(squeeze float64) {
	n := float64(max(h.rows, h.cols))
	total := math.Min(440+14*n, 800) * squeeze
	h.cellH = math.Max(4, math.Min(84*squeeze, total/n))
	if h.o.Cell > 0 {
		h.cellH = math.Max(2, h.o.Cell)
	}
	h.cellW = h.cellH
	if h.o.ColLabels != nil && h.o.Cell == 0 && h.cols <= 8 {
		h.cellW = math.Max(h.cellH, math.Min(104*squeeze, total/float64(h.cols)))
	}
}

// layout measures everything from the cells outwards.
func (h *heatmap) layout() {
	h.layoutNumbers()
	h.layoutThumbs()
	h.layoutRowLabels()
	h.layoutColLabels()

	x := 0.0
	if h.o.RowTitle != "" && !h.hideRowLabels {
		x += style{size: sizeLabel}.line() + 4
	}
	if w := h.rowLabelWidth(); w > 0 {
		x += w
		h.rowLabelEdge = x
		x += spacing
	}
	if h.o.RowImages != nil && h.thumb > 0 {
		x += h.thumb + 4
	}
	y := 0.0
	if h.o.ColTitle != "" {
		y += style{size: sizeLabel}.line() + 4
	}
	if tall := h.colLabelHeight(); tall > 0 {
		y += tall
		h.colLabelEdge = y
		y += 5
	}
	if h.o.ColImages != nil && h.thumb > 0 {
		y += h.thumb + 4
	}
	h.grid = rect{x, y, h.cellW * float64(h.cols), h.cellH * float64(h.rows)}
	h.width, h.height = h.grid.right(), h.grid.bottom()
	if h.o.RowSums {
		h.width += sumWidth + 6
	}
	if h.o.ColSums {
		h.height += 32
	} else if h.o.RowSums && h.slanted {
		h.height += 20
	}
	if !h.hideBar {
		h.width += 26 + barWidth + h.barLabels()
		h.height = math.Max(h.height, h.grid.y+h.barHeight()+8)
	}
	if h.slanted { // the last caption leans to the right
		h.width = math.Max(h.width, h.grid.right()-h.cellW/2+h.overhang()+4)
	}
}

// shift moves the map down to align it with its neighbour.
func (h *heatmap) shift(dy float64) {
	h.grid.y += dy
	h.colLabelEdge += dy
	h.height += dy
}

func (h *heatmap) size() (w, ht float64) { return h.width, h.height }

// layoutNumbers finds the largest type in which every number fits its cell.
func (h *heatmap) layoutNumbers() {
	if h.o.HideValues || h.rows*h.cols > 2500 {
		return
	}
	wide := 0.0
	for _, v := range h.flat {
		wide = math.Max(wide, style{size: 10}.width(format(h.o.Format, v)))
	}
	size := math.Min(math.Min(15, h.cellH*.45), 10*(h.cellW-5)/wide)
	if size >= sizeMin {
		h.numbers = style{size: size}
	}
}

func (h *heatmap) layoutThumbs() {
	h.thumb = math.Min(64, math.Min(h.cellH, h.cellW)-3)
	if h.thumb < 12 || h.o.RowImages == nil && h.o.ColImages == nil {
		h.thumb = 0
	}
}

// layoutRowLabels wraps captions into the height of their row; rows lower than the smallest
// type are labelled only now and then.
func (h *heatmap) layoutRowLabels() {
	h.rowEvery = 1
	if h.o.RowLabels == nil || h.hideRowLabels {
		return
	}
	h.rowType = style{size: math.Min(14, math.Max(sizeMin, h.cellH/1.25))}
	if line := h.rowType.line(); line > h.cellH {
		h.rowEvery = int(math.Ceil(line / h.cellH))
	}
	n := max(1, min(4, int(h.cellH/h.rowType.line())))
	for _, l := range h.o.RowLabels {
		h.rowLabels = append(h.rowLabels, wrap(h.rowType, l, maxCaption, n))
	}
}

func (h *heatmap) rowLabelWidth() float64 {
	w := 0.0
	for _, l := range h.rowLabels {
		w = math.Max(w, h.rowType.widest(l))
	}
	return w
}

// layoutColLabels wraps captions upright above their column when all fit, and slants them
// otherwise.
func (h *heatmap) layoutColLabels() {
	h.colEvery = 1
	if h.o.ColLabels == nil {
		return
	}
	h.colType = style{size: 14}
	upright := true
	for _, l := range h.o.ColLabels {
		upright = upright && wraps(h.colType, l, h.cellW-6, 3)
	}
	if upright {
		for _, l := range h.o.ColLabels {
			h.colLabels = append(h.colLabels, wrap(h.colType, l, h.cellW-6, 3))
		}
		return
	}
	h.slanted = true
	room := h.cellW * slantFactor // between the base lines of neighbours
	h.colType.size = math.Min(14, math.Max(sizeMin, room/1.15))
	if line := h.colType.size * 1.15; line > room {
		h.colEvery = int(math.Ceil(line / room))
	}
	n := max(1, min(2, int(room/h.colType.line())))
	for _, l := range h.o.ColLabels {
		h.colLabels = append(h.colLabels, wrap(h.colType, l, maxCaption, n))
	}
}

func (h *heatmap) colLabelHeight() float64 {
	lines, wide := 0, 0.0
	for j, l := range h.colLabels {
		if j%h.colEvery == 0 {
			lines, wide = max(lines, len(l)), math.Max(wide, h.colType.widest(l))
		}
	}
	if wide == 0 {
		return 0
	}
	if h.slanted {
		return (wide + h.colType.size) * slantFactor
	}
	return float64(lines) * h.colType.line()
}

// overhang is how far slanted captions reach to the right of the middle of the last column.
func (h *heatmap) overhang() float64 {
	far := 0.0
	for j, l := range h.colLabels {
		if j%h.colEvery == 0 {
			back := float64(h.cols-1-j) * h.cellW
			far = math.Max(far, (h.colType.widest(l)+2*h.colType.size)*slantFactor-back)
		}
	}
	return far
}

// barTicks are the values at the colour bar.
func (h *heatmap) barTicks() ([]float64, []string) {
	n := max(2, min(6, int(h.barHeight()/44)))
	ticks := withEnds(niceTicks(h.scale.min, h.scale.max, n), h.scale.min, h.scale.max)
	labels := tickLabels(ticks)
	if strings.HasSuffix(h.o.Format, "%%") {
		for i := range labels {
			labels[i] += " %"
		}
	}
	return ticks, labels
}

func (h *heatmap) barHeight() float64 { return math.Max(84, math.Min(h.grid.h, 340)) }

// barLabels is the width of the colour bar's labels and name.
func (h *heatmap) barLabels() float64 {
	_, labels := h.barTicks()
	w := 6 + style{size: sizeTick}.widest(labels)
	if h.o.Quantity != "" {
		w += style{size: sizeTick}.line() + 4
	}
	return w
}
