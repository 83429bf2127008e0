package display_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"cliplab/kernel/display"

	"gonum.org/v1/gonum/mat"
)

type loud struct{}

func (loud) String() string { panic("no <voice>") }

type rich struct{ broken bool }

func (r rich) MIMEBundle() map[string]any {
	if r.broken {
		panic(errors.New("bundle broke"))
	}
	return map[string]any{display.MimeHTML: "<i>rich</i>"}
}

func (r rich) MIMEMetadata() map[string]any {
	return map[string]any{display.MimeHTML: map[string]any{"isolated": true}}
}

func (r rich) String() string { return "RICH" }

type point struct {
	X, Y float64
	Name string
	priv int
}

func TestText(t *testing.T) {
	loop := map[string]any{}
	loop["self"] = loop
	long := make([]float64, 100_000)
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, "<nil>"},
		{5, "5"},
		{'a', "97"},
		{"plain\ntext", "plain\ntext"},
		{[]int{1, 2}, "[1 2]"},
		{[]byte("ab"), "[97 98]"},
		{make([]byte, 1000), "… ] (1,000 bytes)"},
		{struct{ A int }{1}, "{1}"},
		{map[string]int{"a": 1}, "map[a:1]"},
		{[]struct{ s float64 }{{1}}, "[{1}]"},
		{errors.New("bad <row>"), "bad <row>"},
		{loud{}, "(display_test.loud: showing this value panicked: no <voice>)"},
		{rich{broken: true}, "(display_test.rich: showing this value panicked: bundle broke)"},
		{loop, "map[string]interface {} (nested more than 64 deep, or contains itself)"},
		{long, "0 … 0 0"},
		{long, "(100,000 elements)"},
		{(*mat.Dense)(nil), "<nil>"},
	} {
		data, metadata := display.Bundle(c.v)
		got, _ := data[display.MimeText].(string)
		want := strings.ReplaceAll(c.want, "… ]", "…]")
		if got != want && !(len(got) > 20 && strings.Contains(got, want)) {
			t.Errorf("%T: got %.200q, want %q", c.v, got, want)
		}
		if metadata == nil {
			t.Errorf("%T: metadata is nil", c.v)
		}
	}
	got := display.Text(strings.Repeat("ä", 100_000))
	if len(got) > display.MaxText+200 || !strings.Contains(got, "bytes not shown") ||
		strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("a long string is not clipped well: %d bytes", len(got))
	}
}

func TestOwnBundle(t *testing.T) {
	data, metadata := display.Bundle(rich{})
	want := map[string]any{display.MimeHTML: "<i>rich</i>", display.MimeText: "RICH"}
	if !reflect.DeepEqual(data, want) {
		t.Errorf("got %v, want %v", data, want)
	}
	if metadata[display.MimeHTML] == nil {
		t.Error("metadata is lost")
	}
}

func TestValues(t *testing.T) {
	data, _ := display.Values([]any{1, nil})
	if want := map[string]any{display.MimeText: "1 <nil>"}; !reflect.DeepEqual(data, want) {
		t.Errorf("got %v, want %v", data, want)
	}
	data, _ = display.Values([]any{rich{}, "a<b"})
	want := "<div><i>rich</i></div>\n<div><pre>a&lt;b</pre></div>"
	if data[display.MimeHTML] != want {
		t.Errorf("got %v, want %v", data[display.MimeHTML], want)
	}
}

func TestImage(t *testing.T) {
	data, metadata := display.Bundle(image.NewRGBA(image.Rect(0, 0, 30, 20)))
	img, err := png.Decode(bytes.NewReader(data[display.MimePNG].([]byte)))
	if err != nil || img.Bounds().Dx() != 30 {
		t.Errorf("decoded %v, %v", img, err)
	}
	if got := data[display.MimeText]; got != "picture, 30×20 pixels" {
		t.Errorf("text is %q", got)
	}
	if got := metadata[display.MimePNG].(map[string]any)["width"]; got != 30 {
		t.Errorf("width is %v", got)
	}
	for _, m := range []image.Image{
		image.NewRGBA(image.Rectangle{}),
		&image.Uniform{},
		(*image.RGBA)(nil),
	} {
		data, _ := display.Bundle(m)
		if data[display.MimePNG] != nil || data[display.MimeText] == "" {
			t.Errorf("%T: %v", m, data)
		}
	}
}

