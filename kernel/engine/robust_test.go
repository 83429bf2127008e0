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
type W struct{ next any }
func (w W) String() string { return w.next.(fmt.Stringer).String() }
func sorts(n int) bool { sort.Slice(make([]int, 4), func(i, j int) bool { return sorts(n + 1) }); return true }
func even(n int) bool { return strings.Map(func(rune) rune { odd(n); return 'x' }, "a") == "" }
func odd(n int) bool { return even(n + 1) }
`

// robustRun runs a body with small limits and returns how it ended.
func robustRun(t testing.TB, body string, interrupt time.Duration) (out string, err error) {
	t.Helper()
	e := engine.New(engine.Config{Packages: symbols.New(), MaxAlloc: 256 << 20,
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

// TestCellErrors runs cells that would end a Go process, or never end. Each must be an error
// of the cell that says what was wrong.
func TestCellErrors(t *testing.T) {
	args, flags := os.Args, flag.CommandLine
	defer func() { os.Args, flag.CommandLine = args, flags }()
	for body, want := range map[string]string{
		`var mu sync.Mutex; mu.Unlock()`:                                              "unlock of unlocked mutex",
		`var mu sync.RWMutex; mu.Unlock()`:                                            "unlock of unlocked mutex",
		`var mu sync.RWMutex; mu.RUnlock()`:                                           "unlock of unlocked mutex",
		`var mu sync.RWMutex; mu.RLocker().Unlock()`:                                  "unlock of unlocked mutex",
		`var l sync.Locker = &sync.Mutex{}; l.Unlock()`:                               "unlock of unlocked mutex",
		`var s struct{ sync.Mutex }; defer s.Unlock()`:                                "unlock of unlocked mutex",
		`sync.NewCond(&sync.Mutex{}).Wait()`:                                          "unlocked L",
		`var wg sync.WaitGroup; wg.Done()`:                                            "negative WaitGroup counter",
		`var c chan int; close(c)`:                                                    "close of nil channel",
		`c := make(chan int); close(c); close(c)`:                                     "close of closed channel",
		`c := make(chan int); close(c); c <- 1`:                                       "send on closed channel",
		`c := make(chan int); go close(c); c <- 1`:                                    "send on closed channel",
		`c := make(chan int); <-c`:                                                    "deadlock",
		`var c chan int; c <- 1`:                                                      "deadlock",
		`select {}`:                                                                   "deadlock",
		`var wg sync.WaitGroup; wg.Add(1); wg.Wait()`:                                 "deadlock",
		`var mu sync.Mutex; mu.Lock(); mu.Lock()`:                                     "deadlock",
		`c := make(chan int); go func() { <-c }(); for range c { }`:                   "deadlock",
		`c := make(chan int); d := make(chan int); select { case <-c: case d <- 1: }`: "deadlock",
		`fmt.Println(T{})`:                                                            "stack overflow",
		`sorts(0)`:                                                                    "stack overflow",
		`even(0)`:                                                                     "stack overflow",
		`w := &W{}; w.next = w; fmt.Println(w)`:                                       "stack overflow",
		`panic(E{true})`:                                                              "cannot be told",
		`panic(E{false})`:                                                             "cannot be told",
		`go panic(E{true}); time.Sleep(50 * time.Millisecond); panic(1)`:              "1",
		`a := []any{nil}; a[0] = a; fmt.Println(a)`:                                   "contains itself",
		`m := map[string]any{}; m["m"] = m; fmt.Sprintf("%v", m)`:                     "contains itself",
		`type S []S; s := make(S, 1); s[0] = s; fmt.Println(&s)`:                      "contains itself",
		`a := []any{nil}; a[0] = a; panic(a)`:                                         "contains itself",
		`strings.Repeat("ab", 1<<40)`:                                                 "exceeds the limit",
		`f := strings.Repeat; f("ab", 1<<40)`:                                         "exceeds the limit",
		`bytes.Repeat([]byte("ab"), 1<<40)`:                                           "exceeds the limit",
		`var b bytes.Buffer; b.Grow(1 << 45)`:                                         "exceeds the limit",
		`new(big.Int).Lsh(big.NewInt(1), 1<<50)`:                                      "exceeds the limit",
		`new(big.Int).Exp(big.NewInt(7), big.NewInt(1<<50), nil)`:                     "exceeds the limit",
		`image.NewRGBA(image.Rect(0, 0, 1<<20, 1<<20))`:                               "exceeds the limit",
		`reflect.MakeSlice(reflect.TypeOf([]int{}), 1<<40, 1<<40)`:                    "exceeds the limit",
		`n := 1 << 40; _ = make([]int, n)`:                                            "exceeds the limit",
		`m := map[int][]byte{}; for i := 0; ; i++ { m[i] = make([]byte, 10<<20) }`:    "out of memory",
		`*(*int)(unsafe.Pointer(uintptr(0x123456789000))) = 1`:                        "invalid memory address",
		`var f func(); f()`:                                                           "nil pointer",
		`var f func(); go f(); time.Sleep(20 * time.Millisecond); panic("on")`:        "nil pointer",
		`var f func(int) int; sort.Slice([]int{2, 1}, func(i, j int) bool { return f(i) < f(j) })`: "nil pointer",
		`time.AfterFunc(0, nil)`:                 "nil pointer",
		`log.Fatal("x")`:                         "exit 1",
		`log.Fatalf("%d", 3)`:                    "exit 1",
		`log.New(os.Stdout, "", 0).Fatalln("x")`: "exit 1",
		`os.Args = []string{"x", "-nope"}; flag.CommandLine = flag.NewFlagSet("c", flag.ExitOnError); flag.Parse()`: "exit 2",
		`flag.NewFlagSet("x", flag.ExitOnError).Parse([]string{"-h"})`:                                              "exit 0",
		`p, _ := os.FindProcess(os.Getpid()); p.Kill()`:                                                             "may not signal it",
		`runtime.SetFinalizer(1, nil)`:                                                                              "not a pointer",
		`runtime.SetFinalizer(new(int), func(string) {})`:                                                           "cannot pass",
	} {
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
	for body, want := range map[string]string{
		`flag.Parse(); fmt.Print(flag.NArg())`:                                  "0",
		`debug.SetMaxStack(1); debug.SetMaxThreads(1); fmt.Print("on")`:         "on",
		`signal.Ignore(os.Interrupt); signal.Reset(); fmt.Print("on")`:          "on",
		`p := new(int); for range 3 { runtime.SetFinalizer(p, func(*int) {}) }`: "",
		`runtime.Goexit()`: "",
		`os.Stdout.Close(); os.Stderr.Close(); fmt.Print("on")`:                                 "on",
		`defer func() { fmt.Print(recover() != nil) }(); panic(E{})`:                            "true",
		`c := make(chan int, 1); time.AfterFunc(60e6, func() { c <- 1 }); fmt.Print(<-c)`:       "1",
		`<-time.After(100 * time.Millisecond); fmt.Print("on")`:                                 "on",
		`a := []any{[]any{1}, map[string]any{"x": nil}}; fmt.Print(a, a)`:                       "[[1] map[x:<nil>]] [[1] map[x:<nil>]]",
		`var mu sync.RWMutex; l := mu.RLocker(); l.Lock(); l.Unlock(); fmt.Print(mu.TryLock())`: "true",
	} {
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
		`regexp.MustCompile("(x+x+)+y$").FindAllString(strings.Repeat(strings.Repeat("x", 1000) + " ", 3000), -1)`: true,
		`x := make([]int, 3_000_000); sort.Slice(x, func(i, j int) bool { return x[i] < x[j] })`:                   false,
		`new(big.Int).Exp(big.NewInt(7), big.NewInt(30_000_000), nil)`:                                             true,
		`for { runtime.GC() }`:                 true,
		`for { strings.Repeat("x", 1 << 20) }`: false,
		`r, _ := io.Pipe(); io.ReadAll(r)`:     true,
	} {
		start := time.Now()
		_, err := robustRun(t, body, 50*time.Millisecond)
		d := time.Since(start)
		var stop *engine.Interrupt
		if !errors.As(err, &stop) {
			t.Errorf("%s: %v", body, err)
			continue
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
