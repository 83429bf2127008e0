package main

import (
	"bytes"
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/packages"
)

// platform lists the packages whose constants differ between systems: runtime.GOOS,
// os.O_APPEND, filepath.Separator. Export data holds those of the system on which it was
// made; the table holds the compiler's.
var platform = []string{"os", "path/filepath", "runtime"}

// platformTable writes the constants of the packages in platform.
func platformTable(loaded []*packages.Package) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	b.WriteString("import (\n\"go/constant\"\n")
	for _, path := range platform {
		fmt.Fprintf(&b, "q%s %q\n", identifier(path), path)
	}
	b.WriteString(")\n\nvar platform = map[string]func() map[string]constant.Value{\n")
	for _, p := range loaded {
		if !slices.Contains(platform, p.PkgPath) {
			continue
		}
		fmt.Fprintf(&b, "%q: func() map[string]constant.Value {\n", p.PkgPath)
		b.WriteString("return map[string]constant.Value{\n")
		for _, name := range p.Types.Scope().Names() {
			if c, ok := p.Types.Scope().Lookup(name).(*types.Const); ok && c.Exported() {
				fmt.Fprintf(&b, "%q: %s,\n", name, value(c))
			}
		}
		b.WriteString("}\n},\n")
	}
	b.WriteString("}\n")
	return gofmt(b.Bytes())
}

// value is the expression of a constant's value on the system that compiles it.
func value(c *types.Const) string {
	name := "q" + identifier(c.Pkg().Path()) + "." + c.Name()
	switch info := c.Type().Underlying().(*types.Basic).Info(); {
	case info&types.IsString != 0:
		return "constant.MakeString(" + name + ")"
	case info&types.IsBoolean != 0:
		return "constant.MakeBool(" + name + ")"
	}
	return "constant.MakeInt64(int64(" + name + "))"
}
