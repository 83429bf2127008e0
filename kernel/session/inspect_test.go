package session_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// explained is a session with something to ask about.
func explained(t testing.TB) *session.Session {
	t.Helper()
	s := session.New(session.Options{
		Packages: natives{symbols.New()}, Paths: symbols.Paths, Docs: symbols.Docs,
	})
	for _, cell := range []string{
		`import "bytes"

// Point is a place
// in the plane.
type Point struct {
	X, Y int // in metres
	name string
}

// Length is how far p is
// from the origin.
func (p Point) Length() int { return p.X }
func (p *Point) Move(dx int) { p.X += dx } // behind`,
		`// area is the product.
func area(p Point) int { return p.X * p.Y }

type Pair[K comparable] struct{ Point; Key K }
// limit is what fits.
const limit = 40
// point is where we are.
point := Point{3, 4, "a"}
numbers := map[string][]Point{"a": nil}
buffer := &bytes.Buffer{}
words := []string{"a", "b<c>"}
var anything any = 1.5`,
	} {
		if o := execute(t, s, cell); o.err != nil {
			t.Fatal(o.err)
		}
	}
	return s
}

// inspect asks at the | of a cell.
func inspect(s *session.Session, cell string, detail int) (session.Info, bool) {
	before, after, _ := strings.Cut(cell, "|")
	return s.Inspect(before+after, len(before), detail)
}

