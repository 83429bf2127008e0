package viz

import (
	"fmt"
	"image"
	"math"
	"strings"
)

// HeatmapOptions says what stands around a heat map. The zero value is a good heat map.
type HeatmapOptions struct {
	Title, Subtitle string

	RowLabels, ColLabels []string      // captions; none, or one for each row or column
	RowImages, ColImages []image.Image // thumbnails; none, or one for each row or column
	RowTitle, ColTitle   string        // what the rows and columns are: "images", "texts"
	Quantity             string        // what the numbers are: "cosine", "probability"

	Palette  Palette // Auto: diverging when a value is negative
	Min, Max float64 // ends of the colours; both 0: chosen from the values

	Format     string // of the numbers in the cells, "%.2f" when empty
	HideValues bool   // no numbers in the cells, even when they fit

	Diagonal         bool // outline the diagonal, where the matching pairs are
	RowSums, ColSums bool // write the sums at the margin

	Cell float64 // height of a cell in CSS pixels; 0 is chosen by the number of rows
}

// Heatmap draws a matrix as coloured cells, with thumbnails and captions for rows and columns.
//
// Numbers are written in the cells when they fit, captions are wrapped, slanted or cut so that
// none overlap, and a colour bar gives the scale. NaN cells are hatched.
//
// It panics on an empty matrix and on counts that differ: "viz: 8 rows and 7 row labels".
func Heatmap(m Matrix, opts ...HeatmapOptions) *Figure {
	o := options("Heatmap", opts)
	h := newHeatmap(m, o, 1)
	h.layout()
	return newFigure(o.Title, o.Subtitle, h.alt(), h)
}

// HeatmapPair draws two matrices side by side on one scale with one colour bar: before and
// after, or the softmax of the rows and of the columns. The right one takes labels, pictures
// and names from the left one where its own options give none; the titles of the options stand
// above each.
func HeatmapPair(left, right Matrix, leftOpts, rightOpts HeatmapOptions) *Figure {
	inherit(&rightOpts, leftOpts)
	const squeeze = 0.72 // two maps in the width of a page
	l, r := newHeatmap(left, leftOpts, squeeze), newHeatmap(right, rightOpts, squeeze)
	shared := l.scale.merge(r.scale)
	l.scale, r.scale = shared, shared
	l.hideBar = true
	r.hideRowLabels = l.rows == r.rows && sameStrings(leftOpts.RowLabels, rightOpts.RowLabels)
	l.layout()
	r.layout()
	top := math.Max(l.grid.y, r.grid.y)
	l.shift(top - l.grid.y)
	r.shift(top - r.grid.y)
	return Row(
		newFigure(leftOpts.Title, leftOpts.Subtitle, l.alt(), l),
		newFigure(rightOpts.Title, rightOpts.Subtitle, r.alt(), r),
	)
}

func inherit(to *HeatmapOptions, from HeatmapOptions) {
	if to.RowLabels == nil {
		to.RowLabels = from.RowLabels
	}
	if to.ColLabels == nil {
		to.ColLabels = from.ColLabels
	}
	if to.RowImages == nil {
		to.RowImages = from.RowImages
	}
	if to.ColImages == nil {
		to.ColImages = from.ColImages
	}
	if to.RowTitle == "" {
		to.RowTitle = from.RowTitle
	}
	if to.ColTitle == "" {
		to.ColTitle = from.ColTitle
	}
	if to.Quantity == "" {
		to.Quantity = from.Quantity
	}
	if to.Format == "" {
		to.Format = from.Format
	}
	if to.Min == 0 && to.Max == 0 {
		to.Min, to.Max = from.Min, from.Max
	}
	if to.Palette == Auto {
		to.Palette = from.Palette
	}
	if to.Cell == 0 {
		to.Cell = from.Cell
	}
	to.Diagonal = to.Diagonal || from.Diagonal
}

func sameStrings(a, b []string) bool { return strings.Join(a, "\x00") == strings.Join(b, "\x00") }

// Confusion draws counts[true][predicted] with the right answers, on the diagonal, outlined.
func Confusion(counts Matrix, classes []string, opts ...HeatmapOptions) *Figure {
	o := options("Confusion", opts)
	o.RowLabels, o.ColLabels, o.Diagonal = classes, classes, true
	if o.Format == "" {
		o.Format = "%.0f"
	}
	if o.RowTitle == "" && o.ColTitle == "" {
		o.RowTitle, o.ColTitle = "true class", "predicted class"
	}
	if o.Quantity == "" {
		o.Quantity = "count"
	}
	rows, cols, flat := values("confusion matrix", counts)
	match(rows, "row", cols, "column", false)
	right, all := 0.0, 0.0
	for i, v := range flat {
		all += v
		if i/cols == i%cols {
			right += v
		}
	}
	f := Heatmap(counts, o)
	if finite(right/all) && all > 0 {
		f.Alt = fmt.Sprintf("Confusion matrix of %s; %s of %s right (%s).", count(rows, "class"),
			format("%.0f", right), format("%.0f", all), format("%.1f %%", 100*right/all))
	}
	return f
}

// alt describes the matrix: its size, range, and diagonal against the rest.
func (h *heatmap) alt() string {
	what := "values"
	if h.o.Quantity != "" {
		what = "values (" + h.o.Quantity + ")"
	}
	var s strings.Builder
	fmt.Fprintf(&s, "Heat map of %d × %d %s", h.rows, h.cols, what)
	if h.o.RowTitle != "" && h.o.ColTitle != "" {
		fmt.Fprintf(&s, ", rows %s, columns %s", h.o.RowTitle, h.o.ColTitle)
	}
	var diagonal, rest []float64
	bad := 0
	for i, v := range h.flat {
		if !finite(v) {
			bad++
		}
		if i/h.cols == i%h.cols {
			diagonal = append(diagonal, v)
		} else {
			rest = append(rest, v)
		}
	}
	lo, hi := finiteRange(h.flat)
	if h.rows == h.cols && h.rows > 1 {
		fmt.Fprintf(&s, "; the diagonal averages %s, the rest %s",
			format("%.2f", mean(diagonal)), format("%.2f", mean(rest)))
	} else {
		fmt.Fprintf(&s, "; from %s to %s", format("%.2f", lo), format("%.2f", hi))
	}
	if h.o.RowSums {
		s.WriteString("; " + sumsPhrase("row", h.sums(true)))
	}
	if h.o.ColSums {
		s.WriteString("; " + sumsPhrase("column", h.sums(false)))
	}
	if bad > 0 {
		fmt.Fprintf(&s, "; %s not finite", count(bad, "cell"))
	}
	return s.String() + "."
}

func sumsPhrase(what string, sums []float64) string {
	lo, hi := finiteRange(sums)
	a, b := format("%.2f", lo), format("%.2f", hi)
	if a == b {
		return fmt.Sprintf("each %s sums to %s", what, a)
	}
	return fmt.Sprintf("%s sums from %s to %s", what, a, b)
}

// sums of the rows or of the columns.
func (h *heatmap) sums(byRow bool) []float64 {
	n := h.cols
	if byRow {
		n = h.rows
	}
	sums := make([]float64, n)
	for i, v := range h.flat {
		if byRow {
			sums[i/h.cols] += v
		} else {
			sums[i%h.cols] += v
		}
	}
	return sums
}
