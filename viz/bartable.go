package viz

import (
	"image"
	"math"
)

// barTable is the body behind Bars, GroupedBars and Probe: named rows, and one column of bars
// for each set of values. Each value is written beside its bar, so there are no axes to read.
type barTable struct {
	names   []string
	images  []image.Image // none, or a thumbnail for each row
	columns []*barColumn
	correct map[int]bool // rows with the right answer; nil when nothing is judged
	accent  map[int]bool // rows that stand out without being judged

	wrapped [][]string
	labelW  float64
	rowH    float64
	thumb   float64
	label   style
}

// barColumn is a set of values drawn on one scale.
type barColumn struct {
	title    string
	values   []float64
	min, max float64
	percent  bool
	layout   string // format of the values
	track    float64
	textW    float64
	lines    []Reference // at values, across all bars, each label on its own line above
}

const (
	columnGap = 30.0
	markRoom  = 26.0 // for a check mark or cross after the value
)

// write is the value as text.
func (col *barColumn) write(v float64) string {
	if col.percent && finite(v) {
		return format(col.layout, 100*v) + " %"
	}
	return format(col.layout, v)
}

// span chooses the ends of the track: 0..1 for shares, symmetric for values of both signs.
func (col *barColumn) span(lo, hi float64) {
	col.min, col.max = lo, hi
	if lo != 0 || hi != 0 {
		if hi <= lo {
			col.max = lo + 1
		}
		return
	}
	all := append([]float64(nil), col.values...)
	for _, line := range col.lines {
		all = append(all, line.X)
	}
	vmin, vmax := finiteRange(all)
	switch {
	case vmin < 0:
		col.max = roundUp(math.Max(-vmin, vmax))
		col.min = -col.max
	case vmax <= 1.0001 && (vmax > .5 || col.percent):
		col.max = 1
	default:
		col.max = roundUp(vmax)
	}
}

// measure fixes the sizes; most is the height that many rows may take together.
func (t *barTable) measure(most float64) {
	n := float64(len(t.names))
	t.rowH = math.Max(17, math.Min(36, most/n))
	if t.images != nil {
		t.rowH = math.Max(24, math.Min(58, most*1.3/n))
		t.thumb = t.rowH - 6
	}
	t.label = style{size: math.Max(sizeMin, math.Min(sizeLabel, t.rowH*.62))}
	lines := max(1, min(2, int(t.rowH/(t.label.size*1.12))))
	for _, name := range t.names {
		w := wrap(t.label, name, 230, lines)
		t.wrapped = append(t.wrapped, w)
		bold := t.label
		bold.bold = true // a marked row is bold and a little wider
		t.labelW = math.Max(t.labelW, bold.widest(w))
	}
	for _, col := range t.columns {
		for _, v := range col.values {
			col.textW = math.Max(col.textW, style{size: t.label.size, bold: true}.width(col.write(v)))
		}
	}
}

func (t *barTable) headed() bool {
	for _, col := range t.columns {
		if col.title != "" {
			return true
		}
	}
	return false
}

func (t *barTable) heading() float64 {
	h := 0.0
	if t.headed() {
		h = style{size: sizeLabel}.line() + 6
	}
	for _, col := range t.columns {
		h = math.Max(h, float64(len(col.lines))*(referenceText.line()+1))
	}
	return h
}

var referenceText = style{size: sizeTick, color: muted}

func (t *barTable) size() (w, h float64) {
	w = t.labelW + 10
	if t.images != nil {
		w += t.thumb + 10
	}
	for i, col := range t.columns {
		if i > 0 {
			w += columnGap
		}
		w += math.Max(col.track+8+col.textW, style{size: sizeLabel, bold: true}.width(col.title))
	}
	if t.correct != nil {
		w += markRoom
	}
	return w, t.heading() + t.rowH*float64(len(t.names))
}

