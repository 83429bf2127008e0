package engine

import (
	"reflect"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// Go ends the process when it sees two goroutines use a map at once. While more than one
// goroutine runs interpreted code, map operations take a lock chosen by the map's address,
// and compiled functions that walk whatever they are given take all locks, so that a racy
// program only gets racy results.
var mapLocks [64]sync.Mutex

func noUnlock() {}

// lockMap locks a map if other goroutines are about and returns the unlocking.
func (g *gstate) lockMap(p unsafe.Pointer) func() {
	if g.e.live.Load() <= 1 || g.holds {
		return noUnlock
	}
	mu := &mapLocks[uintptr(p)>>6&63]
	g.take(mu)
	return mu.Unlock
}

// take locks mu and panics if the cell is interrupted: a compiled function may keep the
// locks for long.
func (g *gstate) take(mu *sync.Mutex) {
	for i := 0; !mu.TryLock(); i++ {
		if i < 20 {
			runtime.Gosched()
			continue
		}
		g.nap(min(time.Duration(i)*time.Microsecond, time.Millisecond))
	}
}

// holding runs f while no other goroutine uses a map, but for calls back to cells.
func (g *gstate) holding(f func()) {
	n := 0
	defer func() {
		if g.holds || n < len(mapLocks) {
			g.holds = false
			for i := range n {
				mapLocks[i].Unlock()
			}
		}
	}()
	for ; n < len(mapLocks); n++ {
		g.take(&mapLocks[n])
	}
	g.holds = true
	f()
}

// release lets other goroutines use maps while compiled code calls a cell back; hold ends
// that.
func (g *gstate) release() bool {
	if !g.holds {
		return false
	}
	g.holds = false
	for i := range mapLocks {
		mapLocks[i].Unlock()
	}
	return true
}

func (g *gstate) hold(nf *frame) {
	nf.native = false
	if nf.held {
		nf.held = false
		for i := range mapLocks {
			mapLocks[i].Lock()
		}
		g.holds = true
	}
}

// walkers are the packages whose functions walk what they are given.
var walkers = map[string]bool{
	"fmt": true, "log": true, "log/slog": true, "encoding/json": true, "encoding/gob": true,
	"encoding/xml": true, "text/template": true, "html/template": true, "net/url": true,
	"reflect": true, "net/textproto": true,
}

// walk makes a compiled function that walks its arguments safe: no other goroutine changes
// a map meanwhile, and a value that contains itself is an error.
func (e *Engine) walk(pkg, name string, in []reflect.Type, bind binder) binder {
	if !walkers[pkg] && !hasPrefix(name, "net/http.Header.") {
		return bind
	}
	always := name == "reflect.Value.MapIndex" || name == "reflect.Value.SetMapIndex" ||
		name == "reflect.Value.MapKeys" || name == "reflect.MapIter.Next"
	prints := pkg == "fmt" || pkg == "log" || pkg == "log/slog"
	return func(args, res []uintptr) op {
		f := bind(args, res)
		var looks []func(fr *frame) (x any, ok bool)
		list := -1
		for i, t := range in {
			switch {
			case t == reflect.TypeFor[[]any]():
				list = i
			case t.Kind() == reflect.Interface || mayHold(t, isMap):
				read := boxer(t)
				if t.Kind() == reflect.Interface {
					read = ifaceReader(t)
				}
				off := args[i]
				looks = append(looks, func(fr *frame) (any, bool) {
					return read(unsafe.Add(unsafe.Pointer(fr), off)), true
				})
			}
		}
		if list < 0 && len(looks) == 0 && !always {
			return f
		}
		return func(fr *frame) {
			need := always
			check := func(x any) {
				t := reflect.TypeOf(x)
				if t == nil {
					return
				}
				need = need || mayHold(t, isMap)
				if prints && loops(x) {
					panic(plainError(name + ": the value contains itself"))
				}
			}
			for _, look := range looks {
				if x, ok := look(fr); ok {
					check(x)
				}
			}
			if list >= 0 {
				for _, x := range *at[[]any](fr, args[list]) {
					check(x)
				}
			}
			if need && e.live.Load() > 1 && !fr.g.holds {
				fr.g.holding(func() { f(fr) })
				return
			}
			f(fr)
		}
	}
}

// ifaceReader reads an interface as an empty one.
func ifaceReader(t reflect.Type) func(p unsafe.Pointer) any {
	if t.NumMethod() == 0 {
		return func(p unsafe.Pointer) any { return *(*any)(p) }
	}
	return func(p unsafe.Pointer) any { return ifaceToAny((*iword)(p)) }
}
