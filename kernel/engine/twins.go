package engine

import (
	"embed"
	"path"
)

// twins holds the source of generic functions and types of packages that are
// otherwise compiled, each with the memory and the behaviour of the original.
//
//go:embed twins
var twins embed.FS

// twinSource returns the source in twins for a package.
func twinSource(pkg string) (map[string][]byte, bool) {
	data, err := twins.ReadFile(path.Join("twins", pkg+".go.txt"))
	if err != nil {
		return nil, false
	}
	return map[string][]byte{path.Base(pkg) + ".go": data}, true
}
