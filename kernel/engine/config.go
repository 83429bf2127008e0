package engine

import (
	"go/types"
	"reflect"
	"time"
)

// Config says what an Engine may use. The zero value has no native packages
// and the default limits.
type Config struct {
	Packages Packages // native packages, nil for none
	MaxDepth int      // interpreted calls in flight per goroutine, default 100,000
	MaxAlloc int64    // bytes in one allocation, default 4 GiB

	// MaxHeap is how many bytes may live before the running cell is ended, default nine
	// tenths of the memory that the process may use.
	MaxHeap int64
	// Patience is how long all goroutines must sleep to be called a deadlock, default 2 s.
	Patience time.Duration
}

const (
	defaultMaxDepth = 100_000
	defaultMaxAlloc = 4 << 30
	defaultPatience = 2 * time.Second
)

// Packages supplies native packages; kernel/symbols implements it.
type Packages interface {
	// Types returns complete type information, one *types.Package per path.
	Types(path string) (*types.Package, error)
	// Natives returns the compiled-in values of a package.
	Natives(path string) (*Natives, bool)
	// Source returns Go files by name, to interpret the generic functions of a
	// package, which have no compiled value.
	Source(path string) (map[string][]byte, bool)
}

// Natives holds the compiled values of a package by name. Methods are found
// through reflection on Types.
type Natives struct {
	Path  string
	Funcs map[string]reflect.Value
	Vars  map[string]reflect.Value // pointers to the variables
	Types map[string]reflect.Type
}
