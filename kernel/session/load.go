package session

import (
	"go/ast"
	"go/types"
)

// load hands the checked cell to the engine: storage is shared before, code redirected after.
func (c *cell) load() error {
	e, p := c.s.engine, c.pass
	for name := range c.vars {
		b := c.s.names[name]
		if v, ok := p.pkg.Scope().Lookup(name).(*types.Var); ok && c.shares(v, b) {
			e.Share(v, b.storage)
		}
	}
	for name, id := range p.retyped {
		if v, ok := p.info.Defs[id].(*types.Var); ok {
			e.Share(v, c.plan.retyped[name].storage)
		}
	}
	if _, err := e.Load(c.s.fset, p.pkg, p.info, []*ast.File{p.file}); err != nil {
		return err
	}
	for old, f := range p.hidden {
		e.Redirect(old.fn, p.info.Defs[f.Name].(*types.Func))
	}
	return nil
}

// commit makes the declarations of the cell visible to later cells. Variables follow once
// they were reached.
func (c *cell) commit() []Warning {
	p, plan, s := c.pass, c.plan, c.s
	for name, b := range c.named {
		s.bind(name, b)
	}
	s.dots = append(s.dots, c.dots...)
	scope := p.pkg.Scope()
	for _, d := range plan.consts {
		c.record(d)
		for _, name := range d.names {
			if plan.names[name] && (d.cell == c.src.n || s.names[name].decl == d) {
				s.bind(name, &binding{obj: scope.Lookup(name), decl: d, cell: d.cell})
			}
		}
	}
	for name, d := range plan.types {
		c.commitType(name, d)
	}
	for name, d := range plan.funcs {
		d.fn, _ = scope.Lookup(name).(*types.Func)
		c.record(d)
		s.bind(name, &binding{obj: d.fn, decl: d, cell: d.cell})
	}
	for old, to := range plan.rebodied {
		c.commitBody(old, to)
	}
	for name, b := range plan.retyped {
		if id := p.retyped[name]; id != nil && !c.owns(name) {
			s.bindVar(name, &binding{obj: p.info.Defs[id], storage: b.storage, cell: b.cell})
		}
	}
	return c.warnings()
}

func (c *cell) commitType(name string, d *decl) {
	s := c.s
	var was map[string]*decl
	if old := c.liveType(name); old != nil {
		was = old.methods
		s.forget(old)
	}
	d.methods = map[string]*decl{}
	obj := c.pass.pkg.Scope().Lookup(name)
	for _, m := range was {
		s.forget(m)
	}
	for key, m := range c.plan.methods {
		if m.owner == name {
			m.fn, _ = c.pass.info.Defs[m.fun().Name].(*types.Func)
			d.methods[key] = m
			c.record(m)
		}
	}
	c.record(d)
	s.bind(name, &binding{obj: obj, decl: d, cell: d.cell})
}

// commitBody gives a function or method that kept its identity another body.
func (c *cell) commitBody(old, to *decl) {
	c.s.forget(old)
	to.fn = old.fn
	c.record(to)
	if to == old {
		return
	}
	if to.kind == methodDecl {
		c.liveType(to.owner).methods[to.name] = to
		return
	}
	c.s.names[to.name] = &binding{obj: to.fn, decl: to, cell: to.cell}
}

// record notes what a declaration mentions.
func (c *cell) record(d *decl) {
	c.s.forget(d)
	d.sig, d.body = nil, nil
	seen := map[string]bool{}
	add := func(list *[]use) func(*ast.Ident) {
		return func(id *ast.Ident) {
			obj := c.pass.info.Uses[id]
			if obj == nil || seen[id.Name] || !c.packageLevel(obj) {
				return
			}
			seen[id.Name] = true
			*list = append(*list, use{id.Name, obj})
		}
	}
	if d.kind == typeDecl || d.kind == constDecl {
		identsOf(add(&d.sig), d.node)
	} else {
		f := d.fun()
		if f.Recv != nil {
			identsOf(add(&d.sig), f.Recv)
		}
		identsOf(add(&d.sig), f.Type)
		identsOf(add(&d.body), f.Body)
	}
	c.s.remember(d)
}

// packageLevel tells whether an object is one that cells may declare again.
func (c *cell) packageLevel(obj types.Object) bool {
	if _, ok := obj.(*types.PkgName); ok {
		return true
	}
	return isCell(obj.Pkg()) && obj.Parent() == obj.Pkg().Scope()
}
