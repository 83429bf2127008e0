package session_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"

	"cliplab/kernel/engine"
	"cliplab/kernel/symbols"
)

// toyPath is a compiled package that only these tests have.
const toyPath = "natives/lab"

// toySource is what the toy package exports. Its generic part is interpreted, the rest is
// compiled into this test: see toyNatives.
const toySource = `package lab

type Shape interface { Area() float64; Name() string }

func TotalArea(shapes ...Shape) float64 {
	t := 0.0
	for _, s := range shapes { t += s.Area() }
	return t
}

var MaxRows = 10

func Sum[T int | float64](xs ...T) (s T) {
	for _, x := range xs { s += x }
	return s
}

func Map[T, U any](xs []T, f func(T) U) []U {
	ys := make([]U, 0, len(xs))
	for _, x := range xs { ys = append(ys, f(x)) }
	return ys
}

type Stack[T any] struct { items []T }

func NewStack[T any](xs ...T) *Stack[T] { return &Stack[T]{append([]T(nil), xs...)} }

func (s *Stack[T]) Push(x T) { s.items = append(s.items, x) }

func (s *Stack[T]) Pop() (x T, ok bool) {
	if len(s.items) == 0 { return x, false }
	x = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}
`

// toyShape is natives/lab.Shape.
type toyShape interface {
	Area() float64
	Name() string
}

func toyTotalArea(shapes ...toyShape) float64 {
	t := 0.0
	for _, s := range shapes {
		t += s.Area()
	}
	return t
}

var toyMaxRows = 10

// toyPackages adds the toy package to the compiled ones.
type toyPackages struct {
	*symbols.Table
	toy *types.Package
}

func newPackages() engine.Packages { return &toyPackages{Table: symbols.New()} }

func (p *toyPackages) Types(path string) (*types.Package, error) {
	if path != toyPath {
		return p.Table.Types(path)
	}
	if p.toy == nil {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "lab.go", toySource, 0)
		if err != nil {
			return nil, err
		}
		conf := types.Config{IgnoreFuncBodies: true}
		if p.toy, err = conf.Check(toyPath, fset, []*ast.File{f}, nil); err != nil {
			return nil, err
		}
	}
	return p.toy, nil
}

func (p *toyPackages) Natives(path string) (*engine.Natives, bool) {
	if path != toyPath {
		return p.Table.Natives(path)
	}
	return &engine.Natives{
		Path:  toyPath,
		Funcs: map[string]reflect.Value{"TotalArea": reflect.ValueOf(toyTotalArea)},
		Vars:  map[string]reflect.Value{"MaxRows": reflect.ValueOf(&toyMaxRows)},
		Types: map[string]reflect.Type{"Shape": reflect.TypeFor[toyShape]()},
	}, true
}

func (p *toyPackages) Source(path string) (map[string][]byte, bool) {
	if path != toyPath {
		return p.Table.Source(path)
	}
	return map[string][]byte{"lab.go": []byte(toySource)}, true
}
