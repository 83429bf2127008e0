package conform_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// soakEnv asks for 10,000 cells and 1,000 sessions instead of some hundred.
const soakEnv = "CLIPLAB_SOAK"

// What a cell and a session may leave behind for good: a cell its code and the types of its
// variables, a session nothing but what the runtime keeps of types made at run time.
const (
	bytesPerCell    = 16 << 10
	bytesPerSession = 64 << 10
)

// usage is what a process holds.
type usage struct {
	heap       int64
	goroutines int
	files      int
}

func measure() usage {
	time.Sleep(400 * time.Millisecond) // until those are gone that look for deadlocks
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, _ := os.ReadDir("/proc/self/fd")
	return usage{int64(m.HeapAlloc), runtime.NumGoroutine(), len(files)}
}

func (u usage) check(t *testing.T, n int, each int64, what string) {
	t.Helper()
	now := measure()
	grown := now.heap - u.heap
	t.Logf("%d %s: heap %+d KB, %.1f KB each; goroutines %+d, files %+d", n, what, grown>>10,
		float64(grown)/float64(n)/1024, now.goroutines-u.goroutines, now.files-u.files)
	if grown > int64(n)*each {
		t.Errorf("the heap has grown by %d bytes for each of %d %s, more than %d", grown/int64(n), n,
			what, each)
	}
	if now.goroutines > u.goroutines+2 {
		t.Errorf("%d goroutines more", now.goroutines-u.goroutines)
	}
	if now.files > u.files+2 {
		t.Errorf("%d open files more", now.files-u.files)
	}
}

// soakCells are cells as people write them, each with a number.
var soakCells = []string{
	"x := %d\nx * 2",
	"import \"fmt\"\nfmt.Println(%d)",
	"type P struct{ A, B int }\nfunc (p P) Sum() int { return p.A + p.B + %d }\nP{1, 2}.Sum()",
	"func f(n int) int { if n < 2 { return n }; return f(n-1) + f(n-2) }\nf(%d %% 10)",
	"m := map[string]int{}\nfor i := range 50 { m[fmt.Sprint(i)] += %d }\nlen(m)",
	"c := make(chan int)\ngo func() { c <- %d }()\n<-c",
	"var e []int\n_ = e[%d]",
	"undefined + %d",
	"import (\"os\"; \"strings\")\nr, w, _ := os.Pipe()\nw.Close(); r.Close()\n" +
		"strings.Repeat(\"x\", %d %% 9)",
	"func() (n int) { defer func() { recover(); n = %d }(); panic(1) }()",
}

func soakCell(s *session.Session, i int) {
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = io.Discard, io.Discard
	_, _ = s.Execute(fmt.Sprintf(soakCells[i%len(soakCells)], i), x)
	x.Interrupt() // what it has started ends
}

func newSession() *session.Session {
	return session.New(session.Options{Packages: symbols.New(), Paths: symbols.Paths})
}

// TestSoakCells runs many cells in one session.
func TestSoakCells(t *testing.T) {
	n := 400
	if os.Getenv(soakEnv) != "" {
		n = 10_000
	}
	s := newSession()
	for i := range 200 {
		soakCell(s, i)
	}
	before := measure()
	start := time.Now()
	for i := range n {
		soakCell(s, i)
	}
	t.Logf("%.2f ms a cell", time.Since(start).Seconds()*1000/float64(n))
	before.check(t, n, bytesPerCell, "cells")
	runtime.KeepAlive(s)
}

// TestSoakSessions makes many sessions.
func TestSoakSessions(t *testing.T) {
	n := 10
	if os.Getenv(soakEnv) != "" {
		n = 1000
	}
	once := func(i int) {
		s := newSession()
		for k := range soakCells {
			soakCell(s, i*len(soakCells)+k)
		}
	}
	for i := range 5 {
		once(i)
	}
	before := measure()
	for i := range n {
		once(i)
	}
	before.check(t, n, bytesPerSession, "sessions")
}
