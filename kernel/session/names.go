package session

import "go/types"

// bind makes b what name means from now on.
func (s *Session) bind(name string, b *binding) {
	if old := s.names[name]; old != nil {
		s.release(name, old, b.decl)
	}
	delete(s.orphans, name)
	s.names[name] = b
}

// release forgets what a name meant, if nothing else of its declaration lives.
func (s *Session) release(name string, old *binding, next *decl) {
	for _, t := range old.types {
		delete(s.typed[t], name)
	}
	d := old.decl
	if d == nil || d == next {
		return
	}
	if d.kind == constDecl {
		for _, other := range d.names {
			if b := s.names[other]; other != name && b != nil && b.decl == d {
				return
			}
		}
	}
	s.forget(d)
	if next == nil || next.kind != typeDecl {
		for _, m := range d.methods {
			s.forget(m)
		}
	}
}

// bindVar makes a variable visible, and remembers the types that its type mentions.
func (s *Session) bindVar(name string, b *binding) {
	s.bind(name, b)
	walkCellTypes(b.obj.Type(), func(t *types.TypeName) {
		if s.typed[t.Name()] == nil {
			s.typed[t.Name()] = map[string]bool{}
		}
		s.typed[t.Name()][name] = true
		b.types = append(b.types, t.Name())
	})
}

// remember enters a declaration under each name that it mentions.
func (s *Session) remember(d *decl) {
	for _, list := range [][]use{d.sig, d.body} {
		for _, u := range list {
			if s.users[u.name] == nil {
				s.users[u.name] = map[*decl]bool{}
			}
			s.users[u.name][d] = true
		}
	}
}

// forget takes a declaration out of the index.
func (s *Session) forget(d *decl) {
	for _, list := range [][]use{d.sig, d.body} {
		for _, u := range list {
			delete(s.users[u.name], d)
		}
	}
}
