package viz

import "math"

func (h *heatmap) draw(c *canvas, r rect) {
	g := h.grid
	g.x += r.x
	g.y += r.y
	h.drawCells(c, g)
	if h.o.Diagonal {
		h.drawDiagonal(c, g)
	}
	h.drawRows(c, r, g)
	h.drawCols(c, r, g)
	x := g.right()
	if h.o.RowSums {
		h.drawRowSums(c, g)
		x += sumWidth + 6
	}
	if h.o.ColSums {
		h.drawColSums(c, g)
	}
	if !h.hideBar {
		h.drawBar(c, rect{x + 26, g.y, barWidth, h.barHeight()})
	}
}

// cell is the box of row i and column j.
func (h *heatmap) cell(g rect, i, j int) rect {
	return rect{g.x + float64(j)*h.cellW, g.y + float64(i)*h.cellH, h.cellW, h.cellH}
}

func (h *heatmap) drawCells(c *canvas, g rect) {
	gap := 0.0
	if math.Min(h.cellW, h.cellH) >= 14 {
		gap = 0.5
	}
	for k, v := range h.flat {
		r := h.cell(g, k/h.cols, k%h.cols)
		in := r.inset(gap)
		back := panel
		if v == v {
			back = h.scale.color(v)
			c.fill(in, back)
		} else {
			c.fill(in, panel)
			c.hatch(in, gridline)
		}
		if h.numbers.size > 0 {
			s := h.numbers.with(readable(back))
			c.text(s, r.x+r.w/2, r.y+r.h/2, center, format(h.o.Format, v))
		}
	}
	c.frame(g.inset(-0.5), 0.5, hairline) // white cells end somewhere too
}

// drawDiagonal outlines the matching pairs in black with a white line inside, which shows on
// every colour.
func (h *heatmap) drawDiagonal(c *canvas, g rect) {
	width := math.Max(1, math.Min(2.5, h.cellH/14))
	for i := range min(h.rows, h.cols) {
		r := h.cell(g, i, i)
		c.frame(r, width, ink)
		if h.cellH >= 20 {
			c.frame(r.inset(width), 1, white)
		}
	}
}

func (h *heatmap) drawRows(c *canvas, r, g rect) {
	if h.o.RowTitle != "" && !h.hideRowLabels {
		s := style{size: sizeLabel, color: muted}
		c.turned(s, r.x+s.size*.85, g.y+g.h/2, center, math.Pi/2, h.o.RowTitle)
	}
	for i := range h.rows {
		y := g.y + (float64(i)+.5)*h.cellH
		if h.rowLabels != nil && i%h.rowEvery == 0 {
			l := h.rowLabels[i]
			top := y - float64(len(l))*h.rowType.line()/2
			c.lines(h.rowType, r.x+h.rowLabelEdge, top, right, l)
		}
		if h.o.RowImages != nil && h.thumb > 0 {
			c.picture(h.o.RowImages[i], rect{g.x - 4 - h.thumb, y - h.thumb/2, h.thumb, h.thumb})
		}
	}
}

func (h *heatmap) drawCols(c *canvas, r, g rect) {
	if h.o.ColTitle != "" {
		s := style{size: sizeLabel, color: muted}
		c.text(s, g.x+g.w/2, g.y-h.grid.y+s.line()/2, center, h.o.ColTitle)
	}
	edge := r.y + h.colLabelEdge
	for j := range h.cols {
		x := g.x + (float64(j)+.5)*h.cellW
		if h.colLabels != nil && j%h.colEvery == 0 {
			h.drawColLabel(c, x, edge, h.colLabels[j])
		}
		if h.o.ColImages != nil && h.thumb > 0 {
			c.picture(h.o.ColImages[j], rect{x - h.thumb/2, g.y - 4 - h.thumb, h.thumb, h.thumb})
		}
	}
}

func (h *heatmap) drawColLabel(c *canvas, x, edge float64, lines []string) {
	s := h.colType
	if !h.slanted {
		c.lines(s, x, edge-float64(len(lines))*s.line(), center, lines)
		return
	}
	step := s.line() / slantFactor
	x += s.size * .358 / slantFactor // centres the slanted line on the column
	for k, l := range lines {
		dx := (float64(k) - float64(len(lines)-1)/2) * step
		c.turned(s, x+dx, edge-1, left, slant, l)
	}
}

func (h *heatmap) drawRowSums(c *canvas, g rect) {
	s := style{size: math.Max(sizeMin, math.Min(sizeTick, h.cellH*.7)), bold: true}
	x := g.right() + 6
	c.fill(rect{x, g.y, sumWidth, g.h}, panel)
	for i, v := range h.sums(true) {
		if i%h.rowEvery == 0 && s.line() <= h.cellH*float64(h.rowEvery)+.5 {
			c.text(s, x+sumWidth/2, g.y+(float64(i)+.5)*h.cellH, center, format("%.2f", v))
		}
	}
	y := g.y - 10
	if h.slanted { // the captions lean over the top
		y = g.bottom() + 11
	}
	if !h.slanted || !h.o.ColSums {
		c.text(style{size: sizeTick, color: muted}, x+sumWidth/2, y, center, "sum")
	}
}

func (h *heatmap) drawColSums(c *canvas, g rect) {
	y := g.bottom() + 6
	s := style{size: sizeTick, bold: true}
	c.fill(rect{g.x, y, g.w, 26}, panel)
	sums := h.sums(false)
	wide := 0.0
	for _, v := range sums {
		wide = math.Max(wide, s.width(format("%.2f", v)))
	}
	s.size = math.Max(sizeMin, math.Min(s.size, s.size*(h.cellW-4)/wide))
	every := int(math.Ceil((wide*s.size/sizeTick + 2) / h.cellW))
	for j, v := range sums {
		if j%every == 0 {
			c.text(s, g.x+(float64(j)+.5)*h.cellW, y+13, center, format("%.2f", v))
		}
	}
	c.text(style{size: sizeTick, color: muted}, g.x-8, y+13, right, "sum")
}

// drawBar draws the colour bar with ticks and the name of the quantity.
func (h *heatmap) drawBar(c *canvas, r rect) {
	steps := int(r.h * density)
	for i := range steps {
		v := h.scale.max - (h.scale.max-h.scale.min)*(float64(i)+.5)/float64(steps)
		y := r.y + float64(i)/density
		c.fill(rect{r.x, y, r.w, 1 / density}, h.scale.color(v))
	}
	c.frame(r, 0.5, hairline)
	s := style{size: sizeTick}
	ticks, labels := h.barTicks()
	for i, t := range ticks {
		y := r.bottom() - r.h*(t-h.scale.min)/(h.scale.max-h.scale.min)
		c.fill(rect{r.right(), y - .5, 4, 1}, ink)
		c.text(s, r.right()+7, y, left, labels[i])
	}
	if h.o.Quantity != "" {
		x := r.right() + h.barLabels() - s.size*.3
		name := ellipsis(s, h.o.Quantity, r.h+40)
		c.turned(s.with(muted), x, r.y+r.h/2, center, math.Pi/2, name)
	}
}
