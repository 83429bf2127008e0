package datasets

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
)

func TestReadCaptions(t *testing.T) {
	for _, c := range []struct {
		name, text string
		rows       int
		wrong      []string // parts of the error, none where there is no error
	}{
		{"empty", "", 0, nil},
		{"plain", "a.png\ta cat\nb.png\ta dog\tdog, animal\n", 2, nil},
		{"heading, BOM, CRLF", "\ufeffFile\tCaption\r\na.png\ta cat\r\n\r\n# note\r\n", 1, nil},
		{"no newline at the end", "a.png\ta cat", 1, nil},
		{"one column", "a.png\ta cat\nb.png\nc.png\ta cup\n", 2,
			[]string{`row 2: 1 columns, want 2 or 3: "b.png"`}},
		{"four columns", "a\tb\tc\td\n", 0, []string{"row 1: 4 columns"}},
		{"empty caption", "a.png\t  \n", 0, []string{"row 1: the caption is empty"}},
		{"empty file", "\ta cat\n", 0, []string{"row 1: the file name is empty"}},
		{"not UTF-8", "a.png\tcaf\xe9\nb.png\ta dog\n", 1,
			[]string{`row 1: not UTF-8: "a.png\tcaf\xe9"`}},
		{"json", `{"file":"a.png","caption":"a cat","tags":["cat"]}` + "\n", 1, nil},
		{"bad json", `{"file":"a.png","caption":"a cat"}` + "\n{\"file\":\n" +
			`{"file":"c.png","caption":"a cup"}`, 2, []string{"row 2: bad JSON"}},
		{"json without caption", `{"file":"a.png"}`, 0,
			[]string{`row 1: "file" or "caption" is missing`}},
		{"json of another type", `{"file":"a.png","caption":5}`, 0, []string{"row 1: bad JSON"}},
		{"two bad rows", "a\nb\tx\nc\n", 1, []string{"row 1:", "row 3:"}},
		{"long line", "a.png\t" + strings.Repeat("x", 2<<20) + "\nb.png\ta dog\n", 1,
			[]string{"row 1: longer than 1 MiB"}},
		{"long blank line", strings.Repeat(" ", 2<<20) + "\nb.png\ta dog\n", 1,
			[]string{"row 1: longer than 1 MiB"}},
		{"many bad rows", strings.Repeat("x\n", 250), 0, []string{"row 100:", "150 more bad rows"}},
	} {
		rows, err := ReadCaptions(strings.NewReader(c.text))
		if len(rows) != c.rows {
			t.Errorf("%s: %d rows, want %d", c.name, len(rows), c.rows)
		}
		if (err != nil) != (c.wrong != nil) {
			t.Errorf("%s: error %v", c.name, err)
		}
		for _, part := range c.wrong {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q lacks %q", c.name, err, part)
			}
		}
	}
}

func TestRowErrorIsFound(t *testing.T) {
	_, err := ReadCaptions(strings.NewReader("a.png\ta cat\nbroken\n"))
	var row *RowError
	if !errors.As(err, &row) || row.Line != 2 || row.Value != "broken" {
		t.Errorf("%#v", err)
	}
}

func TestReadCaptionsReaderFails(t *testing.T) {
	r := io.MultiReader(strings.NewReader("a.png\ta cat\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	rows, err := ReadCaptions(r)
	if len(rows) != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestReadCaptionsFS(t *testing.T) {
	fsys := fstest.MapFS{
		"captions.tsv": {Data: []byte("a.png\ta cat\nmissing.png\ta dog\n../b.png\ta cup\n")},
		"a.png":        {Data: []byte("x")},
	}
	rows, err := ReadCaptionsFS(fsys, "captions.tsv")
	if len(rows) != 1 || err == nil {
		t.Fatalf("%v, %v", rows, err)
	}
	for _, part := range []string{
		`row 2: no such picture: "missing.png"`, `row 3: no such picture: "../b.png"`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	if _, err := ReadCaptionsFS(fsys, "none.tsv"); err == nil {
		t.Error("no error for a missing captions file")
	}
}

func FuzzReadCaptions(f *testing.F) {
	f.Add([]byte("file\tcaption\na.png\ta cat\tx, y\n"))
	f.Add([]byte(`{"file":"a.png","caption":"a cat"}`))
	f.Add([]byte("\ufeff#\n\n\t\t\n{\"\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ReadCaptions(strings.NewReader(string(data)))
		for _, r := range rows {
			if r.File == "" || r.Caption == "" || r.Line < 1 {
				t.Errorf("row %+v", r)
			}
		}
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
