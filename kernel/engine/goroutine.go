package engine

import "sync"

// goroutines finds the state of the running goroutine when compiled code calls
// interpreted code back.
var goroutines [32]struct {
	sync.RWMutex
	m map[uintptr]*gstate
	_ [24]byte
}

func goShard(id uintptr) int { return int(id>>7^id>>12) & 31 }

func findG(id uintptr) *gstate {
	s := &goroutines[goShard(id)]
	s.RLock()
	g := s.m[id]
	s.RUnlock()
	return g
}

func setG(id uintptr, g *gstate) {
	s := &goroutines[goShard(id)]
	s.Lock()
	defer s.Unlock()
	if g == nil {
		delete(s.m, id)
		return
	}
	if s.m == nil {
		s.m = map[uintptr]*gstate{}
	}
	s.m[id] = g
}

// root returns a state with an empty outermost frame, to call from.
func (e *Engine) root(x *Exec) *gstate {
	g := &gstate{e: e, x: x, limit: int32(min(e.cfg.MaxDepth, 1<<30))}
	g.top = &frame{g: g, body: rootBody}
	return g
}

var rootBody = &body{fn: &function{name: "root"}, native: true, id: 1 << 31}

// runRoot calls f as the outermost interpreted call of the goroutine and returns
// what ended it early, or nil.
func (g *gstate) runRoot(f func(fr *frame)) (u *unwind) {
	id := gid()
	outer := findG(id)
	setG(id, g)
	guardFaults()
	g.e.live.Add(1)
	base := g.top
	defer func() {
		g.e.live.Add(-1)
		setG(id, outer)
		if r := recover(); r != nil {
			u = g.caught(r)
		}
		g.top = base
		g.pending = nil
	}()
	f(base)
	return nil
}

// report tells the cell of a panic that ended one of its goroutines.
func (g *gstate) report(u *unwind) {
	if u == nil || u.kind != uwPanic {
		return
	}
	u.settle(g)
	g.x.Report(u.public())
}

// spawn runs a call on a new goroutine; prepare puts its frame together here.
func (g *gstate) spawn(prepare func(root *frame) *frame) { g.spawnThen(prepare, func() {}) }

func (g *gstate) spawnThen(prepare func(root *frame) *frame, then func()) {
	ng := g.e.root(g.x)
	nf := prepare(ng.top)
	g.e.live.Add(1) // from here on maps are locked
	g.e.rest.awake.Add(1)
	go func() {
		defer g.e.live.Add(-1)
		defer g.e.goneToSleep()
		defer then()
		ng.report(ng.runRoot(func(*frame) {
			ng.top = nf
			nf.body.exec(nf)
		}))
	}()
}
