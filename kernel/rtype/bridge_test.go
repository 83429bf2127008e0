package rtype

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"runtime"
	"sort"
	"testing"
)

// check type-checks a package of path main.
func check(t *testing.T, src string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "main.go", "package main\n"+src, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := new(types.Config).Check("main", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// echo runs no code: each method answers with the name of its type and its own.
func echo(s *types.Selection) func([]reflect.Value) []reflect.Value {
	return func(args []reflect.Value) []reflect.Value {
		sig := s.Type().(*types.Signature)
		if sig.Results().Len() == 0 {
			return nil
		}
		answer := fmt.Sprint(types.TypeString(s.Recv(), nil), ".", s.Obj().Name())
		return []reflect.Value{reflect.ValueOf(answer)}
	}
}

func of(t *testing.T, b *Bridge, pkg *types.Package, name string) reflect.Type {
	t.Helper()
	rt, err := b.Of(pkg.Scope().Lookup(name).Type())
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

const shapes = `
type P struct {
	X int; y string; next *P; m map[string]P; l []P; f func(P) (P, error); c chan P
	a *[4]P; s *struct{ q P; n int8 }
}
type Key struct { a int; b string }
type M map[Key]*M
type E struct { P; Key; N int }
type A struct { b *B; bs [2]*B; i I }
type B struct { a A; n int16; fn F }
type F func(a A, more ...B) int
type I interface { Foo(A) B; bar() }
type T struct { _ int; _ string; Z float64 }
type Num int
type Box[V any] struct { v V; more []Box[V] }
type U = Box[Num]
var u U
`

func TestLayoutEqualsTheCompilers(t *testing.T) {
	pkg := check(t, shapes)
	b := New(Config{Method: echo})
	sizes := types.SizesFor("gc", runtime.GOARCH)
	for _, name := range pkg.Scope().Names() {
		typ := pkg.Scope().Lookup(name).Type()
		if n, ok := typ.(*types.Named); ok && n.TypeParams().Len() > n.TypeArgs().Len() {
			continue // generic: only instances exist
		}
		rt := of(t, b, pkg, name)
		if int64(rt.Size()) != sizes.Sizeof(typ) || int64(rt.Align()) != sizes.Alignof(typ) {
			t.Errorf("%s: size %d align %d, want %d and %d", name, rt.Size(), rt.Align(),
				sizes.Sizeof(typ), sizes.Alignof(typ))
		}
		if st, ok := typ.Underlying().(*types.Struct); ok {
			for i := range st.NumFields() {
				want, err := b.Of(st.Field(i).Type())
				if err != nil || rt.Field(i).Type != want {
					t.Errorf("%s.%s: %v, want %v (%v)",
						name, rt.Field(i).Name, rt.Field(i).Type, want, err)
				}
			}
		}
	}
	if got := of(t, b, pkg, "u").String(); got != "main.Box[main.Num]" {
		t.Errorf("generic name %q", got)
	}
}

// A map and an array of a type that was not finished when they were made must hold values of
// its real size.
func TestRecursiveMapHoldsWholeValues(t *testing.T) {
	pkg := check(t, `type P struct { X, Y, Z int; m map[string]P }
	type W struct { M map[string]W; A, B, C string; arr *[3]W }`)
	b := New(Config{Method: echo})
	rt := of(t, b, pkg, "W")
	m := reflect.MakeMap(rt.Field(0).Type)
	for i := range 100 {
		w := reflect.New(rt).Elem()
		w.Field(1).SetString(fmt.Sprint("a", i))
		w.Field(3).SetString(fmt.Sprint("c", i))
		m.SetMapIndex(reflect.ValueOf(fmt.Sprint(i)), w)
	}
	runtime.GC()
	for i := range 100 {
		w := m.MapIndex(reflect.ValueOf(fmt.Sprint(i)))
		if w.Field(3).String() != fmt.Sprint("c", i) {
			t.Fatalf("entry %d holds %v", i, w)
		}
	}
	arr := of(t, b, pkg, "W").Field(4)
	if arr.Name != "arr" || arr.Type.Elem().Size() != 3*rt.Size() {
		t.Errorf("array of %d bytes, want 3 × %d", arr.Type.Elem().Size(), rt.Size())
	}
}

func TestMethodsAreSeenByCompiledCode(t *testing.T) {
	pkg := check(t, `
	type V struct { n int }
	func (V) String() string { return "" }
	type Q struct { n int }
	func (*Q) Error() string { return "" }
	func (Q) plain() string { return "" }
	type Emb struct { V; *Q; k int }
	type Slice []int
	func (Slice) Len() int { return 0 }
	func (Slice) Less(i, j int) bool { return false }
	func (Slice) Swap(i, j int) {}
	type Fn func()
	func (Fn) String() string { return "" }
	var anon struct { V; n int }
	`)
	b := New(Config{Method: func(s *types.Selection) func([]reflect.Value) []reflect.Value {
		switch s.Obj().Name() {
		case "Len":
			return func(a []reflect.Value) []reflect.Value {
				return []reflect.Value{reflect.ValueOf(a[0].Len())}
			}
		case "Less":
			return func(a []reflect.Value) []reflect.Value {
				less := a[0].Index(int(a[1].Int())).Int() < a[0].Index(int(a[2].Int())).Int()
				return []reflect.Value{reflect.ValueOf(less)}
			}
		case "Swap":
			return func(a []reflect.Value) []reflect.Value {
				ints := a[0].Convert(reflect.TypeFor[[]int]()).Interface()
				reflect.Swapper(ints)(int(a[1].Int()), int(a[2].Int()))
				return nil
			}
		}
		return echo(s)
	}})
	text := func(name string) string {
		return fmt.Sprint(reflect.New(of(t, b, pkg, name)).Elem().Interface())
	}
	if got := text("V"); got != "main.V.String" {
		t.Errorf("V prints %q", got)
	}
	if got := text("Fn"); got != "main.Fn.String" {
		t.Errorf("Fn prints %q", got)
	}
	if got := text("anon"); got != "struct{main.V; n int}.String" {
		t.Errorf("anonymous struct prints %q", got)
	}
	err, ok := reflect.New(of(t, b, pkg, "Q")).Interface().(error)
	if !ok || err.Error() != "*main.Q.Error" {
		t.Errorf("*Q is no error: %v", ok)
	}
	if _, ok := reflect.New(of(t, b, pkg, "Q")).Elem().Interface().(error); ok {
		t.Error("Q is an error, only *Q should be")
	}
	emb := of(t, b, pkg, "Emb")
	if _, ok := reflect.New(emb).Elem().Interface().(fmt.Stringer); !ok {
		t.Error("Emb has no promoted String")
	}
	s := reflect.New(of(t, b, pkg, "Slice")).Elem()
	s.Set(reflect.ValueOf([]int{3, 1, 2}).Convert(s.Type()))
	sort.Sort(s.Interface().(sort.Interface))
	if got := fmt.Sprint(s.Interface()); got != "[1 2 3]" {
		t.Errorf("sorted: %s", got)
	}
}

func TestTwoVersionsOfOneNameAreTwoTypes(t *testing.T) {
	b := New(Config{Method: echo})
	first := check(t, `type P struct{ X int }; type I interface { M(P) }`)
	second := check(t, `type P struct{ X int }; type I interface { M(P) }`)
	p1, p2 := of(t, b, first, "P"), of(t, b, second, "P")
	if p1 == p2 || p1.String() != "main.P" || p2.String() != "main.P" {
		t.Errorf("%v and %v, same: %v", p1, p2, p1 == p2)
	}
	m1 := of(t, b, first, "I").Method(0).Type
	m2 := of(t, b, second, "I").Method(0).Type
	if m1.In(0) != p1 || m2.In(0) != p2 {
		t.Error("interfaces of two versions share a method type")
	}
}

func TestEmbeddedAndPlainFieldStayApart(t *testing.T) {
	pkg := check(t, `type A struct{ n int }; type C struct { A A; N int }; type B struct { A; N int }`)
	b := New(Config{Method: echo})
	c, e := of(t, b, pkg, "C"), of(t, b, pkg, "B")
	if c.Field(0).Anonymous || !e.Field(0).Anonymous {
		t.Errorf("C.A embedded %v, B.A embedded %v", c.Field(0).Anonymous, e.Field(0).Anonymous)
	}
}

func TestNativeTypesAreTheCompilers(t *testing.T) {
	pkg := check(t, `type X struct{ n int }; var f func([]X, map[string]X) *X`)
	native := reflect.TypeFor[struct{ n int }]()
	b := New(Config{Native: func(n *types.Named) (reflect.Type, bool) {
		return native, n.Obj().Name() == "X"
	}})
	if got := of(t, b, pkg, "f").In(0).Elem(); got != native {
		t.Errorf("got %v", got)
	}
}

func TestNoRunTimeType(t *testing.T) {
	pkg := check(t, `func G[T any](t T) {}`)
	if _, err := New(Config{}).Of(pkg.Scope().Lookup("G").Type()); err == nil {
		t.Error("a type parameter has a run-time type")
	}
}
