package engine_test

import (
	"bytes"
	"context"
	"errors"
	"go/token"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/symbols"
)

// safeBuffer is a buffer that several goroutines may write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const imports = `package main
import ("fmt"; "os"; "runtime"; "sync"; "time"; "log"; "io"; "sort"; "strings")
var _, _, _, _ = fmt.Sprint, os.Exit, runtime.GC, time.Now
var _, _, _, _ = log.Println, io.EOF, sort.Ints, strings.ToUpper
var mu sync.Mutex
var ch = make(chan int)
`

// TestInterrupt stops programs that would never end.
func TestInterrupt(t *testing.T) {
	bodies := map[string]string{
		"loop":      `for {}`,
		"call":      `var f func(int) int; f = func(n int) int { return n }; for { f(1) }`,
		"receive":   `<-ch`,
		"send":      `ch <- 1`,
		"select":    `select {}`,
		"select2":   `select { case <-ch: case ch <- 1: case <-make(chan string): }`,
		"range":     `for range ch {}`,
		"sleep":     `time.Sleep(time.Hour)`,
		"waitgroup": `var wg sync.WaitGroup; wg.Add(1); wg.Wait()`,
		"mutex":     `mu.Lock(); mu.Lock()`,
		"rwmutex":   `var m sync.RWMutex; m.RLock(); m.Lock()`,
		"cond":      `c := sync.NewCond(&sync.Mutex{}); c.L.Lock(); defer c.L.Unlock(); c.Wait()`,
		"callback":  `for { sort.Slice(make([]int, 1000), func(i, j int) bool { return i < j }) }`,
		"rangefunc": `f := func(y func(int) bool) { for y(1) {} }; for range f { }`,
		"workers":   `for range 4 { go func() { for {} }() }; for {}`,
		"recover":   `defer func() { recover() }(); for {}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			p := load(t, imports+"func main() { "+body+" }")
			x := engine.NewExec(context.Background())
			time.AfterFunc(20*time.Millisecond, x.Interrupt)
			if err := p.run(x); !errors.Is(err, engine.ErrInterrupted) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestInterruptDeferred checks that deferred calls run, are not interrupted by the
