package bpe

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func ExampleTokenizer_Tokenize() {
	tokens, err := New().Tokenize([]string{"A photo of a hat", "fedoras"}, 10)
	fmt.Println(tokens, err)
	fmt.Println(tokens.Lengths())
	// Output:
	// tokens [2, 10]
	// start  a    photo  of   a    hat   end    padding × 3
	// 49406  320  1125   539  320  3801  49407  0
	// start  fe   dor   as   end    padding × 5
	// 49406  623  2766  601  49407  0 <nil>
	// [7 5]
}

func ExampleTokenizer_Pieces() {
	for _, p := range New().Pieces("Hello Båstad!") {
		fmt.Printf("%5d  %q  bytes %d to %d\n", p.ID, p.Text, p.Start, p.End)
	}
	// Output:
	//  3306  "hello"  bytes 0 to 5
	//    65  "b"  bytes 6 to 7
	// 23176  "å"  bytes 7 to 9
	// 16485  "stad"  bytes 9 to 13
	//   256  "!"  bytes 13 to 14
}

func TestTokenizeTooLong(t *testing.T) {
	text := strings.Repeat("a hat ", 50)
	_, err := New().Tokenize([]string{"a hat", text}, ContextLength)
	for _, want := range []string{"text 1", "102 tokens", "77", "bpe.Truncate", `"a hat a hat`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	tokens, err := New().Tokenize([]string{"a hat", text}, ContextLength, Truncate)
	if err != nil {
		t.Fatal(err)
	}
	row := tokens.IDs[1]
	if len(row) != 77 || row[0] != SOT || row[75] != 320 || row[76] != EOT {
		t.Errorf("truncated row is %v", row)
	}
	if tokens.Cut[0] != 0 || tokens.Cut[1] != 25 || len(tokens.Pieces[1]) != 75 {
		t.Errorf("cut %v, %d pieces left", tokens.Cut, len(tokens.Pieces[1]))
	}
}

func TestTokenizeEdges(t *testing.T) {
	tokenizer := New()
	exact := strings.TrimSpace(strings.Repeat("hat ", 75))
	tokens, err := tokenizer.Tokenize([]string{exact, "", " \t"}, ContextLength)
	if err != nil {
		t.Fatal(err)
	}
	if got := tokens.Lengths(); !slices.Equal(got, []int{77, 2, 2}) {
		t.Errorf("lengths %v, want [77 2 2]", got)
	}
	if len(tokens.Flat()) != 3*77 || tokens.Flat()[77] != SOT {
		t.Error("Flat does not put rows behind one another")
	}
	if s := tokens.Slice(1, 3); s.Len() != 2 || s.Texts[0] != "" {
		t.Errorf("Slice(1, 3) = %v", s)
	}
	if _, err := tokenizer.Tokenize([]string{""}, 1); err == nil {
		t.Error("a context of 1 was accepted")
	}
	empty, err := tokenizer.Tokenize(nil, ContextLength)
	if err != nil || empty.Len() != 0 || empty.ContextLength() != 0 {
		t.Errorf("no texts: %v, %v", empty, err)
	}
	if got := tokenizer.Decode([]int{SOT, 3801, EOT, 0, -1, VocabSize}); got !=
		"<|startoftext|>hat <|endoftext|>!\uFFFD\uFFFD" {
		t.Errorf("Decode gives %q", got)
	}
}

// TestShow checks that the HTML is well formed, escapes text and stays small.
func TestShow(t *testing.T) {
	texts := []string{"<b>bold & beautiful</b>", "🧢 naïve 日本", "<|endoftext|> x", "a\u200bb"}
	texts = append(texts, strings.Split(strings.Repeat("one more,", 60), ",")...)
	tokens, err := New().Tokenize(texts, 40)
	if err != nil {
		t.Fatal(err)
	}
	bundle := tokens.MIMEBundle()
	page := bundle["text/html"].(string)
	dec := xml.NewDecoder(strings.NewReader(page))
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("HTML is not well formed: %v", err)
		}
	}
	for _, want := range []string{"&lt;", ">start<", ">end<", "padding × ", "15 more texts"} {
		if !strings.Contains(page, want) {
			t.Errorf("HTML does not contain %q", want)
		}
	}
	if strings.Contains(page, "<b>") {
		t.Error("HTML holds the text's own markup")
	}
	if plain := bundle["text/plain"].(string); !strings.Contains(plain, "tokens [65, 40]") {
		t.Errorf("text is %.80q", plain)
	}
}
