package datasets

import (
	"sort"
	"strings"
)

// Words lists the single words among the captions and tags of the set, each once, in
// alphabetical order: a vocabulary to rank among.
func (s Set) Words() []string {
	seen := map[string]bool{}
	for _, p := range s {
		for _, caption := range append(append([]string{}, p.Captions...), p.Tags...) {
			word := strings.ToLower(caption)
			if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" {
				seen[word] = true
			}
		}
	}
	words := make([]string, 0, len(seen))
	for word := range seen {
		words = append(words, word)
	}
	sort.Strings(words)
	return words
}