func TestInspect(t *testing.T) {
	s := explained(t)
	println := "func fmt.Println(a ...any) (n int, err error)\n\nPrintln formats using the default"
	for _, c := range []struct{ cell, want string }{
		{"fmt.Print|ln", println},
		{"fmt.Println|", println},
		{"fmt.|Println", println},
		{"fmt.Println(|", println},
		{"fmt.Println(1, |", println},
		{"fmt.Println(\"a|", println},
		{"x := 1\nfmt.Println(x, undefined|)", println},
		{"fmt.Println(|)\nbroken(", println},
		{"fmt.Println()|", println},
		{"f|mt.Println", "package fmt // import \"fmt\"\n\nPackage fmt implements"},
		{"fmt.|", "package fmt"},
		{"fmt|", "package fmt"},
		{"import \"encoding/j|son\"", "package json // import \"encoding/json\""},
		{"import (\n\t\"os\"\n\tj \"encoding/json|", "package json"},
		{"import str \"strings\"\nstr.ToUp|per", "func strings.ToUpper(s string) string"},
		{"import str \"strings\"\nst|r.ToUpper", "package strings"},
		{"math.P|i", "const math.Pi untyped float = 3.14159"},
		{"io.Reade|r", "type io.Reader interface {\n\tRead(p []byte) (n int, err error)\n}"},
		{"http.Client{Time|out: 1}", "field http.Client.Timeout time.Duration\n\nTimeout specifies"},
		{"os.Arg|s", "var os.Args []string\n\nArgs hold"},
		{"io.EO|F", "var io.EOF error\n\nEOF is the error"},
		{"buffer.WriteString|", "func (b *bytes.Buffer) WriteString(s string) (n int, err error)\n\n" +
			"WriteString appends"},
		{"bytes.NewBufferString(\"\").Le|n()", "func (b *bytes.Buffer) Len() int\n\nLen returns"},
		{"var b bytes.Buffer\nb.Res|et()", "func (b *bytes.Buffer) Reset()"},
		{"import \"natives/lab\"\nlab.Sum|(1)", "func lab.Sum[T int | float64](xs ...T) (s T)"},

		{"slices.Sor|t(words)", "func slices.Sort[S ~[]E, E cmp.Ordered](x S)\n\nSort sorts"},

		{"poin|t", "var point Point = {X: 3 Y: 4 name: \"a\"}\n\npoint is where we are."},
		{"number|s", "var numbers map[string][]Point = map of 1"},
		{"word|s[0]", "var words []string = [\"a\" \"b<c>\"]"},
		{"anythin|g", "var anything any = 1.5"},
		{"point.|X", "field Point.X int\n\nin metres"},
		{"point.Len|gth()", "func (p Point) Length() int\n\nLength is how far p is from the origin."},
		{"(&point).Mo|ve(1)", "func (p *Point) Move(dx int)\n\nbehind"},
		{"numbers[\"a\"][0].Move(|", "func (p *Point) Move(dx int)"},
		{"are|a", "func area(p Point) int\n\narea is the product."},
		{"x := area(point) + area(|)", "func area(p Point) int"},
		{"Poi|nt{}", "type Point struct {\n\tX int\n\tY int\n\tname string\n}\n\n" +
			"Point is a place in the plane.\n\nfunc (p Point) Length() int\nfunc (p *Point) Move(dx int)"},
		{"Pair|[int]{}", "type Pair[K comparable] struct {\n\tPoint\n\tKey K\n}\n\n" +
			"func (p Point) Length() int"},
		{"csv.ParseErro|r", "type csv.ParseError struct {\n\tStartLine int"},
		{"limi|t", "const limit untyped int = 40\n\nlimit is what fits."},

		{"// local says\nfunc local(a int) { _ = a }\nloca|l(1)", "func local(a int)\n\nlocal says"},
		{"func f(a Point) { fmt.Println(a|) }", "var a Point"},
		{"later := []Point{}\nlate|r", "var later []Point"},
		{"for i, p := range numbers {\n\tp|", "var p []Point"},
		{"broken( := \npoint.Mo|ve", "func (p *Point) Move(dx int)"},
		{"switch v := anything.(type) {\ncase int: v|\n}", "var v int"},
		{"switch v| := anything.(type) {\ncase int: _ = v\n}", "var v int"},

		{"le|n(words)", "func len(v T) int\n\nLen is the number"},
		{"mak|e([]int, 1)", "func make("},
		{"append(|", "func append("},
		{"words = append(words, |", "func append("},
		{"var x floa|t64", "type float64\n\nfloat64 holds floating-point numbers of 64 bits."},
		{"erro|r", "type error interface"},
		{"defe|r", "keyword defer"},
		{"len := 3\nle|n", "var len int"},
	} {
		info, ok := inspect(s, c.cell, 0)
		if !ok || !strings.HasPrefix(info.Text, c.want) {
			t.Errorf("%q gives %.300q, want %q", c.cell, info.Text, c.want)
		}
	}
	for _, cell := range []string{"|", "1|", "nothing|", "nothing.x|", "// fmt.Println|",
		"point.none|", "\"point|\"", "fmt.Printless|", "func() { |", "'a|"} {
		if info, ok := inspect(s, cell, 0); ok {
			t.Errorf("%q gives %q", cell, info.Text)
		}
	}
}

func TestInspectDetail(t *testing.T) {
	s := explained(t)
	for cell, want := range map[string]string{
		"area|":         "func area(p Point) int { return p.X * p.Y }",
		"Point|":        "type Point struct {\n\tX, Y int // in metres",
		"point.Length|": "func (p Point) Length() int { return p.X }",
		"limit|":        "const limit = 40",
		"words|":        "words := []string{\"a\", \"b<c>\"}",
		"sort|":         "func sort.Ints(x []int)",
	} {
		brief, _ := inspect(s, cell, 0)
		whole, ok := inspect(s, cell, 1)
		if !ok || !strings.Contains(whole.Text, "\n\n"+want) && !strings.Contains(whole.Text, want+"\n") {
			t.Errorf("%q gives %q, want %q", cell, whole.Text, want)
		}
		if len(brief.Text) >= len(whole.Text) {
			t.Errorf("%q gives as much without detail", cell)
		}
	}
}

