package engine

import (
	"flag"
	"fmt"
	"log"
	"os"
	"reflect"
	"runtime"
	"time"
	"unsafe"
)

// What follows keeps cells from ending the process, or changing it for everybody, through
// functions that no programmer expects to do that to a notebook.

func init() {
	for name, o := range map[string]overrider{
		"log.Fatal":                   fatalWith(func(a []any) { log.Print(a...) }),
		"log.Fatalln":                 fatalWith(func(a []any) { log.Println(a...) }),
		"log.Fatalf":                  ovFatalf,
		"log.Logger.Fatal":            loggerFatal((*log.Logger).Print),
		"log.Logger.Fatalln":          loggerFatal((*log.Logger).Println),
		"log.Logger.Fatalf":           ovLoggerFatalf,
		"flag.Parse":                  ovFlagParse,
		"flag.FlagSet.Parse":          ovFlagSetParse,
		"os.Process.Kill":             ovKill,
		"os.Process.Signal":           ovSignal,
		"os/signal.Ignore":            nothing,
		"os/signal.Reset":             nothing,
		"runtime.SetFinalizer":        ovSetFinalizer,
		"runtime/debug.SetMaxStack":   same(1 << 30),
		"runtime/debug.SetMaxThreads": same(10_000),
		"time.AfterFunc":              ovAfterFunc,
		"sync.rlocker.Lock":           overrides["sync.RWMutex.RLock"],
		"sync.rlocker.Unlock":         overrides["sync.RWMutex.RUnlock"],
		"runtime/debug.SetPanicOnFault": func(_ *Engine, _, res []uintptr) op {
			return func(fr *frame) { *at[bool](fr, res[0]) = true }
		},
	} {
		overrides[name] = o
	}
}

// nothing stands for functions that would take signals away from the host.
func nothing(*Engine, []uintptr, []uintptr) op { return func(*frame) {} }

// same stands for a setting of the process that stays n.
func same(n int) overrider {
	return func(_ *Engine, _, res []uintptr) op {
		return func(fr *frame) { *at[int](fr, res[0]) = n }
	}
}

// fatalWith logs and ends the cell, as log.Fatal does with a process.
func fatalWith(print func([]any)) overrider {
	return func(_ *Engine, args, _ []uintptr) op {
		return func(fr *frame) {
			print(*at[[]any](fr, args[0]))
			fr.exit(1)
		}
	}
}

func ovFatalf(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) {
		log.Printf("%s", fmt.Sprintf(*at[string](fr, args[0]), *at[[]any](fr, args[1])...))
		fr.exit(1)
	}
}

func loggerFatal(print func(*log.Logger, ...any)) overrider {
	return func(_ *Engine, args, _ []uintptr) op {
		return func(fr *frame) {
			print(*at[*log.Logger](fr, args[0]), *at[[]any](fr, args[1])...)
			fr.exit(1)
		}
	}
}

func ovLoggerFatalf(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) {
		l := *at[*log.Logger](fr, args[0])
		l.Printf("%s", fmt.Sprintf(*at[string](fr, args[1]), *at[[]any](fr, args[2])...))
		fr.exit(1)
	}
}

func (fr *frame) exit(code int) { fr.g.raise(&unwind{kind: uwExit, code: code}) }

// hostArgs are the arguments of the process, which are not meant for cells.
var hostArgs = os.Args

// ovFlagParse parses os.Args if the cell has set them.
func ovFlagParse(_ *Engine, _, _ []uintptr) op {
	return func(fr *frame) {
		args := os.Args
		if len(args) == 0 || len(hostArgs) > 0 && &args[0] == &hostArgs[0] {
			args = []string{"cell"}
		}
		_ = fr.parseFlags(flag.CommandLine, args[1:])
	}
}

func ovFlagSetParse(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		f := *at[*flag.FlagSet](fr, args[0])
		*at[error](fr, res[0]) = fr.parseFlags(f, *at[[]string](fr, args[1]))
	}
}

// parseFlags ends the cell where package flag would end the process.
func (fr *frame) parseFlags(f *flag.FlagSet, args []string) error {
	if f.ErrorHandling() != flag.ExitOnError {
		return f.Parse(args)
	}
	if w := f.Output(); w == os.Stderr {
		f.SetOutput(&stdio{os.Stderr, fr.g.x})
	}
	f.Init(f.Name(), flag.ContinueOnError)
	err := f.Parse(args)
	f.Init(f.Name(), flag.ExitOnError)
	after(fr)
	switch err {
	case nil:
	case flag.ErrHelp:
		fr.exit(0)
	default:
		fr.exit(2)
	}
	return err
}

// spare panics if a process is the one that runs the cells, or its parent.
func spare(p *os.Process) {
	if p != nil && (p.Pid == os.Getpid() || p.Pid == os.Getppid()) {
		panic(plainError(fmt.Sprintf("os: process %d runs this session; a cell may not signal it",
			p.Pid)))
	}
}

func ovKill(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		p := *at[*os.Process](fr, args[0])
		spare(p)
		*at[error](fr, res[0]) = p.Kill()
	}
}

func ovSignal(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		p, sig := *at[*os.Process](fr, args[0]), *at[os.Signal](fr, args[1])
		spare(p)
		*at[error](fr, res[0]) = p.Signal(sig)
	}
}

// ovSetFinalizer sets a finalizer if it is one that the runtime accepts: it ends the process
// otherwise. The one set before is replaced.
func ovSetFinalizer(_ *Engine, args, _ []uintptr) op {
	return func(fr *frame) {
		obj, f := *at[any](fr, args[0]), *at[any](fr, args[1])
		v, fv := reflect.ValueOf(obj), reflect.ValueOf(f)
		if v.Kind() != reflect.Pointer || v.IsNil() {
			panic(plainError("runtime.SetFinalizer: the first argument is not a pointer to an object"))
		}
		if !fv.IsValid() {
			runtime.SetFinalizer(obj, nil)
			return
		}
		t := fv.Type()
		if t.Kind() != reflect.Func || t.NumIn() != 1 || t.IsVariadic() || fv.IsNil() ||
			!v.Type().AssignableTo(t.In(0)) {
			panic(plainError(fmt.Sprintf("runtime.SetFinalizer: cannot pass %T to %T", obj, f)))
		}
		if v.Elem().Type().Size() == 0 || !fr.g.e.whole(v) {
			return // never collected
		}
		runtime.SetFinalizer(obj, nil)
		runtime.SetFinalizer(obj, f)
	}
}

// whole tells whether a pointer may be the start of a heap object: the storage of a variable
// of a package is not.
func (e *Engine) whole(v reflect.Value) bool {
	found := false
	e.globals.Range(func(_, p any) bool {
		found = p.(unsafe.Pointer) == v.UnsafePointer()
		return !found
	})
	return !found
}

func ovAfterFunc(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		if *at[unsafe.Pointer](fr, args[1]) == nil {
			panicNil()
		}
		*at[*time.Timer](fr, res[0]) = time.AfterFunc(*at[time.Duration](fr, args[0]),
			*at[func()](fr, args[1]))
	}
}

// rlockers are the methods of what RWMutex.RLocker returns; it has the memory of the mutex.
func rlocker(rt reflect.Type, name string) overrider {
	if rt.String() != "*sync.rlocker" {
		return nil
	}
	return overrides["sync.rlocker."+name]
}