// first interrupt but are by the second.
func TestInterruptDeferred(t *testing.T) {
	p := load(t, imports+`
func main() {
	defer func() { for {} }()
	defer func() {
		fmt.Println("deferred", recover())
		time.Sleep(time.Millisecond)
		fmt.Println("slept")
	}()
	mu.Lock()
	defer mu.Unlock()
	fmt.Println("ready")
	for {}
}`)
	var out safeBuffer
	x := engine.NewExec(context.Background())
	x.Stdout = &out
	go func() {
		for _, line := range []string{"ready", "slept"} {
			for !strings.Contains(out.String(), line) {
				time.Sleep(time.Millisecond)
			}
			x.Interrupt()
		}
	}()
	if err := p.run(x); !errors.Is(err, engine.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	if out.String() != "ready\ndeferred <nil>\nslept\n" {
		t.Errorf("printed %q", out.String())
	}
}

// ends runs a body and returns its error and output.
func ends(t *testing.T, decls, body string) (printed string, err error) {
	t.Helper()
	p := load(t, imports+decls+"\nfunc main() { "+body+" }")
	var out safeBuffer
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = &out, &out
	err = p.run(x)
	time.Sleep(20 * time.Millisecond)
	return out.String(), err
}

func TestExit(t *testing.T) {
	for _, body := range []string{`os.Exit(3)`, `defer os.Exit(3)`,
		`defer func() { recover() }(); func() { os.Exit(3) }()`,
		`sort.Slice([]int{1, 2}, func(i, j int) bool { os.Exit(3); return false })`,
		`f := os.Exit; f(3)`} {
		_, err := ends(t, "", body)
		var exit *engine.ExitError
		if !errors.As(err, &exit) || exit.Code != 3 {
			t.Errorf("%s: got %v", body, err)
		}
	}
	for _, body := range []string{`go os.Exit(2); time.Sleep(10 * time.Millisecond)`,
		`runtime.Goexit()`, `go func() { defer fmt.Print(); runtime.Goexit() }()`} {
		if _, err := ends(t, "", body); err != nil {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestOverflow(t *testing.T) {
	decls := `
func f(n int) int { return f(n+1) + 1 }
func g(n int) int { defer func() {}(); return g(n+1) + 1 }
type S struct{ n int }
func (s S) String() string { return fmt.Sprint(S{s.n + 1}) }
type E struct{}
func (e E) Error() string { return e.Error() }
`
	for _, body := range []string{`f(0)`, `g(0)`, `fmt.Println(S{})`, `var e error = E{}; e.Error()`} {
		start := time.Now()
		_, err := ends(t, decls, body)
		t.Log(body, time.Since(start))
		if err == nil || !strings.Contains(err.Error(), "stack overflow") {
			t.Errorf("%s: got %.200v", body, err)
		}
	}
}

func TestAllocationLimit(t *testing.T) {
	for _, body := range []string{`n := 1 << 45; _ = make([]byte, n)`,
		`n := 1 << 40; _ = make(map[int]int, n)`, `n := 1 << 40; _ = make(chan int, n)`,
		`fmt.Print(new([1 << 40]byte))`,
		`s := strings.Repeat("x", 1<<20); for { s += s }`,
		`s := make([]byte, 1<<20); for { s = append(s, s...) }`} {
		_, err := ends(t, "", body)
		if err == nil || !strings.Contains(err.Error(), "exceeds the limit") &&
			!strings.Contains(err.Error(), "out of range") {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestGoroutinePanic(t *testing.T) {
	p := load(t, imports+`func main() {
	go func() { panic("bg") }()
	go func() { var m map[int]int; m[1] = 1 }()
	time.Sleep(20 * time.Millisecond)
}`)
	var mu sync.Mutex
	var got []string
	x := engine.NewExec(context.Background())
	x.OnPanic(func(p *engine.Panic) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, p.Error()+" "+p.Frames[0].Func)
	})
	if err := p.run(x); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

func TestOutput(t *testing.T) {
	out, _ := ends(t, "", `
	fmt.Print("a"); fmt.Fprintln(os.Stdout, "b"); os.Stdout.WriteString("c\n")
	println("d", 1.5, true); fmt.Fprint(os.Stderr, "e\n")
	log.SetFlags(0); log.Println("f"); io.WriteString(os.Stdout, "g\n")
	var w io.Writer = os.Stdout; w.Write([]byte("h\n"))
	f := fmt.Println; f("i")
	done := make(chan bool); go func() { fmt.Println("j"); done <- true }(); <-done`)
	if want := "ab\nc\nd 1.5 true\ne\nf\ng\nh\ni\nj\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// TestRaces runs racy programs, which must not end the process.
func TestRaces(t *testing.T) {
	_, err := ends(t, "", `
	m := map[int]int{}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() { for i := range 3000 { m[i] = g; _ = m[i+1]; if i%500 == 0 { for range m { } } } })
	}
	wg.Wait()`)
	if err != nil {
		t.Error(err)
	}
	_, err = ends(t, "", `mu.Unlock()`)
	if err == nil || !strings.Contains(err.Error(), "unlock of unlocked mutex") {
		t.Errorf("got %v", err)
	}
}

// TestCells checks what several packages of one program share.
func TestCells(t *testing.T) {
	e := engine.New(engine.Config{Packages: symbols.New()})
	fset := token.NewFileSet()
	a, err := loadInto(e, fset, "In[1]", `package main
var n = 1
func f() int { return 1 }
func g() int { return f() * 10 }
type T struct{ k int }
func (t T) Mul(x int) int { return t.k * x }
var h, mv, me = g, T{3}.Mul, T.Mul
type M interface{ Mul(int) int }
var im M = T{2}
func main() { n += g() + h() + mv(1) + me(T{2}, 1) + im.Mul(1) }`)
	if err != nil {
		t.Fatal(err)
	}
	x := engine.NewExec(context.Background())
	x.Stdout = io.Discard
	if err := a.run(x); err != nil {
		t.Fatal(err)
	}
	if got := variable(a, "n"); got != 1+10+10+3+2+2 {
		t.Errorf("n = %d", got)
	}
	b, err := loadInto(e, fset, "In[2]", `package main
var n int
func f() int { return 2 }
type T struct{ k int }
func (t T) Mul(x int) int { return t.k * x * 10 }
func main() {}`)
	if err != nil {
		t.Fatal(err)
	}
	e.Redirect(function(a, "f"), function(b, "f"))
	setVariable(a, "n", 0)
	if err := e.Run(x, function(a, "main")); err != nil {
		t.Fatal(err)
	}
	if got := variable(a, "n"); got != 20+20+3+2+2 {
		t.Errorf("n = %d after f was redirected", got)
	}
}
