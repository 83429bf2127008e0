package engine

import (
	"sync"
	"time"
	"unsafe"
)

func asMutex(p unsafe.Pointer) *sync.Mutex { return (*sync.Mutex)(p) }

func asRWMutex(p unsafe.Pointer) *sync.RWMutex { return (*sync.RWMutex)(p) }

// lockWith makes an interruptible Lock of a TryLock: it tries, with pauses that
// grow to a millisecond.
func lockWith(try func(unsafe.Pointer) bool) overrider {
	return func(_ *Engine, args, _ []uintptr) op {
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, args[0])
			if try(p) {
				return
			}
			fr.g.sleep()
			for pause := time.Microsecond; !try(p); pause = min(pause*2, time.Millisecond) {
				fr.g.nap(pause)
			}
			fr.g.wake()
		}
	}
}

// nap sleeps and panics if the cell is interrupted.
func (g *gstate) nap(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-g.stopped():
		g.interrupted()
	}
}

// waitFor runs a wait of compiled code on a goroutine of its own, which ends with it. A
// panic of the wait is one of the cell.
func (g *gstate) waitFor(wait func()) {
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		wait()
	}()
	g.sleep()
	select {
	case fault := <-done:
		g.wake()
		if fault != nil {
			panic(fault)
		}
	case <-g.stopped():
		g.interrupted()
	}
}

// ovWait waits for a WaitGroup.
func ovWait(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) {
		wg := *at[*sync.WaitGroup](fr, args[0])
		if wg == nil {
			panicNil()
		}
		fr.g.waitFor(wg.Wait)
	}
}

// ovWaitGo is wg.Go(f): f runs as a goroutine of the cell.
func ovWaitGo(e *Engine, args, _ []uintptr) op {
	unwrap := e.unwrapper(typeFunc)
	return func(fr *frame) {
		wg, p := *at[*sync.WaitGroup](fr, args[0]), *at[unsafe.Pointer](fr, args[1])
		if wg == nil || p == nil {
			panicNil()
		}
		cl := unwrap(p)
		wg.Add(1)
		fr.g.spawnThen(func(root *frame) *frame {
			nf := root.push(cl.fn.code())
			cl.capture(nf)
			return nf
		}, wg.Done)
	}
}

// ovCondWait is c.Wait. When interrupted, deferred calls will unlock c.L, so it must be
// locked.
func ovCondWait(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) {
		c := *at[*sync.Cond](fr, args[0])
		if c == nil {
			panicNil()
		}
		mu, ok := c.L.(interface{ TryLock() bool })
		if ok && mu.TryLock() {
			c.L.Unlock()
			panic(plainError("sync: Cond.Wait with an unlocked L"))
		}
		defer func() {
			if ok && fr.g.raised.Load() {
				mu.TryLock()
			}
		}()
		fr.g.waitFor(c.Wait)
	}
}

// unlocking makes looking whether a mutex is locked and unlocking it one step.
var unlocking sync.Mutex

// unlockWith makes an Unlock that panics where Go would end the process: locked
// tells whether there is something to unlock.
func unlockWith(locked func(unsafe.Pointer) bool, unlock func(unsafe.Pointer)) overrider {
	return func(_ *Engine, args, _ []uintptr) op {
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, args[0])
			if p == nil {
				panicNil()
			}
			unlocking.Lock()
			defer unlocking.Unlock()
			if !locked(p) {
				panic(plainError("sync: unlock of unlocked mutex"))
			}
			unlock(p)
		}
	}
}

func mutexLocked(p unsafe.Pointer) bool {
	mu := asMutex(p)
	if mu.TryLock() {
		mu.Unlock()
		return false
	}
	return true
}

func writeLocked(p unsafe.Pointer) bool {
	mu := asRWMutex(p)
	if mu.TryRLock() {
		mu.RUnlock()
		return false
	}
	return true
}

func readLocked(p unsafe.Pointer) bool {
	mu := asRWMutex(p)
	if mu.TryLock() {
		mu.Unlock()
		return false
	}
	return true
}
