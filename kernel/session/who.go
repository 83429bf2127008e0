package session

import (
	"fmt"
	"go/types"
	"reflect"
	"sort"
	"strings"
)

// Name is something that cells have declared and that still has its name.
type Name struct {
	Name string
	Kind string // "var", "func", "type", "const" or "package"
	Type string // of a variable, constant or function; what a type is; the path of a package
	Cell int    // where it was declared
	obj  *types.Var
}

// Names lists what is declared, in the order of the names. Methods belong to their types.
func (s *Session) Names() []Name {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Name
	for name, b := range s.names {
		if b.given || strings.Contains(name, mark) {
			continue
		}
		n := Name{Name: name, Cell: counted(b.cell)}
		if b.pkg != nil {
			n.Kind, n.Type = "package", b.pkg.Path()
			list = append(list, n)
			continue
		}
		switch obj := b.obj.(type) {
		case *types.Var:
			n.Kind, n.Type, n.obj = "var", s.typeText(obj.Type()), b.storage
		case *types.Func:
			n.Kind, n.Type = "func", s.typeText(obj.Type())
		case *types.TypeName:
			n.Kind, n.Type = "type", s.typeText(obj.Type().Underlying())
		case *types.Const:
			n.Kind, n.Type = "const", s.typeText(obj.Type())+" = "+obj.Val().String()
		default:
			continue
		}
		list = append(list, n)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// typeText is a type as a cell would write it.
func (s *Session) typeText(t types.Type) string {
	return s.clean(types.TypeString(t, func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	}))
}

// Value is what a variable of Names holds now; false for anything else.
func (s *Session) Value(n Name) (any, bool) {
	if n.obj == nil {
		return nil, false
	}
	return s.engine.Var(n.obj).Interface(), true
}

// Set assigns to a variable that a cell has declared.
func (s *Session) Set(name string, value any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.names[name]
	if b == nil || b.storage == nil {
		return fmt.Errorf("session: there is no variable %s", name)
	}
	v, x := s.engine.Var(b.storage), reflect.ValueOf(value)
	if !x.IsValid() || !x.Type().AssignableTo(v.Type()) {
		return fmt.Errorf("session: variable %s of type %s cannot hold a %T", name, v.Type(), value)
	}
	v.Set(x)
	return nil
}
