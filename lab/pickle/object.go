package pickle

import "fmt"

// What a program makes, besides nil, bool, int64, float64, string and []byte.

// List is a Python list, Tuple a tuple; both keep their identity, as programs go on to fill
// lists after they were used.
type (
	List  struct{ Items []any }
	Tuple []any
)

// Dict is a Python dict, in the order in which it was filled.
type Dict struct{ Keys, Values []any }

// Get is the value of a string key.
func (d *Dict) Get(key string) (any, bool) {
	for i := len(d.Keys) - 1; i >= 0; i-- { // the last one counts
		if d.Keys[i] == key {
			return d.Values[i], true
		}
	}
	return nil, false
}

// Object is an instance of a TorchScript class, with its attributes.
type Object struct {
	Class string
	State any
}

// global is a class or function that the program names.
type global struct{ module, name string }

func (g global) String() string { return g.module + "." + g.name }

// storage is a run of values in the archive, window a tensor on it.
type storage struct {
	kind string // "FloatStorage"
	key  string
	size int64 // in values
}

type window struct {
	storage storage
	offset  int64
	shape   []int
	stride  []int
}

// values is how many a window shows, last the place of its last value behind its first.
func (w *window) values() int {
	n := 1
	for _, d := range w.shape {
		n *= d
	}
	return n
}

func (w *window) last() int {
	last := 0
	for i, n := range w.shape {
		last += (n - 1) * w.stride[i]
	}
	return last
}

// setState is what BUILD does to an object.
func (o *Object) setState(state any) error {
	if o.State != nil {
		return fmt.Errorf("an object of class %s gets its state twice", o.Class)
	}
	o.State = state
	return nil
}
