package emoji

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
)

// Classes are ten everyday nouns, each drawn several times by each artist: the answers of a
// zero-shot question. Their concepts are never held out of training.
var Classes = []string{
	"cat", "dog", "bird", "flower", "tree", "house", "car", "boat", "hat", "cup",
}

// classes maps each class to the concepts that it is a plain word for.
var classes = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for _, f := range table("classes.tsv", 2) {
		m[f[0]] = list(f[1])
	}
	return m
})

// phrase is a caption written by hand. Artists is nil where it holds for every drawing.
type phrase struct {
	caption string
	artists []string
}

// words holds the hand-written captions of a concept: labels rarely say "hat" or "cup".
var words = sync.OnceValue(func() map[string][]phrase {
	m := map[string][]phrase{}
	for _, f := range table("words.tsv", 3) {
		m[f[0]] = append(m[f[0]], phrase{f[1], list(f[2])})
	}
	return m
})

// heldOut picks one concept in twenty by a hash of its code points, so that the split needs
// no list and never moves. Concepts of a class are exempt.
func heldOut(id string) bool {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()%20 == 7
}

// Article is "an" before a vowel letter and "a" before all else.
func Article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiouAEIOU", rune(noun[0])) {
		return "an"
	}
	return "a"
}

// table reads an embedded table without its heading. The files are compiled in and tested, so
// a bad row is a fault of the build.
func table(name string, columns int) [][]string {
	text, err := files.ReadFile("data/" + name)
	if err != nil {
		panic("emoji: " + err.Error())
	}
	var rows [][]string
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != columns {
			panic(fmt.Sprintf("emoji: %s:%d: %d columns, want %d", name, i+2, len(f), columns))
		}
		rows = append(rows, f)
	}
	return rows
}

// list splits "a, b" and is nil for the empty text.
func list(s string) []string {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
