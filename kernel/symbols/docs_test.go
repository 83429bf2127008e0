package symbols

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDocs(t *testing.T) {
	for _, c := range []struct{ path, symbol, want string }{
		{"fmt", "", "Package fmt implements formatted I/O"},
		{"fmt", "Println", "Println formats using the default formats for its operands"},
		{"bytes", "Buffer", "A Buffer is a variable-sized buffer of bytes"},
		{"bytes", "Buffer.WriteString", "WriteString appends the contents of s"},
		{"bytes", "NewBuffer", "NewBuffer creates and initializes a new [Buffer]"},
		{"net/http", "Client.Timeout", "Timeout specifies a time limit"},
		{"io", "Reader", "Reader is the interface that wraps the basic Read method."},
		{"sort", "Interface.Len", "Len is the number of elements in the collection."},
		{"math", "Pi", "https://oeis.org/A000796"},
		{"io", "EOF", "EOF is the error returned by Read"},
		{"slices", "Sort", "Sort sorts a slice of any ordered type"},
		{"gonum.org/v1/gonum/mat", "Dense.Mul", "Mul takes the matrix product"},
		{"gonum.org/v1/plot", "New", "New returns a new plot"},
		{"gorgonia.org/gorgonia", "NewGraph", "NewGraph creates a new graph"},
		{"cliplab/kernel/display", "", "Package display"},
		{"fmt", "Printless", ""},
		{"fmt", "println", ""},
		{"no/such", "", ""},
	} {
		got := Docs(c.path, c.symbol)
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s.%s is %q, want %q …", c.path, c.symbol, got, c.want)
		}
	}
}

// Every package says what it is, but a few that never did; no text is overlong or damaged.
func TestDocsOfEveryPackage(t *testing.T) {
	silent := 0
	for _, path := range Paths() {
		if Docs(path, "") == "" {
			silent++
			t.Logf("%s has no package comment", path)
		}
		texts, ok := docTexts.Load(path)
		if !ok {
			t.Errorf("%s has no docs", path)
			continue
		}
		for symbol, text := range texts.(map[string]string) {
			if len(text) > 1300 || !utf8.ValidString(text) {
				t.Errorf("%s.%s has %d bytes", path, symbol, len(text))
			}
		}
	}
	if silent > 10 {
		t.Errorf("%d packages have no comment", silent)
	}
	if n := len(docsZip); n > 2_500_000 {
		t.Errorf("the docs have %d bytes", n)
	}
}
