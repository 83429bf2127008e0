package engine_test

import (
	"context"
	"errors"
	"flag"
	"go/token"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/symbols"
)

const robustImports = `package main
import ("bufio"; "bytes"; "context"; "encoding/json"; "errors"; "flag"; "fmt"; "image"; "io"
	"log"; "math/big"; "os"; "os/signal"; "reflect"; "regexp"; "runtime"; "runtime/debug"
	"sort"; "strings"; "sync"; "time"; "unsafe")
var _ bufio.Reader; var _ bytes.Buffer; var _ context.Context; var _ = json.Marshal
var _ = errors.New; var _ flag.FlagSet; var _ = fmt.Sprint; var _ image.Image; var _ io.Reader
var _ log.Logger; var _ big.Int; var _ os.File; var _ = signal.Stop; var _ reflect.Type
var _ regexp.Regexp; var _ = runtime.GC; var _ = debug.Stack; var _ = sort.Ints
var _ = strings.ToUpper; var _ sync.Mutex; var _ time.Time; var _ unsafe.Pointer
type T struct{ n int }
func (t T) String() string { return fmt.Sprint(t) }
type E struct{ deep bool }
func (e E) Error() string { if e.deep { return fmt.Sprint(e) }; panic("in Error") }
type own struct { context.Context; c chan struct{} }
func (o own) Done() <-chan struct{} { return o.c }
type done struct{}
func (done) Done() chan int { return make(chan int) }
type W struct{ next any }
func (w W) String() string { return w.next.(fmt.Stringer).String() }
func sorts(n int) bool {
	sort.Slice(make([]int, 4), func(i, j int) bool { return sorts(n + 1) })
	return true
}
func even(n int) bool { return strings.Map(func(rune) rune { odd(n); return 'x' }, "a") == "" }
func odd(n int) bool { return even(n + 1) }
`

// robustRun runs a body with small limits and returns how it ended.
func robustRun(t testing.TB, body string, interrupt time.Duration) (out string, err error) {
	t.Helper()
	e := engine.New(engine.Config{Packages: symbols.New(), MaxAlloc: 256 << 20, MaxDepth: 20_000,
		MaxHeap: 1 << 30, Patience: 40 * time.Millisecond})
	p, err := loadInto(e, token.NewFileSet(), "In[1]", robustImports+"func main() {\n"+body+"\n}")
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var b safeBuffer
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = &b, &b
	if interrupt > 0 {
		time.AfterFunc(interrupt, x.Interrupt)
	}
	err = p.run(x)
	return b.String(), err
}

// cellTable reads bodies of cells, each with what is wanted of it on the line after.
func cellTable(t *testing.T, file string) map[string]string {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	body := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if want, ok := strings.CutPrefix(line, "\t=> "); ok {
			table[body] = want
		} else {
			body = line
		}
	}
	return table
}

// TestCellErrors runs cells that would end a Go process, or never end. Each must be an error
// of the cell that says what was wrong.
func TestCellErrors(t *testing.T) {
	args, flags := os.Args, flag.CommandLine
	defer func() { os.Args, flag.CommandLine = args, flags }()
	for body, want := range cellTable(t, "testdata/endings.txt") {
		start := time.Now()
		_, err := robustRun(t, body, 0)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: took %v", body, d)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %.300v\nwant %s", body, err, want)
		}
	}
}

// TestCellsGoOn runs cells that do what others must not notice, and end well.
func TestCellsGoOn(t *testing.T) {
	for body, want := range cellTable(t, "testdata/harmless.txt") {
		out, err := robustRun(t, body, 0)
		if err != nil || out != want {
			t.Errorf("%s: printed %q, %v", body, out, err)
		}
	}
}

