package unigram

import (
	"slices"
	"unicode/utf8"

	"cliplab/lab/bpe"
)

// unknownPenalty is how much less probable an unknown character is than the rarest piece:
// sentencepiece src/unigram_model.cc.
const unknownPenalty = 10

// step is the best way to a place: the piece that ends there, where it begins, and the sum of
// the scores so far.
type step struct {
	id    int32
	from  int32
	score float32
}

// Encode cuts a normal text into the pieces whose scores have the largest sum. A run of unknown
// characters is one piece; with fallback each of their bytes is one.
func (m *Model) Encode(text string) []bpe.Piece {
	normal := m.Normalize(text)
	best := make([]step, len(normal)+1)
	for i := range best {
		best[i].from = -1
	}
	for from := 0; from < len(normal); {
		_, char := utf8.DecodeRuneInString(normal[from:])
		m.steps(best, normal, from, char)
		from += char
	}
	var cuts []step
	for end := len(normal); end > 0; end = int(best[end].from) {
		cuts = append(cuts, best[end])
	}
	slices.Reverse(cuts)
	return m.pieces(normal, cuts)
}

// steps tries every piece that begins at from.
func (m *Model) steps(best []step, text string, from, char int) {
	till, single := best[from].score, false
	try := func(id int32, length int, sum float64) { // which is rounded when it is kept
		to := &best[from+length]
		if to.from < 0 || sum > float64(to.score) {
			*to = step{id, int32(from), float32(sum)}
		}
	}
	m.all.each(text[from:], func(id int32, length int) {
		switch m.kinds[id] {
		case unused:
			return
		case userDefined: // so that it is always taken
			try(id, length, float64(till)+(float64(float32(length)*m.most)-.1))
		default:
			try(id, length, float64(till)+float64(m.scores[id]))
		}
		single = single || length == char
	})
	if !single {
		try(m.unknown, char, float64(till+(m.least-unknownPenalty)))
	}
}

// pieces are the cuts as tokens.
func (m *Model) pieces(text string, cuts []step) []bpe.Piece {
	list := []bpe.Piece{}
	for i, c := range cuts {
		from, to := int(c.from), len(text)
		if i+1 < len(cuts) {
			to = int(cuts[i+1].from)
		}
		switch last := len(list) - 1; {
		case c.id != m.unknown:
			list = append(list, bpe.Piece{ID: int(c.id), Start: from, End: to})
		case m.fallback:
			for at := from; at < to; at++ {
				list = append(list, bpe.Piece{ID: int(m.bytes[text[at]]), Start: at, End: at + 1})
			}
		case last >= 0 && cuts[i-1].id == m.unknown:
			list[last].End = to
		default:
			list = append(list, bpe.Piece{ID: int(c.id), Start: from, End: to})
		}
	}
	for i := range list {
		p := &list[i]
		p.Text = text[p.Start:p.End]
		p.EndsWord = p.End == len(text) || len(text) >= p.End+len(blank) &&
			text[p.End:p.End+len(blank)] == blank
	}
	return list
}
