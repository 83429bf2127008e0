package bpe

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

// Names lists the symbols of the vocabulary by id, as vocab.json of Hugging Face names them: a
// letter for each byte, and </w> behind symbols that end a word.
func Names() []string {
	v, letters := vocab(), byteNames()
	names := make([]string, len(v.symbols))
	for id, symbol := range v.symbols {
		if id == SOT || id == EOT {
			names[id] = symbol
			continue
		}
		var b strings.Builder
		for i := range len(symbol) {
			b.WriteRune(letters[symbol[i]])
		}
		if v.ends[id] {
			b.WriteString(endOfWord)
		}
		names[id] = b.String()
	}
	return names
}

// Merges lists the merge rules, earliest first, as the lines of merges.txt: "i n".
func Merges() []string {
	z, err := gzip.NewReader(bytes.NewReader(mergesGzip))
	var text []byte
	if err == nil {
		text, err = io.ReadAll(z)
	}
	if err != nil { // the file is compiled in: a broken build
		panic(fmt.Errorf("bpe: merge rules: %w", err))
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")[:numMerges]
}
