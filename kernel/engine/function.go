package engine

import (
	"go/token"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// op is one instruction, its registers bound.
type op func(fr *frame)

// block is a straight run of ops and what follows it.
type block struct {
	ops   []op
	next  func(fr *frame) *block // nil result ends the function
	index int32
	pos   []token.Pos // of ops
}

// body is compiled code. It never changes; a function may get another body.
type body struct {
	fn        *function
	id        uint32
	frameType reflect.Type
	template  reflect.Value // frame with its constants, if any
	params    []uintptr     // registers of the parameters
	free      []uintptr     // registers of the captured variables
	results   []uintptr     // registers of the results
	pshape    []*shape
	fshape    []*shape
	rshape    []*shape
	entry     *block
	recovered *block // continues after a recovered panic, or nil
	blocks    []*block
	hasDefer  bool
	wrapper   bool // hands its caller's panic on to what it calls
	native    bool // stands for compiled code, not shown in tracebacks
}

// function is a callable. Its body is compiled on the first call, and replaced
// by Redirect.
type function struct {
	e       *Engine
	ssa     *ssa.Function // nil for a synthetic one
	name    string
	body    atomic.Pointer[body]
	make    func(*function) *body // compiles a synthetic one
	target  *function             // guarded by e.mu
	aliases []*function           // functions whose target is this, guarded by e.mu
	once    sync.Once
	value   unsafe.Pointer // func value, of one that captures nothing
	sig     reflect.Type   // without receiver: it is the first parameter
}

// code returns the body to run.
func (f *function) code() *body {
	if b := f.body.Load(); b != nil {
		return b
	}
	return f.prepare()
}

// exec runs a call whose arguments are in place.
func (b *body) exec(fr *frame) {
	if b.hasDefer {
		b.execDefers(fr)
		return
	}
	run(fr, b.entry)
}

// run executes blocks from blk to the end of the function.
func run(fr *frame, blk *block) {
	for blk != nil {
		fr.blk = blk.index
		for i, f := range blk.ops {
			fr.pc = int32(i)
			f(fr)
		}
		blk = blk.next(fr)
	}
}

// param points to a parameter of a frame about to run.
func (b *body) param(fr *frame, i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(fr), b.params[i])
}

func (b *body) result(fr *frame, i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(fr), b.results[i])
}

func (b *body) zeroResults(fr *frame) {
	for i, s := range b.rshape {
		s.zero(b.result(fr, i))
	}
}