func TestMatrix(t *testing.T) {
	data, _ := display.Bundle(mat.NewDense(2, 2, []float64{1, 2.5, -1e-7, 1.0 / 3}))
	want := "        0       1\n0       1     2.5\n1  -1e-07  0.3333\n(2 × 2)"
	if got := data[display.MimeText]; got != want {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	html := data[display.MimeHTML].(string)
	if !strings.Contains(html, `<th scope="row">1</th><td>-1e-07</td><td>0.3333</td>`) {
		t.Errorf("HTML is %s", html)
	}
	data, _ = display.Bundle(mat.NewDense(1000, 500, nil))
	if n := strings.Count(data[display.MimeHTML].(string), "<tr>"); n != display.MaxRows+2 {
		t.Errorf("a large matrix has %d rows", n)
	}
}

func TestTables(t *testing.T) {
	data, _ := display.Bundle([]point{{1, 2, "<a>", 0}, {3, 4, "b", 0}})
	html := data[display.MimeHTML].(string)
	for _, want := range []string{
		"<caption>2 rows of display_test.point</caption>",
		`<th scope="col">Y</th><th scope="col" style="text-align:left">Name</th></tr>`,
		`<td>2</td><td style="text-align:left">&lt;a&gt;</td>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
	text := data[display.MimeText].(string)
	if !strings.HasPrefix(text, "   X  Y  Name\n0  1  2  <a>") {
		t.Errorf("text is\n%s", text)
	}
	data, _ = display.Bundle([]point{{5, 60, "", 0}, {700, 8, "x", 0}})
	if text := data[display.MimeText].(string); !strings.HasPrefix(text,
		"     X   Y  Name\n0    5  60\n1  700   8  x\n") {
		t.Errorf("numbers stand below each other: text is\n%s", text)
	}
	data, _ = display.Bundle([]*point{nil, {}})
	if !strings.Contains(data[display.MimeHTML].(string), "<td>nil</td><td>nil</td>") {
		t.Errorf("nil pointers: %v", data)
	}
	data, _ = display.Bundle([][]float64{{1}, {2, 3}})
	if !strings.Contains(data[display.MimeText].(string), "(2 rows of up to 2)") {
		t.Errorf("ragged: %v", data)
	}
	big := map[int]string{}
	for i := range 100 {
		big[i] = fmt.Sprint("v", i)
	}
	data, _ = display.Bundle(big)
	if text := data[display.MimeText].(string); !strings.HasSuffix(text, " 99  v99\n(100 entries)") {
		t.Errorf("map: %s", text)
	}
	data, _ = display.Bundle([]loudStruct{{}})
	if data[display.MimeHTML] != nil {
		t.Error("a slice of Stringers is no table")
	}
}

type loudStruct struct{ A int }

func (loudStruct) String() string { panic("loud") }

func TestShowAndHandle(t *testing.T) {
	var mu sync.Mutex
	var got []display.Output
	restore := display.SetSink(func(o display.Output) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, o)
	})
	defer restore()
	display.Show(1, display.Markdown("*x*"))
	h := display.NewHandle()
	h.Update("one")
	h.Update("two")
	if len(got) != 4 || got[1].Data[display.MimeMarkdown] != "*x*" {
		t.Fatalf("got %v", got)
	}
	if got[2].Update || !got[3].Update || got[2].ID == "" || got[2].ID != got[3].ID {
		t.Errorf("handle: %+v", got[2:])
	}
}

func TestContent(t *testing.T) {
	h := display.HTML("<style>p{}</style><p>a &amp; <b>b</b></p>")
	if got := h.MIMEBundle()[display.MimeText]; got != "a & b" {
		t.Errorf("text of HTML is %q", got)
	}
	if got := display.Math(`x^2`).MIMEBundle()[display.MimeLatex]; got != "$$x^2$$" {
		t.Errorf("Math is %q", got)
	}
}

// TestFailedCall: beside an error the zero values are not shown, since they are no results.
func TestFailedCall(t *testing.T) {
	bad := errors.New("no such picture")
	for _, c := range []struct {
		values []any
		want   string
	}{
		{[]any{point{}, bad}, "no such picture"},
		{[]any{(*point)(nil), 0, "", bad}, "no such picture"},
		{[]any{3, bad}, "3\nno such picture"},
		{[]any{0, 0}, "0 0"},
	} {
		data, _ := display.Values(c.values)
		if got := data[display.MimeText]; got != c.want {
			t.Errorf("%v is shown as %q, want %q", c.values, got, c.want)
		}
	}
}

// unsendable says of itself what is no JSON.
type unsendable struct{}

func (unsendable) MIMEBundle() map[string]any {
	return map[string]any{"text/html": []any{func() {}}, "application/json": math.NaN(),
		"text/markdown": "*fine*"}
}

func (unsendable) MIMEMetadata() map[string]any { return map[string]any{"x": func() {}} }

// TestUnsendable: what no notebook can hold is left out and told; the rest stays.
func TestUnsendable(t *testing.T) {
	data, metadata := display.Bundle(unsendable{})
	if _, err := json.Marshal([]any{data, metadata}); err != nil {
		t.Fatal(err)
	}
	text := data[display.MimeText].(string)
	if data["text/markdown"] != "*fine*" || data["text/html"] != nil ||
		!strings.Contains(text, "text/html cannot be shown: json: unsupported type: func()") ||
		!strings.Contains(text, "application/json cannot be shown: json: unsupported value: NaN") {
		t.Errorf("shown as %v", data)
	}
}
