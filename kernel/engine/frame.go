package engine

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// frame is the head of the registers of one call. Behind it, in the same
// allocation, lie the registers at their true Go layout: the type of the whole
// is built per function (see layout.go), so the garbage collector sees every
// pointer. Frames are reused: nothing keeps a pointer to one after its call.
type frame struct {
	g      *gstate
	caller *frame
	body   *body
	next   *frame  // free list
	defers *defer1 // calls to run when the function ends
	panics *unwind // what a deferred call may recover
	pc     int32   // index of the running op in its block
	blk    int32   // index of the running block
	depth  int32
	native bool // called by compiled code
	held   bool // which kept other goroutines from maps
}

// gstate is what the engine knows of a goroutine that runs interpreted code.
type gstate struct {
	e       *Engine
	x       *Exec
	top     *frame // innermost frame
	pending *unwind
	masked  int // deferred calls that run although the cell is interrupted
	limit   int32
	main    bool        // runs the cell itself
	asleep  bool        // waits for other goroutines
	holds   bool        // keeps other goroutines from maps, see maplock.go
	raised  atomic.Bool // the engine is unwinding the goroutine
	free    [64]*frame  // frames to use again, by body
}

// at points to the register of type T at an offset of a frame.
func at[T any](fr *frame, off uintptr) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(fr), off))
}

// push returns a frame for a call of b from fr.
func (fr *frame) push(b *body) *frame {
	g := fr.g
	nf := g.free[b.id&63]
	if nf == nil || nf.body != b {
		nf = b.newFrame(g)
	} else {
		g.free[b.id&63] = nf.next
	}
	nf.caller = fr
	nf.depth = fr.depth + 1
	g.top = nf
	if nf.depth > g.limit || g.x.stop.Load() != 0 {
		g.enter(nf)
	}
	return nf
}

// pop gives back the frame nf of a call from fr.
func (fr *frame) pop(nf *frame) {
	g := fr.g
	g.top = fr
	p := &g.free[nf.body.id&63]
	if nx := *p; nx == nil || nx.body == nf.body {
		nf.next = nx
	} else {
		nf.next = nil
	}
	*p = nf
}

// enter handles what is rare at the entry of a function.
func (g *gstate) enter(nf *frame) {
	if nf.depth > g.limit {
		g.top = nf.caller
		g.overflow()
	}
	g.checkStop()
}

var bodyIDs atomic.Uint32

// newFrame allocates a frame and fills in the constants.
func (b *body) newFrame(g *gstate) *frame {
	v := reflect.New(b.frameType)
	if b.template.IsValid() {
		v.Elem().Set(b.template)
	}
	fr := (*frame)(v.UnsafePointer())
	fr.g = g
	fr.body = b
	return fr
}
