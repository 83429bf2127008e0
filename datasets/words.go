package datasets

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"cliplab/datasets/emoji"
)

// Words lists, sorted, every word that is a caption by itself, with or without an article:
// "hat", "cup", "rocket". The hat probe ranks "hat" among them.
func Words() []string { return slices.Clone(words()) }

var words = sync.OnceValue(func() []string {
	seen := map[string]bool{}
	for _, artist := range emoji.Artists {
		for _, p := range emoji.Of(artist) {
			for _, caption := range p.Captions() {
				if word, ok := single(caption); ok {
					seen[word] = true
				}
			}
		}
	}
	list := make([]string, 0, len(seen))
	for word := range seen {
		list = append(list, word)
	}
	slices.Sort(list)
	return list
})

// single is the caption's only word, in lower case, without its article.
func single(caption string) (string, bool) {
	word := strings.ToLower(caption)
	for _, article := range []string{"a ", "an ", "the "} {
		word = strings.TrimPrefix(word, article)
	}
	letters := func(r rune) bool { return !unicode.IsLetter(r) }
	return word, len(word) > 1 && strings.IndexFunc(word, letters) < 0
}