// TestInspectOfVariables: a variable without words of its own is told by those of its type.
func TestInspectOfVariables(t *testing.T) {
	s := explained(t)
	for cell, want := range map[string]string{
		"buffe|r":                             "\n\nA Buffer is a variable-sized buffer of bytes",
		"func f(a Point) { fmt.Println(a|) }": "var a Point\n\nPoint is a place in the plane.",
		"p := &point\np|":                     "\n\nPoint is a place in the plane.",
	} {
		info, ok := inspect(s, cell, 0)
		if !ok || !strings.Contains(info.Text, want) {
			t.Errorf("%q gives %q, want %q", cell, info.Text, want)
		}
	}
	info, _ := inspect(s, "buffe|r", 1)
	if !strings.Contains(info.Text, "func (b *bytes.Buffer) WriteString(s string)") {
		t.Errorf("with detail: %q", info.Text)
	}
}

func TestInspectForms(t *testing.T) {
	s := explained(t)
	info, _ := inspect(s, "words|", 0)
	if want := "```go\nvar words []string = [\"a\" \"b<c>\"]\n```"; info.Markdown != want {
		t.Errorf("markdown is %q, want %q", info.Markdown, want)
	}
	want := "<pre><code>var words []string = [&#34;a&#34; &#34;b&lt;c&gt;&#34;]</code></pre>"
	if info.HTML != want {
		t.Errorf("html is %q, want %q", info.HTML, want)
	}
	info, _ = inspect(s, "bytes.NewBuffer|", 0)
	if !strings.Contains(info.HTML, "<p>NewBuffer creates and initializes a new Buffer using") {
		t.Errorf("html is %q", info.HTML)
	}
}

// A question while a cell runs is answered at once, without touching what the cell changes.
func TestInspectWhileRunning(t *testing.T) {
	s := explained(t)
	x := engine.NewExec(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		s.Execute(`for i := 0; ; i++ {
	numbers["a"] = append(numbers["a"][:0], point)
	point.X++
}`, x)
	})
	time.Sleep(50 * time.Millisecond)
	for cell, want := range map[string]string{
		"numbers|": "var numbers map[string][]Point = …", "point|": "var point Point = …",
		"fmt.Println|": "func fmt.Println",
	} {
		began := time.Now()
		if info, ok := inspect(s, cell, 0); !ok || !strings.HasPrefix(info.Text, want) {
			t.Errorf("%q gives %q", cell, info.Text)
		}
		if took := time.Since(began); took > 200*time.Millisecond {
			t.Errorf("%q takes %v", cell, took)
		}
	}
	x.Interrupt()
	wait.Wait()
	if info, _ := inspect(s, "numbers|", 0); !strings.HasPrefix(info.Text,
		"var numbers map[string][]Point = map of 1") {
		t.Errorf("afterwards numbers is %q", info.Text)
	}
}

func TestInspectNamesOfEveryPackage(t *testing.T) {
	s := explained(t)
	table := symbols.New()
	for _, path := range []string{"fmt", "io", "net/http", "gonum.org/v1/gonum/mat", "time"} {
		pkg, err := table.Types(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			if !pkg.Scope().Lookup(name).Exported() {
				continue
			}
			info, ok := inspect(s, pkg.Name()+"."+name+"|", 0)
			if !ok || !strings.Contains(info.Text, pkg.Name()+"."+name) {
				t.Errorf("%s.%s gives %q", pkg.Name(), name, info.Text)
			}
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	s := explained(b)
	for b.Loop() {
		if _, ok := inspect(s, "fmt.Println(point.Len|gth())", 0); !ok {
			b.Fatal("nothing")
		}
	}
}

func FuzzInspect(f *testing.F) {
	for _, c := range strangeCells {
		f.Add(c, len(c))
		f.Add(c, len(c)/2)
	}
	f.Add("fmt.Println(point.", 18)
	f.Add("import \"fmt", 10)
	f.Add("f[int](a[1](", 12)
	f.Add("😀.x(", 4)
	s := explained(f)
	f.Fuzz(func(t *testing.T, src string, pos int) {
		for detail := range 2 {
			info, ok := s.Inspect(src, pos, detail)
			if ok == (info.Text == "") {
				t.Errorf("%q at %d gives %v, %+v", src, pos, ok, info)
			}
		}
	})
}
