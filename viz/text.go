package viz

import (
	"image/color"
	"math"
	"strings"
	"sync"
	"unicode"

	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// style is type: a size in CSS pixels, a weight, a colour.
type style struct {
	size  float64
	bold  bool
	mono  bool
	color color.Color // nil is ink
}

var fonts = sync.OnceValue(func() *font.Cache { return font.NewCache(liberation.Collection()) })

func (s style) font() font.Font {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(s.size * points)}
	if s.mono {
		f.Variant = "Mono"
	}
	if s.bold {
		f.Weight = stdfont.WeightBold
	}
	return f
}

func (s style) face() font.Face {
	f := s.font()
	return fonts().Lookup(f, f.Size)
}

// width of one line of text in CSS pixels.
func (s style) width(text string) float64 {
	f := s.face()
	return float64(f.Width(printable(text))) / points
}

// line is the height of a line.
func (s style) line() float64 { return s.size * leading }

// with changes the colour.
func (s style) with(col color.Color) style { s.color = col; return s }

// widest of several lines.
func (s style) widest(texts []string) float64 {
	w := 0.0
	for _, t := range texts {
		w = math.Max(w, s.width(t))
	}
	return w
}

// Where text stands to its anchor.
const (
	left   = 0.0
	center = 0.5
	right  = 1.0
)

// text writes one line whose capitals and digits are centred on y.
func (c *canvas) text(s style, x, y, align float64, text string) {
	c.turned(s, x, y+s.size*0.358, align, 0, text) // half of Liberation's cap height, .716 em
}

// turned writes one line from a baseline point, turned counter-clockwise about it.
func (c *canvas) turned(s style, x, y, align, angle float64, text string) {
	text = printable(text)
	if text == "" || s.size <= 0 {
		return
	}
	if s.color == nil {
		s.color = ink
	}
	face := s.face()
	if c.trace != nil {
		w := s.width(text)
		sin, cos := math.Sincos(angle)
		c.trace(textBox{x - align*w*cos, y + align*w*sin, w, s.size, angle, text})
	}
	shift := vg.Point{X: -face.Width(text) * vg.Length(align)}
	c.vg.SetColor(s.color)
	if angle == 0 {
		c.vg.FillString(face, c.at(x, y).Add(shift), text)
		return
	}
	x, y = math.Round(x*density)/density, math.Round(y*density)/density // sharper when upright
	c.vg.Push()
	c.vg.Translate(c.at(x, y))
	c.vg.Rotate(angle)
	c.vg.FillString(face, shift, text)
	c.vg.Pop()
}

// lines writes wrapped lines, the first one centred half a line below the top y.
func (c *canvas) lines(s style, x, y, align float64, lines []string) {
	for i, l := range lines {
		c.text(s, x, y+(float64(i)+0.5)*s.line(), align, l)
	}
}

// printable replaces what the font lacks by a box, and drops what has no shape by itself
// (joiners, variation selectors, control characters). Broken UTF-8 becomes boxes as well.
func printable(text string) string {
	plain := true
	for _, r := range text {
		if r < 0x20 || r > 0x7e {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	// Composed first: a letter with its accent is one rune of the font, an accent alone is not.
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == 0x200d || unicode.Is(unicode.Mn, r) || r >= 0xfe00 && r <= 0xfe0f ||
			r >= 0x1f3fb && r <= 0x1f3ff || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case !hasGlyph(r):
			return '□'
		}
		return r
	}, norm.NFC.String(text))
}

var glyphs struct {
	sync.Mutex
	known map[rune]bool
	buf   sfnt.Buffer
}

func hasGlyph(r rune) bool {
	glyphs.Lock()
	defer glyphs.Unlock()
	if ok, seen := glyphs.known[r]; seen {
		return ok
	}
	if glyphs.known == nil {
		glyphs.known = map[rune]bool{}
	}
	i, err := style{size: 12}.face().Face.GlyphIndex(&glyphs.buf, r)
	glyphs.known[r] = err == nil && i != 0
	return glyphs.known[r]
}
