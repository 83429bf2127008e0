package bpe

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Sizes and special ids of CLIP's vocabulary (openai/CLIP, clip/simple_tokenizer.py).
const (
	VocabSize = 49408 // 256 bytes, 256 bytes at a word's end, 48,894 merges, SOT and EOT
	SOT       = 49406 // start of text
	EOT       = 49407 // end of text; the largest id, so that argmax finds it
	PadID     = 0     // what fills a row behind EOT (also the id of "!"); HuggingFace has EOT

	numMerges  = 49152 - 256 - 2 // as openai/CLIP slices the file
	firstMerge = 512
)

// endOfWord marks a symbol that ends a word, in the merge file and in decoded text.
const endOfWord = "</w>"

//go:embed vocab/merges.txt.gz
var mergesGzip []byte

// vocabulary is the parsed merge file.
type vocabulary struct {
	symbols []string        // id → its bytes, without the end-of-word mark
	ends    []bool          // id → whether it ends a word
	merged  map[pair]uint16 // two symbols side by side → the symbol they become
	byteID  [256]uint16     // byte → its id
}

// pair is two ids side by side. Earlier rules make smaller ids, so the id that a pair
// becomes is also the rank of its rule.
type pair struct{ left, right uint16 }

// vocab is read once, when the first tokenizer is made. The file is compiled in and checked by
// a test, so that an error here is a broken build.
var vocab = sync.OnceValue(func() *vocabulary {
	v, err := parseVocabulary(mergesGzip)
	if err != nil {
		panic(err)
	}
	return v
})

// parseVocabulary reads gzipped merge rules, one a line: two symbols and a blank between.
func parseVocabulary(zipped []byte) (*vocabulary, error) {
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, fmt.Errorf("bpe: merge rules: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("bpe: merge rules: %w", err)
	}
	v := &vocabulary{
		symbols: make([]string, 0, VocabSize),
		ends:    make([]bool, 0, VocabSize),
		merged:  make(map[pair]uint16, numMerges),
	}
	ids := make(map[string]uint16, VocabSize)
	v.addBytes(ids)
	if err := v.addMerges(ids, string(text)); err != nil {
		return nil, err
	}
	v.add("<|startoftext|>", false)
	v.add("<|endoftext|>", false)
	return v, nil
}

// add appends a symbol and returns its id.
func (v *vocabulary) add(bytes string, ends bool) uint16 {
	v.symbols = append(v.symbols, bytes)
	v.ends = append(v.ends, ends)
	return uint16(len(v.symbols) - 1)
}

// addBytes makes the 512 symbols of one byte.
func (v *vocabulary) addBytes(ids map[string]uint16) {
	names := byteNames()
	for _, b := range byteOrder() {
		v.byteID[b] = v.add(string([]byte{b}), false)
		ids[string(names[b])] = v.byteID[b]
	}
	for _, b := range byteOrder() {
		ids[string(names[b])+endOfWord] = v.add(string([]byte{b}), true)
	}
}

// addMerges makes one symbol of each rule. Names of symbols are parts of one string, the rules
// without their blanks, so that reading them allocates little.
func (v *vocabulary) addMerges(ids map[string]uint16, text string) error {
	bytesOf := map[rune]byte{}
	for b, name := range byteNames() {
		bytesOf[name] = byte(b)
	}
	names := strings.ReplaceAll(text, " ", "")
	for n := range numMerges {
		var line, name string
		line, text, _ = strings.Cut(text, "\n")
		name, names, _ = strings.Cut(names, "\n")
		l, r, _ := strings.Cut(line, " ")
		left, ok1 := ids[l]
		right, ok2 := ids[r]
		if !ok1 || !ok2 {
			return fmt.Errorf("bpe: merge rule %d: %q names an unknown symbol", n, line)
		}
		id := v.add(unname(strings.TrimSuffix(name, endOfWord), bytesOf), v.ends[right])
		v.merged[pair{left, right}] = id
		ids[name] = id
	}
	return nil
}

// unname gives the bytes that a name stands for. ASCII stands for itself.
func unname(name string, bytesOf map[rune]byte) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			var raw []byte
			for _, r := range name {
				raw = append(raw, bytesOf[r])
			}
			return string(raw)
		}
	}
	return name
}

// byteOrder lists the 256 bytes in the order of their ids: those that print first.
func byteOrder() []byte {
	order := make([]byte, 0, 256)
	for b := range 256 {
		if prints(b) {
			order = append(order, byte(b))
		}
	}
	for b := range 256 {
		if !prints(b) {
			order = append(order, byte(b))
		}
	}
	return order
}

// byteNames gives each byte the character that stands for it in the merge file, so that the
// file holds neither blanks nor control characters: itself if it prints as Latin-1, else the
// next free one from U+0100 on.
func byteNames() [256]rune {
	var names [256]rune
	next := rune(256)
	for b := range 256 {
		if prints(b) {
			names[b] = rune(b)
			continue
		}
		names[b] = next
		next++
	}
	return names
}

// prints tells whether a byte, read as Latin-1, shows as a mark on paper.
func prints(b int) bool {
	return '!' <= b && b <= '~' || 0xA1 <= b && b <= 0xAC || 0xAE <= b && b <= 0xFF
}
