package bpe

import (
	"fmt"
	"strings"
	"testing"
)

func ExampleTokenizer_Spans() {
	text := "  A HAT,  caf&eacute;"
	tokenizer := New()
	for i, s := range tokenizer.Spans(text) {
		p := tokenizer.Pieces(text)[i]
		fmt.Printf("%-6q from %-12q exact %v\n", p.Text, text[s.Start:s.End], s.Exact)
	}
	// Output:
	// "a"    from "A"          exact true
	// "hat"  from "HAT"        exact true
	// ","    from ","          exact true
	// "café" from "caf&eacute;" exact false
}

// TestSpans: exact spans in small letters are the pieces; the rest is known to be a word, or
// unknown.
func TestSpans(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"A photo of a HAT", "A|photo|of|a|HAT"},
		{"na\u00efve \u212a x", "na|ï|ve|\u212a|x"},
		{"a&nbsp;b C", "(a&nbsp;b)|(a&nbsp;b)|C"},
		{"\u201cquoted\u201d it", "(“quoted”)|(“quoted”)|(“quoted”)|it"},
		{"s\u00c3\u00b3 no", "(sÃ³)|(sÃ³)|no"},
		{"cats \u00c3 la mode", "cats|?|?|?"},
		{"\u0130s up", "(İs)|(İs)|(İs)|up"},
		{"\x00 x", "x"},
		{"", ""},
	} {
		var got []string
		for _, s := range New().Spans(c.text) {
			switch {
			case s.Start < 0:
				got = append(got, "?")
			case s.Exact:
				got = append(got, c.text[s.Start:s.End])
			default:
				got = append(got, "("+c.text[s.Start:s.End]+")")
			}
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q: %s, want %s", c.text, strings.Join(got, "|"), c.want)
		}
	}
}
