package session_test

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/engine"
)

// forbidden are words of cells that would act on the machine, or never give memory back.
var forbidden = []string{
	"os", "exec", "net", "syscall", "ioutil", "unsafe", "make", "append", "Repeat", "go", "plugin",
	"runtime", "debug", "signal", "log", "<<", "+=",
}

// FuzzExecute runs three cells in one session: whatever they are, Execute comes back, and the
// session still adds.
func FuzzExecute(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var cells [3]string
		for i, m := range ar.Files {
			if strings.HasPrefix(m.Name, "cell") {
				cells[i%3] = string(m.Data)
			}
		}
		f.Add(cells[0], cells[1], cells[2])
	}
	for _, c := range strangeCells {
		f.Add(c, c, "x")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		all := a + b + c
		for _, word := range forbidden {
			if strings.Contains(all, word) {
				t.Skip()
			}
		}
		s := newSession()
		for _, src := range []string{a, b, c} {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			x := engine.NewExec(ctx)
			x.Stdout, x.Stderr = io.Discard, io.Discard
			hard := time.AfterFunc(400*time.Millisecond, x.Interrupt)
			harder := time.AfterFunc(500*time.Millisecond, x.Interrupt)
			_, err := s.Execute(src, x)
			traceback(err)
			hard.Stop()
			harder.Stop()
			cancel()
		}
		if o := execute(t, s, "func() bool { return true }()"); o.err == nil && o.value() == "" {
			t.Fatalf("no value after %q, %q, %q", a, b, c)
		}
	})
}

// strangeCells are cells that broke something, or might have.
var strangeCells = []string{
	"", ";", "{", "}", "func", "func (", "func f", "func f()", "type", "type T", "var", "var x",
	"x :=", ":= 1", "import", `import "`, "import (", "package", "package main", "package p;x",
	"x, x := 1, 2", "_ := 1", "_, _ = 1, 2", "a.b := 1", "x := x", "var x = x", "type T T",
	"type T struct{ T }", "func (T) M() {}", "func (t *T) M() {}\ntype T *int", "goto L",
	"L: x := 1\ngoto L", "L:", "L: var x int",
	"break", "continue", "fallthrough",
	"return 1", "return", "defer",
	"const c = c", "const c = iota\nc", "func init() {}", "func main() {}", "main()",
	"func _() {}", "type _ int", "var _ int", "const _ = 1", "x := nil", "nil", "_", "iota",
	"x := func() {}()", "func f[T any]() {}\nf", "type G[T any] struct{}\nG", "int", "len", "len()",
	"panic(nil)", "panic(1)", "recover()", "func f() { f() }\nf()", "/*", "//", "\"", "`", "'",
	"\x00", "\xff", "\ufeff1", "1\r\n", "//line x:1:1\nx", "/*line In[3]:9:9*/ y", "import \"C\"",
	"import . \"fmt\"\nPrint", "import _ \"fmt\"", "import fmt \"strings\"", "ctx := 1\nctx",
	"ctx.Err()", "f(x...)", "[]int{1,2,3}[:", "struct{}{}", "x.(type)", "switch { case", "if x {",
	"for {", "func(){", "type I interface{ I }", "var a = b\nvar b = a", "x := 1; x := 2; x",
	"type T struct{}\nfunc (T) m() {}\nfunc (T) m() {}", "func f() {}\nfunc f() {}",
	"x := 1\nfunc x() {}", "type x int\nx := 1", "import x \"fmt\"\nx := 1\nx",
	"any(nil).(error)", "var e error\ne.Error()", "1 / 0", "x := 0\n1 / x", "select {}",
	"type T[P T[P]] int", "func (T[P]) m() {}", "var x int = \"a\"", "println()\n;;;", "1;2;3",
}
