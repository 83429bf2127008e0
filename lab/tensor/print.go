package tensor

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// How much of a tensor is printed: more rows or columns than this are cut in the middle.
const (
	maxRows = 8
	maxCols = 8
	edge    = 3 // what is kept on either side of the cut
)

// String shows shape, type and range, then a corner of the values: the last two dimensions, of
// the first entry along all others.
func (t *Tensor) String() string {
	var b strings.Builder
	b.WriteString(t.headline())
	rows, cols := t.face()
	if rows*cols == 0 {
		return b.String()
	}
	ri, ci := shown(rows, maxRows), shown(cols, maxCols)
	cells, width := make([][]string, len(ri)), 1
	for i, r := range ri {
		for _, c := range ci {
			s := t.cell(r, c, cols)
			width = max(width, len([]rune(s)))
			cells[i] = append(cells[i], s)
		}
	}
	if lead := t.lead(); lead != "" {
		fmt.Fprintf(&b, "\n%s =", lead)
	}
	for _, row := range cells {
		b.WriteString("\n")
		for j, s := range row {
			w := width
			if ci[j] < 0 {
				w = 1 // the column of …
			}
			b.WriteString("  " + strings.Repeat(" ", w-len([]rune(s))) + s)
		}
	}
	return b.String()
}

// MIMEBundle shows the tensor in a notebook: a table tinted by value, orange above zero and blue
// below, and the same as text.
func (t *Tensor) MIMEBundle() map[string]any {
	return map[string]any{"text/plain": t.String(), "text/html": t.table()}
}

func (t *Tensor) headline() string {
	lo, mean, hi := t.Stats()
	return fmt.Sprintf("%v float32  min %s  mean %s  max %s",
		shapeString(t.Shape), number(lo), number(mean), number(hi))
}

// face is the size of the last two dimensions, those that are printed.
func (t *Tensor) face() (rows, cols int) {
	switch n := len(t.Shape); {
	case volume(t.Shape) == 0:
		return 0, 0
	case n == 0:
		return 1, 1
	case n == 1:
		return 1, t.Shape[0]
	default:
		return t.Shape[n-2], t.Shape[n-1]
	}
}

// lead names the entry that is printed when there are more than two dimensions: [0, 0, :, :].
func (t *Tensor) lead() string {
	if len(t.Shape) < 3 {
		return ""
	}
	return "[" + strings.Repeat("0, ", len(t.Shape)-2) + ":, :]"
}

// cell is the text of one entry; −1 stands for the rows or columns left out.
func (t *Tensor) cell(r, c, cols int) string {
	switch {
	case r < 0 && c < 0:
		return "⋱"
	case r < 0:
		return "⋮"
	case c < 0:
		return "…"
	}
	return number(float64(t.Data[r*cols+c]))
}

func (t *Tensor) table() string {
	var b strings.Builder
	b.WriteString(`<div style="overflow-x:auto"><table style="border-collapse:collapse;` +
		`font-family:monospace;font-size:0.9em"><caption style="text-align:left;` +
		`white-space:nowrap;padding:2px 0">` + html.EscapeString(t.headline()))
	if lead := t.lead(); lead != "" {
		b.WriteString("<br>" + lead + " =")
	}
	b.WriteString("</caption>")
	rows, cols := t.face()
	lo, _, hi := t.Stats()
	scale := max(math.Abs(lo), math.Abs(hi))
	for _, r := range shown(rows, maxRows) {
		b.WriteString("<tr>")
		for _, c := range shown(cols, maxCols) {
			tint := ""
			if r >= 0 && c >= 0 {
				tint = background(float64(t.Data[r*cols+c]), scale)
			}
			fmt.Fprintf(&b, `<td style="text-align:right;white-space:nowrap;padding:2px 6px;%s">%s</td>`,
				tint, t.cell(r, c, cols))
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table></div>")
	return b.String()
}

// background tints a value: orange above zero, blue below, at most half opaque so that text in
// any theme stays readable. The two hues are those of Okabe and Ito, safe for the colour-blind.
func background(v, scale float64) string {
	if scale == 0 || math.IsNaN(v) || math.IsInf(scale, 0) {
		return ""
	}
	hue := "230,159,0"
	if v < 0 {
		hue = "0,114,178"
	}
	return fmt.Sprintf("background:rgba(%s,%.2f)", hue, 0.5*math.Abs(v)/scale)
}

// shown lists the indices that are printed of n; −1 stands for those left out.
func shown(n, limit int) []int {
	var idx []int
	for i := 0; i < n; i++ {
		if n > limit && i == edge {
			idx = append(idx, -1)
			i = n - edge
		}
		idx = append(idx, i)
	}
	return idx
}

// number prints with four significant digits or so, and always the same number of decimals for
// values of everyday size, so that columns align.
func number(v float64) string {
	switch a := math.Abs(v); {
	case v == 0:
		return "0"
	case math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Sprintf("%v", v)
	case v == math.Trunc(v) && a < 1e6:
		return fmt.Sprintf("%.0f", v)
	case a >= 1e5 || a < 1e-3:
		return fmt.Sprintf("%.2e", v)
	case a >= 100:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.4f", v)
	}
}

func shapeString(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")
}
