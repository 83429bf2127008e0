package engine

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
	"unsafe"
)

// overrides replace compiled functions that would not know the cell, could not be
// interrupted or would end the process. Arguments and results are registers.
var overrides map[string]overrider

// overrider binds an override to registers.
type overrider func(e *Engine, args, res []uintptr) op

func init() {
	overrides = map[string]overrider{
		"fmt.Print":   printTo(fmt.Fprint),
		"fmt.Println": printTo(fmt.Fprintln),
		"fmt.Printf":  ovPrintf,
		"fmt.Scan":    scanFrom(fmt.Fscan),
		"fmt.Scanln":  scanFrom(fmt.Fscanln),
		"fmt.Scanf":   ovScanf,
		"os.Exit":     ovExit,
		"time.Sleep":  ovSleep,
		"runtime.Goexit": func(*Engine, []uintptr, []uintptr) op {
			return func(fr *frame) { fr.g.raise(&unwind{kind: uwGoexit}) }
		},
		"runtime.Breakpoint": func(*Engine, []uintptr, []uintptr) op {
			return func(*frame) { panic(plainError("runtime.Breakpoint")) }
		},
		"sync.Mutex.Lock":      lockWith(func(p unsafe.Pointer) bool { return asMutex(p).TryLock() }),
		"sync.RWMutex.Lock":    lockWith(func(p unsafe.Pointer) bool { return asRWMutex(p).TryLock() }),
		"sync.RWMutex.RLock":   lockWith(func(p unsafe.Pointer) bool { return asRWMutex(p).TryRLock() }),
		"sync.WaitGroup.Wait":  ovWait,
		"sync.WaitGroup.Go":    ovWaitGo,
		"sync.Cond.Wait":       ovCondWait,
		"os.File.Write":        ovFileWrite,
		"os.File.WriteString":  ovFileWriteString,
		"os.File.Read":         ovFileRead,
		"os.File.Close":        ovFileClose,
		"sync.Mutex.Unlock":    unlockWith(mutexLocked, func(p unsafe.Pointer) { asMutex(p).Unlock() }),
		"sync.RWMutex.Unlock":  unlockWith(writeLocked, func(p unsafe.Pointer) { asRWMutex(p).Unlock() }),
		"sync.RWMutex.RUnlock": unlockWith(readLocked, func(p unsafe.Pointer) { asRWMutex(p).RUnlock() }),
	}
}

func printTo(f func(w io.Writer, a ...any) (int, error)) overrider {
	return func(_ *Engine, args, res []uintptr) op {
		return func(fr *frame) {
			n, err := f(fr.g.x.printer(), *at[[]any](fr, args[0])...)
			after(fr)
			setResults(fr, res, n, err)
		}
	}
}

func setResults(fr *frame, res []uintptr, n int, err error) {
	*at[int](fr, res[0]), *at[error](fr, res[1]) = n, err
}

func ovPrintf(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		format, a := *at[string](fr, args[0]), *at[[]any](fr, args[1])
		n, err := fmt.Fprintf(fr.g.x.printer(), format, a...)
		after(fr)
		setResults(fr, res, n, err)
	}
}

func ovExit(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) { fr.g.raise(&unwind{kind: uwExit, code: *at[int](fr, args[0])}) }
}

func ovSleep(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) {
		d := *at[time.Duration](fr, args[0])
		if d <= 0 {
			runtime.Gosched()
			return
		}
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-fr.g.stopped():
			fr.g.interrupted()
		}
	}
}

// ovFileWrite sends what is written to os.Stdout and os.Stderr to the cell.
func ovFileWrite(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		f := *at[*os.File](fr, args[0])
		n, err := fr.g.x.fileWriter(f).Write(*at[[]byte](fr, args[1]))
		setResults(fr, res, n, err)
	}
}

func ovFileWriteString(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		f := *at[*os.File](fr, args[0])
		n, err := fr.g.x.fileWriter(f).Write([]byte(*at[string](fr, args[1])))
		setResults(fr, res, n, err)
	}
}
