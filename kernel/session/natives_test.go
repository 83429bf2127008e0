package session_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"sync"

	"cliplab/kernel/engine"
	"cliplab/kernel/symbols"
)

// natives adds the toy package natives/lab to the compiled packages. Its types come from
// source, its values are below.
type natives struct{ *symbols.Table }

const labSource = `package lab

type Shape interface {
	Area() float64
	Name() string
}

func TotalArea(shapes ...Shape) float64

var MaxRows int

func Sum[T int | float64](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return s
}

func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, len(xs))
	for i, x := range xs {
		out[i] = f(x)
	}
	return out
}

type Stack[T any] struct{ items []T }

func NewStack[T any](items ...T) *Stack[T] { return &Stack[T]{items} }

func (s *Stack[T]) Push(x T) { s.items = append(s.items, x) }

func (s *Stack[T]) Pop() (x T, ok bool) {
	if len(s.items) == 0 {
		return x, false
	}
	x = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}
`

type labShape interface {
	Area() float64
	Name() string
}

func labTotalArea(shapes ...labShape) (sum float64) {
	for _, s := range shapes {
		sum += s.Area()
	}
	return sum
}

var labMaxRows = 10

var labTypes = sync.OnceValues(func() (*types.Package, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "lab.go", labSource, 0)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: importer.Default()}
	return conf.Check("natives/lab", fset, []*ast.File{f}, nil)
})

func (n natives) Types(path string) (*types.Package, error) {
	if path == "natives/lab" {
		return labTypes()
	}
	return n.Table.Types(path)
}

func (n natives) Natives(path string) (*engine.Natives, bool) {
	if path != "natives/lab" {
		return n.Table.Natives(path)
	}
	return &engine.Natives{
		Path:  path,
		Funcs: map[string]reflect.Value{"TotalArea": reflect.ValueOf(labTotalArea)},
		Vars:  map[string]reflect.Value{"MaxRows": reflect.ValueOf(&labMaxRows)},
		Types: map[string]reflect.Type{"Shape": reflect.TypeFor[labShape]()},
	}, true
}

func (n natives) Source(path string) (map[string][]byte, bool) {
	if path == "natives/lab" {
		return map[string][]byte{"lab.go": []byte(labSource)}, true
	}
	return n.Table.Source(path)
}
