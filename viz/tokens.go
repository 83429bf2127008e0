package viz

import (
	"fmt"
	"math"
	"strings"
)

// TokenStripOptions says how tokens are set.
type TokenStripOptions struct {
	Title, Subtitle string

	Width float64 // of a line in CSS pixels, 860 when 0
	All   bool    // show every padding token instead of one box for the run
}

// TokenStrip shows a text as the model reads it: a box for each piece with its id below. The
// start and end tokens (<|startoftext|>, <|endoftext|>) are dark, a run of padding (pieces ""
// or "<pad>") becomes one outlined box with its length. A piece that ends a word may end in
// </w>; pieces of one word then share a colour.
//
// It panics unless there is one id for each piece. Pieces may be fewer than ids when only ids
// of padding, all equal, follow.
func TokenStrip(pieces []string, ids []int, opts ...TokenStripOptions) *Figure {
	o := options("TokenStrip", opts)
	if len(ids) == 0 {
		panic("viz: token strip of 0 tokens has nothing to draw")
	}
	n := len(pieces)
	if n > len(ids) {
		match(n, "piece", len(ids), "id", false)
	}
	for _, id := range ids[n:] {
		if id != ids[n] {
			match(n, "piece", len(ids), "id", false)
		}
	}
	s := &tokenStrip{width: o.Width}
	if s.width <= 0 {
		s.width = 860
	}
	for _, p := range pieces {
		s.words = s.words || strings.HasSuffix(p, endOfWord)
	}
	for i := 0; i < len(ids); i++ {
		run := 1
		if i >= n || pieces[i] == "" || pieces[i] == "<pad>" {
			for !o.All && i+run < len(ids) && ids[i+run] == ids[i] &&
				(i+run >= n || pieces[i+run] == pieces[i]) {
				run++
			}
			s.add(token{kind: padding, piece: "padding", id: fmt.Sprint(ids[i]), run: run})
			i += run - 1
			continue
		}
		s.add(newToken(pieces[i], ids[i]))
	}
	s.flow()
	return newFigure(o.Title, o.Subtitle, s.alt(len(ids)), s)
}

type tokenKind int

const (
	word tokenKind = iota
	special
	padding
)

type token struct {
	kind  tokenKind
	piece string
	id    string
	run   int  // how many the box stands for
	ends  bool // </w>, the end of a word
	shade int  // pieces of one word share a colour
	box   rect
}

func newToken(piece string, id int) token {
	t := token{piece: piece, id: fmt.Sprint(id), run: 1}
	if strings.HasPrefix(piece, "<|") || strings.HasPrefix(piece, "<start") ||
		strings.HasPrefix(piece, "<end") {
		t.kind = special
	} else if p, ok := strings.CutSuffix(piece, endOfWord); ok {
		t.piece, t.ends = p, true
	}
	return t
}

// tokenStrip is the body of a TokenStrip.
type tokenStrip struct {
	width  float64
	words  bool // some piece says where its word ends
	tokens []token
	w, h   float64
}

const (
	endOfWord   = "</w>" // as the vocabulary writes it
	tokenHeight = 34.0
	tokenLine   = tokenHeight + 34 // box, id, space
)

var (
	pieceStyle = style{size: 16, mono: true}
	idStyle    = style{size: sizeTick, color: muted}
	endStyle   = style{size: 11, mono: true, color: muted}
)

func (s *tokenStrip) add(t token) {
	if t.run > 1 {
		t.id = fmt.Sprintf("%s × %d", t.id, t.run)
	}
	t.piece = ellipsis(pieceStyle, t.piece, s.width-24)
	w := pieceStyle.width(t.piece) + 18
	if t.ends {
		w += endStyle.width(endOfWord) + 1
	}
	t.box.w = math.Max(w, idStyle.width(t.id)+6)
	if n := len(s.tokens); n > 0 {
		t.shade = s.tokens[n-1].shade
		if s.tokens[n-1].ends || !s.words {
			t.shade++
		}
	}
	s.tokens = append(s.tokens, t)
}

// flow sets the boxes in lines.
func (s *tokenStrip) flow() {
	x, y := 0.0, 0.0
	for i := range s.tokens {
		t := &s.tokens[i]
		if x > 0 && x+t.box.w > s.width {
			x, y = 0, y+tokenLine
		}
		t.box = rect{x, y, t.box.w, tokenHeight}
		x = t.box.right() + 6
		s.w = math.Max(s.w, t.box.right())
	}
	s.h = y + tokenHeight + 20
}

func (s *tokenStrip) size() (w, h float64) { return s.w, s.h }

func (s *tokenStrip) draw(c *canvas, r rect) {
	for _, t := range s.tokens {
		b := t.box
		b.x, b.y = b.x+r.x, b.y+r.y
		st := pieceStyle
		switch t.kind {
		case special:
			c.roundRect(b, 6, blue)
			st = st.with(white)
		case padding:
			c.roundRect(b, 6, hairline)
			c.roundRect(b.inset(1), 5, white)
			st = st.with(muted)
		default:
			c.roundRect(b, 6, tint(okabeIto[[2]int{5, 4}[t.shade%2]], .42))
		}
		mid := b.x + b.w/2
		if t.ends {
			end := endStyle.width(endOfWord)
			mid -= (end + 1) / 2
			x := mid + pieceStyle.width(t.piece)/2 + 1
			c.text(endStyle, x, b.y+b.h/2+2, left, endOfWord)
		}
		c.text(st, mid, b.y+b.h/2, center, t.piece)
		c.text(idStyle, b.x+b.w/2, b.bottom()+12, center, t.id)
	}
}

func (s *tokenStrip) alt(n int) string {
	var parts []string
	for _, t := range s.tokens {
		p := t.piece + " " + t.id
		if t.kind == padding {
			p = count(t.run, "padding token")
		}
		parts = append(parts, p)
	}
	if len(parts) > 24 {
		parts = append(parts[:24], fmt.Sprintf("and %d more", len(s.tokens)-24))
	}
	return fmt.Sprintf("%s: %s.", count(n, "token"), strings.Join(parts, ", "))
}
