package bpe

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// badness finds sequences of characters that are unlikely but for text read by a wrong encoding,
// such as a small letter with an accent before a currency sign. A sequence is some classes side
// by side. It stands for the regular expression of all sequences, which takes ten times as long.
type badness struct {
	classes   []*regexp.Regexp // of one character each
	sequences []sequence

	// What is known of characters, worked out when they are first met.
	low  [0x3000]atomic.Pointer[traits] // of U+0000 on
	high [0x0800]atomic.Pointer[traits] // of U+F800 on
	// All between, and above, are in no class but those of letters and of others.
	letter, other *traits
}

// sequence is some classes by their numbers.
type sequence struct {
	atStart bool // of the text
	classes []int
}

// traits are what a character is.
type traits struct {
	in     [2]uint64 // the classes that it is in, as bits
	begins []int     // the sequences that it may begin
}

func (t *traits) is(class int) bool { return t.in[class>>6]>>(class&63)&1 == 1 }

// element is one class in a sequence: a bracket, an escape, any or one character.
var element = regexp.MustCompile(`^(\[[^]]*\]|\\.|.)(\??)`)

// newBadness takes the sequences apart. expand gives a class by its names.
func newBadness(sequences []string, expand *strings.Replacer) (*badness, error) {
	b := &badness{}
	numbers := map[string]int{}
	for _, text := range sequences {
		rest, atStart := strings.CutPrefix(text, "^")
		all := []sequence{{atStart: atStart}}
		for rest != "" {
			m := element.FindStringSubmatch(rest)
			rest = rest[len(m[0]):]
			n, known := numbers[m[1]]
			if !known {
				class, err := regexp.Compile("^" + expand.Replace(m[1]))
				if err != nil {
					return nil, fmt.Errorf("bpe: mojibake rule %q: %w", text, err)
				}
				n = len(b.classes)
				numbers[m[1]] = n
				b.classes = append(b.classes, class)
			}
			all = grow(all, n, m[2] != "")
		}
		b.sequences = append(b.sequences, all...)
	}
	if n := len(b.classes); n > 128 {
		return nil, fmt.Errorf("bpe: mojibake rules name %d classes, 128 fit", n)
	}
	b.letter, b.other = b.traitsOf('漢'), b.traitsOf('🎩')
	return b, nil
}

// grow appends a class to all sequences; where it may lack, those without it stay too.
func grow(all []sequence, class int, mayLack bool) []sequence {
	var grown []sequence
	for _, s := range all {
		if mayLack {
			grown = append(grown, s)
		}
		with := append(append([]int{}, s.classes...), class)
		grown = append(grown, sequence{s.atStart, with})
	}
	return grown
}

// found tells whether a text holds an unlikely sequence.
func (b *badness) found(text string) bool {
	known := make([]*traits, 0, 128)
	for _, r := range text {
		known = append(known, b.traits(r))
	}
	for i, t := range known {
		for _, n := range t.begins {
			if s := b.sequences[n]; (i == 0 || !s.atStart) && s.fits(known[i:]) {
				return true
			}
		}
	}
	return false
}

// fits tells whether characters begin with the sequence.
func (s sequence) fits(known []*traits) bool {
	if len(known) < len(s.classes) {
		return false
	}
	for i, class := range s.classes {
		if !known[i].is(class) {
			return false
		}
	}
	return true
}

// traits gives what is known of a character.
func (b *badness) traits(r rune) *traits {
	var place *atomic.Pointer[traits]
	switch {
	case int(r) < len(b.low):
		place = &b.low[r]
	case 0xF800 <= r && r <= 0xFFFF:
		place = &b.high[r-0xF800]
	case unicode.IsLetter(r) || unicode.IsNumber(r):
		return b.letter
	default:
		return b.other
	}
	t := place.Load()
	if t == nil {
		t = b.traitsOf(r) // two goroutines may do it; both get the same
		place.Store(t)
	}
	return t
}

// traitsOf works out what a character is.
func (b *badness) traitsOf(r rune) *traits {
	t := &traits{}
	var one [utf8.UTFMax]byte
	text := utf8.AppendRune(one[:0], r)
	for n, class := range b.classes {
		if class.Match(text) {
			t.in[n>>6] |= 1 << (n & 63)
		}
	}
	for n, s := range b.sequences {
		if t.is(s.classes[0]) {
			t.begins = append(t.begins, n)
		}
	}
	return t
}
