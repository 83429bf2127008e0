package session

import (
	"go/types"
	"slices"
)

// plan says for one round of checking what becomes of each declaration.
type plan struct {
	types   map[string]*decl // declared (again) as new types, with all their methods
	methods map[string]*decl // of those, by T.M
	consts  []*decl          // groups declared (again)
	funcs   map[string]*decl // declared (again) as new functions

	// rebodied functions and methods keep their identity; their code is compiled under a
	// hidden name, and calls are redirected to it. The key is what keeps its identity.
	rebodied map[*decl]*decl

	retyped map[string]*binding // variables whose types only gained methods
	names   map[string]bool     // everything that the round declares by its own name
	changed map[string]bool     // names that mean something else than before
	work    []string            // changed names whose dependents are to be visited
}

// decide makes the plan of a round from what earlier rounds found out.
func (c *cell) decide() {
	p := &plan{
		types: map[string]*decl{}, methods: map[string]*decl{}, funcs: map[string]*decl{},
		rebodied: map[*decl]*decl{}, retyped: map[string]*binding{},
		names: map[string]bool{}, changed: map[string]bool{},
	}
	c.plan = p
	for name := range c.vars {
		p.names[name] = true
	}
	for _, d := range c.decls {
		if d.kind == constDecl {
			p.consts = append(p.consts, d)
			for _, name := range d.names {
				p.names[name] = true
			}
		}
	}
	for name := range c.changed {
		c.change(name)
	}
	c.decideTypes()
	c.decideFuncs()
	for {
		c.spread()
		if !c.retype() {
			break
		}
	}
	for from := range p.rebodied {
		if from.owner != "" && p.types[from.owner] != nil {
			delete(p.rebodied, from) // it comes with its type
		}
	}
}

// change notes that name means something else from now on.
func (c *cell) change(name string) {
	if !c.plan.changed[name] {
		c.plan.changed[name] = true
		c.plan.work = append(c.plan.work, name)
	}
}

// decideTypes keeps the types whose text and parts did not change.
func (c *cell) decideTypes() {
	for _, d := range c.decls {
		if d.kind == typeDecl && !c.keeps(d) {
			c.renew(d.name)
		}
	}
}

// keeps tells whether a type of the cell is the one that lives already.
func (c *cell) keeps(d *decl) bool {
	b := c.s.names[d.name]
	if b == nil || b.decl == nil || b.decl.kind != typeDecl || b.decl.text != d.text {
		return false
	}
	for _, u := range b.decl.sig {
		if !c.s.means(u) || c.owns(u.name) && c.find(u.name) == nil {
			return false
		}
	}
	return true
}

// means tells whether a name still means what it meant in a use.
func (s *Session) means(u use) bool {
	b := s.names[u.name]
	if b == nil {
		return u.obj.Pkg() == nil || !isCell(u.obj.Pkg())
	}
	if p, ok := u.obj.(*types.PkgName); ok {
		return b.pkg == p.Imported()
	}
	return b.obj == u.obj
}

// renew declares a type again together with all its methods.
func (c *cell) renew(name string) {
	p := c.plan
	if p.types[name] != nil {
		return
	}
	own, old := c.find(name), c.liveType(name)
	d := own
	if d == nil || d.kind != typeDecl {
		d = old
	}
	if d == nil || c.skips(d) {
		return
	}
	p.types[name], p.names[name] = d, true
	if old != nil {
		for _, m := range old.methods {
			if c.find(m.name) == nil && !c.skips(m) {
				p.methods[m.name] = m
			}
		}
	}
	for _, m := range c.decls {
		if m.kind == methodDecl && m.owner == name {
			p.methods[m.name] = m
		}
	}
	c.change(name)
}

func (c *cell) skips(d *decl) bool {
	_, ok := c.failed[d]
	return ok
}

// liveType returns the declaration of a type of earlier cells.
func (c *cell) liveType(name string) *decl {
	if b := c.s.names[name]; b != nil && b.decl != nil && b.decl.kind == typeDecl {
		return b.decl
	}
	return nil
}

// liveFunc returns the declaration of a function of earlier cells.
func (c *cell) liveFunc(name string) *decl {
	if b := c.s.names[name]; b != nil && b.decl != nil && b.decl.kind == funcDecl {
		return b.decl
	}
	return nil
}

// decideFuncs lets functions and methods keep their identity where they can. Whether the
// signature is the same is known after the round; if not, fresh says so in the next.
func (c *cell) decideFuncs() {
	p := c.plan
	for _, d := range c.decls {
		switch d.kind {
		case funcDecl:
			old := c.liveFunc(d.name)
			if old == nil || d.generic || old.generic || c.fresh[d.name] {
				c.renewFunc(d.name, d)
			} else {
				p.rebodied[old] = d
			}
		case methodDecl:
			c.decideMethod(d)
		}
	}
}

func (c *cell) decideMethod(d *decl) {
	p := c.plan
	t := c.liveType(d.owner)
	switch {
	case p.types[d.owner] != nil:
		p.methods[d.name] = d
	case t == nil || c.vars[d.owner] || c.find(d.owner) != nil && c.find(d.owner).kind != typeDecl:
		p.methods[d.name] = d // go/types says what is wrong
	case t.methods[d.name] == nil || t.generic || c.fresh[d.name]:
		c.renew(d.owner)
		p.methods[d.name] = d
	default:
		p.rebodied[t.methods[d.name]] = d
	}
}

func (c *cell) renewFunc(name string, d *decl) {
	c.plan.funcs[name], c.plan.names[name] = d, true
	c.change(name)
}

// spread visits what depends on the names that changed: what mentions one in its signature
// or structure is declared again, what mentions one in its body is compiled again.
func (c *cell) spread() {
	p := c.plan
	for len(p.work) > 0 {
		name := p.work[len(p.work)-1]
		p.work = p.work[:len(p.work)-1]
		for d := range c.s.users[name] {
			if !c.skips(d) {
				c.visit(d, name)
			}
		}
	}
}

func (c *cell) visit(d *decl, name string) {
	p := c.plan
	structural := d.generic || mentions(d.sig, name)
	switch d.kind {
	case typeDecl:
		c.renew(d.name)
	case constDecl:
		c.renewConsts(d)
	case funcDecl:
		switch {
		case c.owns(d.name) || p.funcs[d.name] != nil:
		case structural:
			delete(p.rebodied, d)
			c.renewFunc(d.name, d)
		default:
			p.rebodied[d] = d
		}
	case methodDecl:
		switch {
		case p.types[d.owner] != nil || c.find(d.name) != nil || c.vars[d.owner]:
		case structural:
			c.renew(d.owner)
		default:
			p.rebodied[d] = d
		}
	}
}

func (c *cell) renewConsts(d *decl) {
	p := c.plan
	if slices.Contains(p.consts, d) {
		return
	}
	p.consts = append(p.consts, d)
	for _, name := range d.names {
		if b := c.s.names[name]; b != nil && b.decl == d && !c.owns(name) {
			p.names[name] = true
			c.change(name)
		}
	}
}
