package engine

// defer1 is a deferred call: a frame ready to run.
type defer1 struct {
	frame *frame
	next  *defer1
}

// runDefers runs the deferred calls of fr at the normal end of its function.
func runDefers(fr *frame) {
	for fr.defers != nil {
		d := fr.defers
		fr.defers = d.next
		callDeferred(fr, d, nil)
	}
}

func callDeferred(fr *frame, d *defer1, u *unwind) {
	nf := d.frame
	nf.caller = fr
	nf.depth = fr.depth + 1
	nf.panics = u
	g := fr.g
	g.top = nf
	nf.body.exec(nf)
	g.top = fr
}

// protect runs f and returns the panic that ended it, or nil.
func protect(fr *frame, f func()) (u *unwind) {
	defer func() {
		if r := recover(); r != nil {
			u = fr.g.caught(r)
			fr.g.top = fr
		}
	}()
	f()
	return nil
}

// execDefers runs a function that may defer calls. Each level catches a panic,
// leaves the Go stack of the panic, runs the deferred calls and only then goes
// on panicking, so unwinding costs the same at each level.
func (b *body) execDefers(fr *frame) {
	g := fr.g
	fr.defers = nil
	u := protect(fr, func() { run(fr, b.entry); runDefers(fr) })
	if u == nil {
		return
	}
	for fr.defers != nil {
		d := fr.defers
		fr.defers = d.next
		if u != nil && u.kind != uwPanic {
			g.masked++
		}
		u2 := protect(fr, func() { callDeferred(fr, d, u) })
		if u != nil && u.kind != uwPanic {
			g.masked--
		}
		switch {
		case u2 != nil && (u == nil || u.kind == uwPanic || u2.kind != uwPanic):
			u = u2
		case u != nil && u.recovered:
			u = nil
		}
	}
	if u != nil {
		panic(u)
	}
	if b.recovered == nil {
		b.zeroResults(fr)
		return
	}
	run(fr, b.recovered)
}