func (t *barTable) draw(c *canvas, r rect) {
	w, h := t.size()
	extra := math.Max(0, r.w-w) / float64(len(t.columns))
	top := r.y + t.heading()
	rowH := t.rowH + math.Min(t.rowH*.6, math.Max(0, r.h-h)/float64(len(t.names)))
	x := r.x
	for i, lines := range t.wrapped {
		s := t.label
		s.bold = t.correct[i] || t.accent[i]
		y := top + (float64(i)+.5)*rowH - float64(len(lines))*s.line()/2
		c.lines(s, x+t.labelW, y, right, lines)
	}
	x += t.labelW + 10
	if t.images != nil {
		for i, img := range t.images {
			y := top + (float64(i)+.5)*rowH
			c.picture(img, rect{x, y - t.thumb/2, t.thumb, t.thumb})
		}
		x += t.thumb + 10
	}
	for _, col := range t.columns {
		title := style{size: sizeLabel, bold: true}
		track := math.Max(col.track, title.width(col.title)-8-col.textW) + extra
		c.text(title, x, r.y+title.line()/2, left, col.title)
		t.drawColumn(c, col, rect{x, top, track, rowH * float64(len(t.names))}, rowH)
		x += track + 8 + col.textW + columnGap
	}
}

func (t *barTable) drawColumn(c *canvas, col *barColumn, r rect, rowH float64) {
	thick := math.Min(24, rowH*.66)
	at := func(v float64) float64 {
		f := (v - col.min) / (col.max - col.min)
		return r.x + r.w*math.Max(0, math.Min(1, f))
	}
	zero := at(0)
	best := argmax(col.values)
	for i, v := range col.values {
		y := r.y + (float64(i)+.5)*rowH
		c.fill(rect{r.x, y - thick/2, r.w, thick}, panel)
		wrong := t.correct != nil && i == best && !t.correct[i]
		if v == v {
			end := at(v)
			bar := rect{math.Min(zero, end), y - thick/2, math.Abs(end - zero), thick}
			c.fill(bar, t.barColor(i, wrong))
			if wrong {
				c.hatch(bar, tint(vermilion, .45))
			}
		}
		s := t.label
		s.bold = t.correct[i] || t.accent[i]
		c.text(s, r.right()+8+col.textW, y, right, col.write(v))
		mark := xy{r.right() + 8 + col.textW + 14, y}
		if t.correct[i] {
			c.tick(mark.x, mark.y, 13, blue)
		} else if wrong {
			c.cross(mark.x, mark.y, 13, vermilion)
		}
	}
	t.drawLines(c, col, r, at, r.bottom()-rowH/2+thick/2+3)
	c.fill(rect{zero - .5, r.y + (rowH-thick)/2 - 3, 1, r.h - rowH + thick + 6}, ink)
}

// drawLines draws the values to compare with: dashed lines, then their labels, one above the
// other, so that a line never runs through a label.
func (t *barTable) drawLines(c *canvas, col *barColumn, r rect, at func(float64) float64,
	bottom float64,
) {
	line := referenceText.line()
	y := func(k int) float64 { return r.y - (float64(len(col.lines)-k)-.5)*line - 3 }
	for k, ref := range col.lines {
		c.dashed(at(ref.X), y(k)+line/2+1, bottom, muted)
	}
	for k, ref := range col.lines {
		label := ellipsis(referenceText, ref.Label, r.w+8+col.textW)
		w := referenceText.width(label)
		x := math.Max(r.x+w/2, math.Min(r.right()+8+col.textW-w/2, at(ref.X)))
		c.fill(rect{x - w/2 - 2, y(k) - line/2, w + 4, line}, white)
		c.text(referenceText, x, y(k), center, label)
	}
}

func (t *barTable) barColor(i int, wrong bool) (col rgba) {
	switch {
	case wrong:
		return vermilion
	case t.correct[i] || t.accent[i]:
		return blue
	case t.correct != nil || t.accent != nil:
		return quiet
	}
	return blue
}

// argmax is the first index of the largest value; −1 when none is a number.
func argmax(values []float64) int {
	best := -1
	for i, v := range values {
		if v == v && (best < 0 || v > values[best]) {
			best = i
		}
	}
	return best
}

// set makes a lookup of row numbers; it panics on one that is not there.
func set(what string, rows []int, n int) map[int]bool {
	if rows == nil {
		return nil
	}
	m := map[int]bool{}
	for _, i := range rows {
		if i < 0 || i >= n {
			panicf("viz: %s %d of %s", what, i, count(n, "bar"))
		}
		m[i] = true
	}
	return m
}
