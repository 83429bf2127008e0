package viz

import (
	"fmt"
	"image"
	"math"
	"strings"
)

// ProbeOptions names the parts of a probe.
type ProbeOptions struct {
	Title, Subtitle string

	WithoutName, WithName string // under the pictures; "without", "with" when empty
	ScaleName             string // above the probabilities: "softmax, scale 10"; or "softmax"
	Highlight             []int  // words that stand out; nil is the largest cosine
}

// Probe shows what the difference of two pictures means: the pair, the difference of their unit
// features as a patch of colours (with minus without, in this order), and its cosine and
// softmax with each word.
//
//	delta  [D]  the difference vector
//	words, cosines, probabilities  [W]
//
// probabilities may be nil: the softmax depends on a scale, the cosines do not. It panics when
// the counts differ.
func Probe(without, with image.Image, delta []float32, words []string, cosines,
	probabilities []float64, opts ...ProbeOptions,
) *Figure {
	o := options("Probe", opts)
	if len(words) == 0 || len(delta) == 0 {
		panicf("viz: probe with %d words and a difference of %d numbers has nothing to draw",
			len(words), len(delta))
	}
	match(len(words), "word", len(cosines), "cosine", false)
	match(len(words), "word", len(probabilities), "probability", probabilities == nil)
	if o.WithoutName == "" {
		o.WithoutName = "without"
	}
	if o.WithName == "" {
		o.WithName = "with"
	}
	if o.ScaleName == "" {
		o.ScaleName = "softmax"
	}
	if o.Highlight == nil {
		if best := argmax(cosines); best >= 0 {
			o.Highlight = []int{best}
		}
	}
	p := &probe{o: o, without: without, with: with}
	p.measure(delta)
	t := &barTable{names: words, accent: set("highlight", o.Highlight, len(words))}
	cos := &barColumn{title: "cosine with the difference", values: cosines, layout: "%+.3f",
		track: 250}
	cos.span(0, 0)
	if lo, _ := finiteRange(cosines); lo >= 0 {
		_, hi := finiteRange(cosines)
		cos.min, cos.max = 0, roundUp(hi)
	}
	t.columns = []*barColumn{cos}
	if probabilities != nil {
		t.columns = append(t.columns, &barColumn{title: o.ScaleName, values: probabilities, max: 1,
			percent: true, layout: "%.1f", track: 250})
	}
	t.measure(420)
	p.table = t
	return newFigure(o.Title, o.Subtitle, p.alt(words, cosines, probabilities), p)
}

// probe is the body of a Probe: pictures and difference above, bars below.
type probe struct {
	o             ProbeOptions
	without, with image.Image
	patch         []float64
	rows, cols    int
	cell          float64
	scale         scale
	length        float64
	table         *barTable
}

const (
	probeSide = 170.0
	signRoom  = 40.0  // for − and =
	patchText = 250.0 // for the lines under the difference
)

// measure folds the vector into a patch of about 2:1 as high as the pictures.
func (p *probe) measure(delta []float32) {
	sum := 0.0
	for _, v := range delta {
		p.patch = append(p.patch, float64(v))
		sum += float64(v) * float64(v)
	}
	p.length = math.Sqrt(sum)
	lo, hi := finiteRange(p.patch)
	top := math.Max(math.Max(-lo, hi), 1e-9)
	p.scale = scale{min: -top, max: top, palette: Diverging}
	n := len(delta)
	p.rows = max(1, int(math.Round(math.Sqrt(float64(n)/2))))
	p.cols = (n + p.rows - 1) / p.rows
	p.cell = math.Min(probeSide/float64(p.rows), 2*probeSide/float64(p.cols))
}

func (p *probe) top() (w, h float64) {
	return 2*probeSide + 2*signRoom + math.Max(p.cell*float64(p.cols), patchText),
		probeSide + 2*captionStyle.line() + 6
}

func (p *probe) size() (w, h float64) {
	w, h = p.top()
	tw, th := p.table.size()
	return math.Max(w, tw), h + 22 + th
}

func (p *probe) draw(c *canvas, r rect) {
	_, high := p.top()
	x, y := r.x, r.y
	p.side(c, x, y, p.with, p.o.WithName)
	x += probeSide
	sign := style{size: 30, bold: true, color: muted}
	c.text(sign, x+signRoom/2, y+probeSide/2, center, "−")
	x += signRoom
	p.side(c, x, y, p.without, p.o.WithoutName)
	x += probeSide
	c.text(sign, x+signRoom/2, y+probeSide/2, center, "=")
	x += signRoom
	p.drawPatch(c, x, y)
	_, th := p.table.size()
	p.table.draw(c, rect{r.x, y + high + 22, r.w, math.Max(th, r.h-high-22)})
}

func (p *probe) side(c *canvas, x, y float64, img image.Image, name string) {
	c.picture(img, rect{x, y, probeSide, probeSide})
	c.lines(captionStyle, x+probeSide/2, y+probeSide+6, center, wrap(captionStyle, name, probeSide, 2))
}

// drawPatch draws the difference vector, row by row; NaN is hatched.
func (p *probe) drawPatch(c *canvas, x, y float64) {
	w, h := p.cell*float64(p.cols), p.cell*float64(p.rows)
	top := y + (probeSide-h)/2
	mid := x + math.Max(w, patchText)/2
	x = mid - w/2
	for i, v := range p.patch {
		box := rect{x + float64(i%p.cols)*p.cell, top + float64(i/p.cols)*p.cell, p.cell, p.cell}
		if v != v {
			c.hatch(box, hairline)
			continue
		}
		c.fill(box, p.scale.color(v))
	}
	c.frame(rect{x, top, w, h}, 0.5, hairline)
	note := fmt.Sprintf("the difference: %s", count(len(p.patch), "number"))
	c.text(captionStyle, mid, y+probeSide+6+captionStyle.line()*.5, center, note)
	span := fmt.Sprintf("−%.2f (orange) … %.2f (blue), length %.2f", p.scale.max, p.scale.max,
		p.length)
	below := y + probeSide + 6 + captionStyle.line()*1.5
	c.text(style{size: sizeSmall, color: muted}, mid, below, center, span)
}

func (p *probe) alt(words []string, cosines, probabilities []float64) string {
	var parts []string
	for i, w := range words {
		s := w + " " + format("%+.3f", cosines[i])
		if probabilities != nil {
			s += " (" + format("%.1f", 100*probabilities[i]) + " %)"
		}
		parts = append(parts, s)
	}
	return fmt.Sprintf("Probe: %s minus %s, a difference of %s; its cosine with %s.", p.o.WithName,
		p.o.WithoutName, count(len(p.patch), "number"), strings.Join(parts, ", "))
}
