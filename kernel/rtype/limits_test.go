package rtype

import (
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// Types with methods beyond what the process has room for are an error, and the types that
// exist go on to work. It takes all room, so it runs in a process of its own.
func TestOutOfMethods(t *testing.T) {
	if os.Getenv("RTYPE_OUT_OF_METHODS") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOutOfMethods$")
		cmd.Env = append(os.Environ(), "RTYPE_OUT_OF_METHODS=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	b := New(Config{Method: echo})
	first := of(t, b, check(t, "type P struct{}; func (P) String() string { return `` }"), "P")
	var many string
	for i := range 100 {
		many += fmt.Sprintf("func (Q) M%d() {}; ", i)
	}
	for i := range 1_000 {
		pkg := check(t, `type P struct{ x Q }; func (P) String() string { return "" }
			type Q int; `+many)
		_, err := b.Of(pkg.Scope().Lookup("P").Type())
		if err == nil {
			continue
		}
		t.Logf("after %d versions: %v", i, err)
		if !strings.Contains(err.Error(), "no room for the") {
			t.Errorf("error: %v", err)
		}
		if _, err := b.Of(pkg.Scope().Lookup("P").Type()); err == nil {
			t.Error("a type without its methods was kept")
		}
		if got := fmt.Sprint(reflect.New(first).Elem().Interface()); got != "main.P.String" {
			t.Errorf("the first type prints %q", got)
		}
		return
	}
	used, capacity := Slots()
	t.Errorf("no error at %d of %d", used, capacity)
}

// A type of which a part has no run-time type leaves nothing behind.
func TestFailureLeavesNothing(t *testing.T) {
	pkg := check(t, `type N struct { next *N; m M }
		func (N) String() string { return "" }
		type M []N
		func F[T any](n N, t T) {}`)
	b := New(Config{Method: echo})
	if _, err := b.Of(pkg.Scope().Lookup("F").Type()); err == nil {
		t.Fatal("a type parameter has a run-time type")
	}
	if b.known.Len() != 0 || len(b.later) != 0 {
		t.Errorf("%d types and %d method sets are left", b.known.Len(), len(b.later))
	}
	n := of(t, b, pkg, "N")
	if _, ok := reflect.New(n).Elem().Interface().(fmt.Stringer); !ok {
		t.Error("N has no String")
	}
}

func TestConcurrentUse(t *testing.T) {
	pkg := check(t, shapes)
	b := New(Config{Method: echo})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, name := range []string{"P", "M", "E", "A", "B", "I", "T"} {
				if _, err := b.Of(pkg.Scope().Lookup(name).Type()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Types declared in functions and instances of generic types have names of their own.
func TestNames(t *testing.T) {
	pkg := check(t, `
	type Pair[K comparable, V any] struct { k K; v V }
	type ID int
	var a Pair[string, ID]
	var b Pair[byte, []any]
	var c Pair[struct{ x rune }, *Pair[int, error]]
	func f() any { type local struct{ n int }; return local{} }`)
	b := New(Config{Method: echo})
	for name, want := range map[string]string{
		"a": "main.Pair[string,main.ID]",
		"b": "main.Pair[uint8,[]interface {}]",
	} {
		if got := of(t, b, pkg, name).String(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	scope := pkg.Scope().Lookup("f").(*types.Func).Scope()
	rt, err := b.Of(scope.Lookup("local").Type())
	if err != nil || rt.String() != "main.local" {
		t.Errorf("local type %v: %v", rt, err)
	}
}
