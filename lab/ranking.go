package lab

import (
	"fmt"
	"sort"
	"strings"
)

// Ranking is words in the order of their cosine with one direction, nearest first.
type Ranking []RankedWord

// RankedWord is one word of a ranking.
type RankedWord struct {
	Word   string
	Cosine float64
}

// Rank orders words by their cosine with a direction, such as the mean of several deltas.
//
//	direction [1, d]  unit length
//	text      [words, d]  unit features
func Rank(direction, text *Tensor, words []string) Ranking {
	n, _ := matrix("Rank", text)
	if n != len(words) {
		panic(fmt.Sprintf("lab: Rank: %d words for text features %v", len(words), text.Shape))
	}
	ranking := make(Ranking, n)
	for i, cosine := range float64s(Similarity(direction, text), 0) {
		ranking[i] = RankedWord{words[i], cosine}
	}
	sort.SliceStable(ranking, func(a, b int) bool { return ranking[a].Cosine > ranking[b].Cosine })
	return ranking
}

// Place is the rank of a word, 1 for the nearest, or 0 when it is not among the words.
func (r Ranking) Place(word string) int {
	for i, w := range r {
		if w.Word == word {
			return i + 1
		}
	}
	return 0
}

// Top is the k nearest.
func (r Ranking) Top(k int) Ranking { return r[:min(k, len(r))] }

// String lists the words with their cosines.
func (r Ranking) String() string {
	parts := make([]string, len(r))
	for i, w := range r {
		parts[i] = fmt.Sprintf("%s %+.3f", w.Word, w.Cosine)
	}
	return strings.Join(parts, ", ")
}