// TestMapRaces uses maps from several goroutines at once, in cells and in compiled code that
// walks them.
func TestMapRaces(t *testing.T) {
	for _, use := range []string{`_ = m["c"]`, `for range m { }`, `_ = fmt.Sprint(m)`,
		`_, _ = json.Marshal(m)`, `for _, k := range reflect.ValueOf(m).MapKeys() { _ = k }`,
		`_ = fmt.Sprintf("%v", struct{ m any }{m})`, `delete(m, "a")`, `clear(m)`,
		`_ = reflect.DeepEqual(m, m)`, `fmt.Fprintln(io.Discard, &m)`,
		`reflect.ValueOf(m).SetMapIndex(reflect.ValueOf("z"), reflect.ValueOf(i))`} {
		_, err := robustRun(t, `
			m := map[string]int{}
			var wg sync.WaitGroup
			for g := range 4 {
				wg.Go(func() {
					for i := range 300 {
						m[string(rune('a' + i % 20))] = g
						`+use+`
					}
				})
			}
			wg.Wait()`, 0)
		if err != nil {
			t.Errorf("%s: %v", use, err)
		}
	}
}

// TestLongCalls interrupts compiled calls that do not look for interrupts: the session comes
// back at once, and goes on.
func TestLongCalls(t *testing.T) {
	for body, left := range map[string]bool{
		`s := strings.Repeat(strings.Repeat("x", 1000) + " ", 3000)
			regexp.MustCompile("(x+x+)+y$").FindAllString(s, -1)`: true,
		`x := make([]int, 3_000_000)
			sort.Slice(x, func(i, j int) bool { return x[i] < x[j] })`: false,
		`new(big.Int).Exp(big.NewInt(7), big.NewInt(30_000_000), nil)`: true,
		`for { runtime.GC() }`:                 true,
		`for { strings.Repeat("x", 1 << 20) }`: false,
		`r, _ := io.Pipe(); io.ReadAll(r)`:     true,
	} {
		var stop *engine.Interrupt
		var d time.Duration
		for try := 0; try < 5 && (stop == nil || stop.Left && !left); try++ { // a busy machine is late
			start := time.Now()
			_, err := robustRun(t, body, 50*time.Millisecond)
			d = time.Since(start)
			if !errors.As(err, &stop) {
				t.Fatalf("%s: %v", body, err)
			}
		}
		t.Logf("%s: left %v after %v", body, stop.Left, d)
		if stop.Left && !left || d > 2*time.Second {
			t.Errorf("%s: left %v after %v", body, stop.Left, d)
		}
		if len(stop.Frames) == 0 {
			t.Errorf("%s: no place", body)
		}
	}
}

// TestWaitForDone: a cell that waits for its context, alone or beside others, is no deadlock but
// waits for an interrupt. The context is the cell's own: package context has calls that wake.
func TestWaitForDone(t *testing.T) {
	const own = `var ctx context.Context = own{c: make(chan struct{})}; ch := make(chan int); `
	for body, want := range map[string]string{
		own + `<-ctx.Done(); _ = ch`:                                    "interrupt",
		own + `go func() { <-ctx.Done() }(); <-ch`:                      "interrupt",
		own + `select { case <-ctx.Done(): case <-ch: }`:                "interrupt",
		own + `<-ctx.(own).c; _ = ch`:                                   "deadlock",
		`d := interface{ Done() chan int }(done{}); c := d.Done(); <-c`: "deadlock",
	} {
		interrupt := 400 * time.Millisecond
		if want == "deadlock" {
			interrupt = 0
		}
		_, err := robustRun(t, body, interrupt)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

// TestLeftBehind runs a cell while the compiled call of an interrupted one goes on; that
// goroutine ends when the call returns.
func TestLeftBehind(t *testing.T) {
	e := engine.New(engine.Config{Packages: symbols.New()})
	p, err := loadInto(e, token.NewFileSet(), "In[1]", `package main
import "io"
var n = 0
var r, w = io.Pipe()
func main() { n++; io.ReadAll(r); n = 100 }
func next() { n++; w.Close() }`)
	if err != nil {
		t.Fatal(err)
	}
	x := engine.NewExec(context.Background())
	time.AfterFunc(20*time.Millisecond, x.Interrupt)
	var stop *engine.Interrupt
	if err := p.run(x); !errors.As(err, &stop) || !stop.Left {
		t.Fatalf("got %v", err)
	}
	x = engine.NewExec(context.Background())
	x.Stdout = io.Discard
	if err := e.Run(x, function(p, "next")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if got := variable(p, "n"); got != 2 {
		t.Errorf("n = %d: the interrupted cell went on", got)
	}
}
