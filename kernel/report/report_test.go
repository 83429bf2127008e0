package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cliplab/kernel/ipynb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with testdata/NAME, or rewrites it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it); got\n%s", file, got)
	}
}

func sample(t *testing.T) string {
	t.Helper()
	nb, err := ipynb.ReadFile("testdata/sample.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := Write(&buf, nb, Options{}); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// TestSample is the whole page but for the style sheet.
func TestSample(t *testing.T) {
	page := sample(t)
	i, j := strings.Index(page, "<style>"), strings.Index(page, "</style>")
	body := page[:i] + page[j+len("</style>"):]
	body = regexp.MustCompile(`base64,[A-Za-z0-9+/=]{200,}`).ReplaceAllString(body, "base64,…")
	golden(t, "sample.html", body)
}

// TestSelfContained: nothing in the page makes a browser ask for anything.
func TestSelfContained(t *testing.T) {
	page := sample(t)
	fetching := regexp.MustCompile(`(?i)(src|srcset|data|poster)="?(https?:|//|file:)|` +
		`@import|url\((["']?)(https?:|//)|<link|<script|<iframe`)
	if m := fetching.FindString(page); m != "" {
		t.Errorf("the page holds %q", m)
	}
	if !strings.Contains(page, "default-src 'none'") {
		t.Error("the page has no policy")
	}
}

// TestAccessible: one first heading, an order without gaps, alternative texts, unique ids.
func TestAccessible(t *testing.T) {
	page := sample(t)
	last := 0
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
		level := int(m[1][0] - '0')
		if level > last+1 {
			t.Errorf("a heading of level %d follows one of level %d", level, last)
		}
		last = level
	}
	if n := strings.Count(page, "<h1"); n != 1 {
		t.Errorf("%d first headings", n)
	}
	for _, img := range regexp.MustCompile(`<img[^>]*>`).FindAllString(page, -1) {
		if !regexp.MustCompile(`alt="[^"]+"`).MatchString(img) {
			t.Errorf("no alternative text: %.100s", img)
		}
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			t.Errorf("id %s occurs twice", m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !seen[m[1]] {
			t.Errorf("link to #%s, which is not there", m[1])
		}
	}
	if !strings.Contains(page, `<html lang="en">`) {
		t.Error("the page does not say its language")
	}
}

func TestErrorBox(t *testing.T) {
	c := &ipynb.Cell{Type: ipynb.Code, Source: "a := 1\nb[5]\nc", ExecutionCount: 3,
		Outputs: []*ipynb.Output{{Type: ipynb.Error, EName: "panic", EValue: "index <5>",
			Traceback: []string{"\x1b[31mpanic\x1b[0m: index <5>", "In[2]:9:1", "In[3]:2:1"}}}}
	if got := failingLine(c); got != 2 {
		t.Errorf("failing line is %d", got)
	}
	p := &page{ids: map[string]int{}}
	var b strings.Builder
	p.code(&b, 0, c)
	for _, want := range []string{`<span class="l bad">b[<span class="m">5</span>]</span>`,
		"<b>panic</b> index &lt;5&gt;", "In[2]:9:1\nIn[3]:2:1", `id="cell-3"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
	if strings.Count(b.String(), "index &lt;5&gt;") != 1 {
		t.Error("the message stands twice")
	}
}

func TestPictures(t *testing.T) {
	p := &page{ids: map[string]int{}, dir: "testdata"}
	att := map[string]any{"a b.png": map[string]any{"image/png": "iVBO\nRw0K\n"}}
	got, err := p.render("![an *alt*](attachment:a%20b.png)\n![dot](dot.png) "+
		"![x](https://e.org/x.png)", att)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<img src="data:image/png;base64,iVBORw0K" alt="an alt">`,
		`<img src="data:image/png;base64,iVBORw0KGgo`,
		`<a class="remote" href="https://e.org/x.png">picture: x</a>`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	o := &ipynb.Output{Type: ipynb.DisplayData, Data: map[string]any{"image/png": []byte("abc"),
		"text/plain": `a "quoted" <alt>`},
		Metadata: map[string]any{"image/png": map[string]any{"width": 640}}}
	want := `<img src="data:image/png;base64,YWJj" alt="a &#34;quoted&#34; &lt;alt&gt;" width="640"`
	if got := p.output(o, "o"); !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}
