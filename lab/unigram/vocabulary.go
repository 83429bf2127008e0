package unigram

import (
	"cmp"
	"slices"
	"sort"
)

// vocabulary is pieces in order, so that those with a common begin stand side by side.
type vocabulary struct {
	pieces []string
	ids    []int32
}

func newVocabulary(of map[string]int32) vocabulary {
	v := vocabulary{make([]string, 0, len(of)), make([]int32, len(of))}
	for piece := range of {
		v.pieces = append(v.pieces, piece)
	}
	slices.SortFunc(v.pieces, cmp.Compare[string])
	for i, piece := range v.pieces {
		v.ids[i] = of[piece]
	}
	return v
}

// each calls do for every piece that text begins with, the shortest first.
func (v vocabulary) each(text string, do func(id int32, length int)) {
	lo, hi := 0, len(v.pieces)
	for i := range len(text) {
		// All of lo … hi−1 begin with text[:i]; those of length i stand first.
		if lo < hi && len(v.pieces[lo]) == i {
			lo++
		}
		c := text[i]
		from := lo + sort.Search(hi-lo, func(k int) bool { return v.pieces[lo+k][i] >= c })
		to := from + sort.Search(hi-from, func(k int) bool { return v.pieces[from+k][i] > c })
		if lo, hi = from, to; lo == hi {
			return
		}
		if len(v.pieces[lo]) == i+1 {
			do(v.ids[lo], i+1)
		}
	}
}

// longest is the length of the longest piece that text begins with.
func (v vocabulary) longest(text string) (length int) {
	v.each(text, func(_ int32, n int) { length = n })
	return length
}
