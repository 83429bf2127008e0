package tower

// work is the memory of one pass through a tower, used again by the next.
type work struct {
	x, norm, wide, stats, probs    []float32
	picked, mixed, queries, scores []float32
	around, column, other, keys    []float32 // of a ResNet; around also of a trace
	word                           []float32 // a row of the token embedding
	tokens, ends, ids, order       []int
	starts, picks                  []int
	groups                         []group
}

// grow gives n numbers of unknown content, from *buf when it is large enough.
func grow[T any](buf *[]T, n int) []T {
	if cap(*buf) < n {
		*buf = make([]T, n)
	}
	return (*buf)[:n]
}

// sequences say how rows of tokens make up sequences, and the heads that attend within them.
type sequences struct {
	width, heads int
	causal       bool
	whole        bool    // all rows are read of the last block, not only picks
	groups       []group // all rows, in order
	starts       []int   // the first row of each sequence, and the number of rows
	picks        []int   // the row that stands for each sequence
}

// group is sequences of the same length that lie side by side.
type group struct{ row, batch, tokens int }

func (s sequences) rows() int { return s.starts[len(s.starts)-1] }

// equal are b sequences of the same length; the first token stands for each.
func (w *work) equal(b, tokens int) sequences {
	starts, picks := grow(&w.starts, b+1), grow(&w.picks, b)
	for i := range starts {
		starts[i] = i * tokens
	}
	copy(picks, starts)
	w.groups = append(w.groups[:0], group{0, b, tokens})
	return sequences{groups: w.groups, starts: starts, picks: picks}
}

// cut lays texts out in w.ids, all cut to the same length.
//
//	all  [B, T]  ids
//	ends [B]     which token stands for each text
func (w *work) cut(all, ends []int, length int) sequences {
	t := len(all) / len(ends)
	s := w.equal(len(ends), length)
	w.ids, w.order = w.ids[:0], w.order[:0]
	for i, end := range ends {
		w.ids = append(w.ids, all[i*t:i*t+length]...)
		w.order = append(w.order, i)
		s.picks[i] = s.starts[i] + end
	}
	return s
}

// ragged lays texts out in w.ids, each cut after its own end, the shortest first; w.order says
// which text is where. As a token sees only those before it, and the end stands for the text,
// nothing is lost.
func (w *work) ragged(all, ends []int) sequences {
	t := len(all) / len(ends)
	w.ids, w.order, w.starts, w.picks = w.ids[:0], w.order[:0], w.starts[:0], w.picks[:0]
	w.groups = w.groups[:0]
	for length := 1; length <= t; length++ {
		g := group{row: len(w.ids), tokens: length}
		for i, end := range ends {
			if end+1 == length {
				w.order, w.starts = append(w.order, i), append(w.starts, len(w.ids))
				w.ids = append(w.ids, all[i*t:i*t+length]...)
				w.picks = append(w.picks, len(w.ids)-1)
				g.batch++
			}
		}
		if g.batch > 0 {
			w.groups = append(w.groups, g)
		}
	}
	w.starts = append(w.starts, len(w.ids))
	return sequences{groups: w.groups, starts: w.starts, picks: w.picks}
}

// pick is the row that stands for each sequence, [B, C], in *buf.
func (w *work) pick(buf *[]float32, x []float32, s sequences) []float32 {
	y := grow(buf, len(s.picks)*s.width)
	for i, row := range s.picks {
		copy(y[i*s.width:(i+1)*s.width], x[row*s.width:])
	}
	return y
}
