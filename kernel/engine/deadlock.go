package engine

import (
	"go/types"
	"sync/atomic"
	"time"
)

// rest counts who of an engine's goroutines sleep. When all do, and no compiled code can
// wake one, the cell will never go on.
type rest struct {
	awake    atomic.Int32         // goroutines that do not wait for each other
	wakes    atomic.Uint32        // how often one woke
	watching atomic.Bool          // someone looks whether they all sleep on
	main     atomic.Pointer[Exec] // the running cell
	wakers   atomic.Bool          // compiled code has been called that may wake goroutines
	heedful  atomic.Pointer[Exec] // the last cell that asked a context for its Done
}

// errDeadlock is the value of the panic that reports a deadlock.
var errDeadlock = plainError("all goroutines are asleep - deadlock!")

// begin and finish stand around a run of a cell.
func (e *Engine) begin(x *Exec) {
	e.rest.main.Store(x)
	e.rest.awake.Add(1)
	watchHeap(e, x)
}

func (e *Engine) finish(x *Exec) {
	e.rest.main.CompareAndSwap(x, nil)
	e.rest.heedful.CompareAndSwap(x, nil)
	e.goneToSleep()
}

// sleep notes that the goroutine waits for others, wake that it no longer does.
func (g *gstate) sleep() {
	g.asleep = true
	g.e.goneToSleep()
}

func (g *gstate) wake() {
	g.asleep = false
	g.e.rest.wakes.Add(1)
	g.e.rest.awake.Add(1)
}

// goneToSleep is told of each goroutine that waits or has ended.
func (e *Engine) goneToSleep() {
	r := &e.rest
	x := r.main.Load()
	if r.awake.Add(-1) > 0 || r.wakers.Load() || x == nil || x == r.heedful.Load() {
		return
	}
	if r.watching.CompareAndSwap(false, true) {
		go e.watchSleep()
	}
}

// watchSleep ends the cell if all goroutines sleep on for a while.
func (e *Engine) watchSleep() {
	r := &e.rest
	defer r.watching.Store(false)
	x, wakes := r.main.Load(), r.wakes.Load()
	const looks = 8
	for range looks {
		time.Sleep(e.cfg.Patience / looks)
		if r.awake.Load() > 0 || r.wakes.Load() != wakes || r.main.Load() != x {
			return
		}
	}
	if x != nil && !r.wakers.Load() && x != r.heedful.Load() {
		x.fail(errDeadlock)
	}
}

// isDone tells the method of contexts whose channel an interrupt closes: a cell that waits for it
// waits for the learner, and not for ever.
func isDone(m *types.Func) bool { return m.Name() == "Done" && pkgPath(m) == "context" }

// Packages whose functions neither start goroutines that call cells nor make channels
// that receive by themselves.
var quiet = map[string]bool{
	"bufio": true, "bytes": true, "cmp": true, "errors": true, "fmt": true, "io": true,
	"log": true, "maps": true, "math": true, "os": true, "path": true, "reflect": true,
	"regexp": true, "slices": true, "sort": true, "strconv": true, "strings": true,
	"sync": true, "sync/atomic": true, "unicode": true, "unicode/utf8": true,
	"math/rand": true, "math/rand/v2": true, "math/bits": true, "math/cmplx": true,
	"math/big": true, "container/heap": true, "container/list": true, "container/ring": true,
	"encoding/json": true, "text/tabwriter": true, "runtime": true, "runtime/debug": true,
	"iter": true, "unique": true, "unsafe": true, "hash/fnv": true, "path/filepath": true,
}

// quietTime are the functions of package time that wake nobody later.
var quietTime = map[string]bool{
	"time.Now": true, "time.Since": true, "time.Sleep": true, "time.Until": true,
	"time.Date": true, "time.Parse": true, "time.Unix": true, "time.ParseDuration": true,
}

// noteNative notes a compiled function that cells call.
func (e *Engine) noteNative(pkg, name string) {
	switch {
	case name == "runtime.SetFinalizer" || name == "runtime.AddCleanup":
		e.rest.wakers.Store(true)
	case quiet[pkg] || quietTime[name]:
	case pkg == "time" && (hasPrefix(name, "time.Time.") || hasPrefix(name, "time.Duration.")):
	default:
		e.rest.wakers.Store(true)
	}
}

func hasPrefix(s, p string) bool { return len(s) >= len(p) && s[:len(p)] == p }
