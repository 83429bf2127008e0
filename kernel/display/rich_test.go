package display_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/display"

	"gonum.org/v1/plot"
	_ "gonum.org/v1/plot/vg/vgsvg" // the format "svg", as in the kernel
	"gorgonia.org/tensor"
)

// part is one representation as text.
func part(t *testing.T, v any, mime string) string {
	t.Helper()
	data, _ := display.Bundle(v)
	s, ok := data[mime].(string)
	if !ok {
		t.Errorf("%T has no %s: %v", v, mime, data)
	}
	return s
}

func has(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestDrawings(t *testing.T) {
	p := plot.New()
	p.Title.Text = "Loss <1>"
	html := part(t, p, display.MimeHTML)
	has(t, html, "<svg", `role="img"`, "<title>plot: Loss &lt;1&gt;</title>", "max-width:100%")
	if strings.Contains(html, "<?xml") {
		t.Error("the prologue of a file is within the page")
	}
	s := display.SVG(`<?xml version="1.0"?><svg width="9"><desc>A dot</desc></svg>`)
	has(t, part(t, s, display.MimeHTML), `<svg width="9" role="img"`, "<title>A dot</title>")
	if got := part(t, s, display.MimeText); got != "A dot" {
		t.Errorf("text is %q", got)
	}
}

func TestFormulas(t *testing.T) {
	data, _ := display.Bundle(display.Math("x^2"))
	if data[display.MimeHTML] != nil {
		t.Error("MathML without a setter")
	}
	display.SetMath(func(tex string, block bool) (string, bool) {
		if block {
			return "<math display=block>" + tex + "</math>", true
		}
		return "<math>" + tex + "</math>", tex != "odd"
	})
	defer display.SetMath(nil)
	for v, want := range map[any]string{
		display.Math("x^2"):       "<math display=block>x^2</math>",
		display.Latex("$$x$$"):    "<math display=block>x</math>",
		display.Latex("x"):        "<math>x</math>",
		display.Latex("odd"):      "",
		display.Latex("$a$, $b$"): "",
		display.Latex("a $b$"):    "",
		display.Latex("$$$$"):     "",
	} {
		data, _ := display.Bundle(v)
		if got, _ := data[display.MimeHTML].(string); got != want && !(want != "" &&
			strings.Contains(got, ">"+want+"</")) {
			t.Errorf("%v is set as %q, want %q", v, got, want)
		}
	}
}

func TestMoreTables(t *testing.T) {
	csv := display.CSV("name,n\nä,1\n\"b, c\",2\n")
	has(t, part(t, csv, display.MimeHTML), `<th scope="col" style="text-align:left">name</th>`,
		`<td style="text-align:left">b, c</td>`)
	has(t, part(t, csv, display.MimeText), "0  ä     1", "(2 rows of 2 columns)")
	has(t, part(t, display.CSV("a;b\n1;2"), display.MimeHTML), "<td>2</td>")
	part(t, display.CSV(""), display.MimeText)
	part(t, display.CSV("\"a"), display.MimeText)
	var long strings.Builder
	for range 5000 {
		long.WriteString("1,2\n")
	}
	has(t, part(t, display.CSV(long.String()), display.MimeText), "(4,999 rows of 2 columns)")

	records := []map[string]any{{"a": 1, "b": nil}, {"c": "x"}}
	has(t, part(t, records, display.MimeText), "a  b    c", "nil", "(2 rows)")
	byName := map[string]point{"p<": {1, 2, "n", 0}, "q": {}}
	has(t, part(t, byName, display.MimeHTML), `<th scope="row">p&lt;</th><td>1</td>`, "Name")
	has(t, part(t, [][]string{{"a", "b"}, {"c"}}, display.MimeText), "(2 rows of up to 2)")
}

func TestTensor(t *testing.T) {
	d := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	has(t, part(t, d, display.MimeText), "⎡1  2  3⎤", "\n(shape 2 × 3, float64)")
	part(t, (*tensor.Dense)(nil), display.MimeText)
}

func TestVegaLite(t *testing.T) {
	spec := `{"title":"Loss","mark":"line","data":{"values":[{"x":1},{"x":2}]},` +
		`"encoding":{"x":{"field":"step"},"y":{"field":"loss"}}}`
	want := "chart: Loss (line; x: step, y: loss; 2 rows)"
	var m map[string]any
	if err := json.Unmarshal([]byte(spec), &m); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{spec, []byte(spec), m} {
		data, _ := display.Bundle(display.VegaLite(v))
		if data[display.MimeText] != want {
			t.Errorf("text is %v", data[display.MimeText])
		}
		if c, _ := data[display.MimeVegaLite].(map[string]any); c["mark"] != "line" {
			t.Errorf("chart is %v", data)
		}
	}
	defer func() {
		if r := recover(); r == nil {
			t.Error("a chart that is no JSON does not panic")
		}
	}()
	display.VegaLite("[1")
}

func TestTimesAndBytes(t *testing.T) {
	if got := part(t, 90*time.Second, display.MimeText); got != "1m30s" {
		t.Errorf("duration is %q", got)
	}
	if got := part(t, time.Now(), display.MimeText); strings.Contains(got, "m=") {
		t.Errorf("time is %q", got)
	}
	if got := part(t, "a\xffb", display.MimeText); got != "a\ufffdb" {
		t.Errorf("invalid UTF-8 is %q", got)
	}
	data, _ := display.Bundle(display.GIF("GIF89a"))
	if b, _ := data[display.MimeGIF].([]byte); string(b) != "GIF89a" {
		t.Errorf("gif is %v", data)
	}
}
