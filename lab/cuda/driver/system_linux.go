//go:build linux && (amd64 || arm64) && !nocuda

package driver

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// places are where libcuda is looked for: as the loader finds it, then where drivers lie that the
// loader was not told of (WSL, containers).
var places = []string{"libcuda.so.1", "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
	"/usr/lib/aarch64-linux-gnu/libcuda.so.1", "/usr/lib64/libcuda.so.1",
	"/usr/lib/wsl/lib/libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1"}

// system opens libcuda and finds all functions in it.
func system() (API, error) {
	var why string
	for _, path := range places {
		if strings.HasPrefix(path, "/") {
			if _, err := os.Stat(path); err != nil {
				continue
			}
		}
		lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err != nil {
			why = err.Error()
			continue
		}
		l := &library{}
		if err := l.bind(lib); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNoDriver, path, err)
		}
		return l, nil
	}
	return nil, fmt.Errorf("%w: no libcuda.so.1 found, neither by the loader (%s) nor in %s",
		ErrNoDriver, why, strings.Join(places[1:], ", "))
}

// symbol is a function of a library and the variable that calls it.
type symbol struct {
	f    any
	name string
}

func register(lib uintptr, symbols []symbol) error {
	for _, s := range symbols {
		at, err := purego.Dlsym(lib, s.name)
		if err != nil {
			return fmt.Errorf("function %s is missing: the driver is older than %s", s.name,
				OldestRelease)
		}
		purego.RegisterFunc(s.f, at)
	}
	return nil
}

// text reads a C string that the driver keeps for ever.
func text(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}
