package session_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// prepared is a session with something to complete.
func prepared(t testing.TB) *session.Session {
	t.Helper()
	s := newSession()
	for _, cell := range []string{
		`import "fmt"`,
		`type Point struct{ X, Y int; name string }
func (p Point) Length() int { return p.X }
func (p *Point) Move(dx int) { p.X += dx }
type Pair struct{ Point; Label string }
func make2[T any](x T) []T { return []T{x, x} }
func area(p Point) int { return p.X * p.Y }`,
		`point := Point{3, 4, "a"}
pair := &Pair{}
numbers := map[string][]Point{}
var anything any = 1`,
	} {
		if o := execute(t, s, cell); o.err != nil {
			t.Fatal(o.err)
		}
	}
	return s
}

// complete splits a cell at the | and returns what is offered.
func complete(s *session.Session, cell string) (session.Completion, []string) {
	before, after, _ := strings.Cut(cell, "|")
	c := s.Complete(before+after, len(before))
	var texts []string
	for _, item := range c.Items {
		texts = append(texts, item.Text)
	}
	return c, texts
}

func TestComplete(t *testing.T) {
	s := prepared(t)
	for _, c := range []struct {
		cell  string
		first string // the first items, blank separated
		lacks string
	}{
		{"fmt.Printl|", "Println", "Print"},
		{"fmt.print|", "Print Printf Println", ""},
		{"strings.NR|", "NewReader NewReplacer", ""},
		{"x := fmt.Sprint|(1)", "Sprint Sprintf Sprintln", ""},
		{"poi|", "point Point", ""},
		{"point.|", "Length Move name X Y", ""},
		{"pair.|", "Label Length Move name Point X Y", ""},
		{"pair.Point.M|", "Move", "Length"},
		{`numbers["a"][0].L|`, "Length", ""},
		{"make2(point)[1].|", "Length Move name X Y", ""},
		{"Point{X: 1}.L|", "Length", ""},
		{"Point{|}", "name X Y", ""},
		{"Point{X: 1, |}", "name Y", "X"},
		{"&Point{X: 1,\n|", "name Y", "X"},
		{"for i := 0; i < point.|", "Length Move name X Y", ""},
		{"if point.|", "Length Move name X Y", ""},
		{"switch point.|", "Length Move name X Y", ""},
		{"func f(local Point) int {\n\treturn loc|\n}", "local", ""},
		{"func f(local Point) int {\n\treturn local.|", "Length Move name X Y", ""},
		{"for _, each := range numbers {\n\tea|\n}", "each", ""},
		{"later := 1\n{\n\tlat|\n\tlatest := 2\n}", "later", "latest"},
		{"import \"strings\"\nstrings.ToUp|", "ToUpper ToUpperSpecial", ""},
		{"strings.ToUp|", "ToUpper ToUpperSpecial", ""},
		{"lab.Conf|", "", "Confusion"},
		{"import \"encoding/js|\"", "encoding/json", ""},
		{"import (\n\t\"fmt\"\n\t\"encoding/js|", "encoding/json", ""},
		{"// point.|", "", "X"},
		{"\"point.|\"", "", "X"},
		{"'😀'; \"😀\" + point.na|", "name", ""},
		{"appe|", "append", ""},
		{"retu|", "return", ""},
		{"ctx.D|", "Deadline Done", ""},
		{"anything.(Po|", "Point", ""},
		{"var p Poi|", "Point", ""},
		{"area(point) + are|", "area", ""},
		{"nothing.|", "", "X"},
		{"point.X.|", "", "X"},
		{"1 +|", "", "\x00"},
		{"|", "", "\x00"},
		{"stri|", "string strings", ""},
		{"point.Length().|", "", "X"},
		{"go func() { point.M|", "Move", ""},
		{"defer pair.M|", "Move", ""},
		{"fmt.Println(point.|, 2)\npoint.X = 3", "Length Move name X Y", ""},
		{"type T struct { p Poi|", "Point", ""},
		{"broken( := \npoint.Mo|", "Move", ""},
	} {
		_, got := complete(s, c.cell)
		want := strings.Fields(c.first)
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%q gives %.200q, want %q first", c.cell, got, want)
		}
		if c.lacks != "" && slices.Contains(got, c.lacks) {
			t.Errorf("%q gives %q too", c.cell, c.lacks)
		}
	}
}

func TestCompletionSaysWhatItIs(t *testing.T) {
	s := prepared(t)
	for cell, want := range map[string]session.Item{
		"fmt.Printl|": {Text: "Println", Kind: "function", Detail: "func(a ...any) (n int, err error)"},
		"point.X|":    {Text: "X", Kind: "field", Detail: "int"},
		"point.Mo|":   {Text: "Move", Kind: "method", Detail: "func(dx int)"},
		"numb|":       {Text: "numbers", Kind: "var", Detail: "map[string][]Point"},
		"encod|":      {Text: "encoding", Kind: "module", Detail: "encoding"},
		"retur|":      {Text: "return", Kind: "keyword"},
	} {
		c, _ := complete(s, cell)
		if len(c.Items) == 0 || c.Items[0] != want {
			t.Errorf("%q gives %+v, want %+v first", cell, c.Items, want)
		}
		if c.End != len(cell)-1 {
			t.Errorf("%q ends at %d", cell, c.End)
		}
	}
}

func TestCompleteFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"lesson.txt", "lesson.png", ".hidden"} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("letters", 0o755); err != nil {
		t.Fatal(err)
	}
	s := newSession()
	_, got := complete(s, "import \"os\"\nos.Open(\"le|\")")
	if want := []string{"lesson.png", "lesson.txt", "letters/"}; !slices.Equal(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
}

// A question while a cell runs is answered at once, and leaves nothing behind.
func TestCompleteWhileRunning(t *testing.T) {
	s := prepared(t)
	x := engine.NewExec(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { s.Execute("for {\n}", x) })
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	for range 20 {
		if _, got := complete(s, "point.|"); len(got) != 5 {
			t.Errorf("fields are %q", got)
		}
	}
	if took := time.Since(began) / 20; took > 100*time.Millisecond {
		t.Errorf("each takes %v", took)
	}
	x.Interrupt()
	wait.Wait()
}

func BenchmarkComplete(b *testing.B) {
	s := prepared(b)
	for b.Loop() {
		if c, _ := complete(s, "fmt.Println(point.|"); len(c.Items) != 5 {
			b.Fatal(c.Items)
		}
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("fmt.Println(\"a\" + x.", 3)
	f.Add("func f(a []int) { for i := range a {", 30)
	f.Add("type T struct { T.", 18)
	s := newSession()
	f.Fuzz(func(t *testing.T, src string, pos int) {
		c := s.Complete(src, pos)
		if c.Start > c.End || c.Start < 0 || c.End > len(src) {
			t.Errorf("%q at %d gives %+v", src, pos, c)
		}
	})
}
