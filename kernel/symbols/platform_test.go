package symbols

import (
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Constants are those of this system, and the scope stays the package's own.
func TestConstantsAreOfThisSystem(t *testing.T) {
	table := New()
	for _, c := range []struct {
		path, name string
		want       constant.Value
	}{
		{"os", "O_CREATE", constant.MakeInt64(int64(os.O_CREATE))},
		{"os", "DevNull", constant.MakeString(os.DevNull)},
		{"path/filepath", "Separator", constant.MakeInt64(filepath.Separator)},
		{"runtime", "GOOS", constant.MakeString(runtime.GOOS)},
		{"runtime", "GOARCH", constant.MakeString(runtime.GOARCH)},
	} {
		pkg, err := table.Types(c.path)
		if err != nil {
			t.Fatal(err)
		}
		object, ok := pkg.Scope().Lookup(c.name).(*types.Const)
		if !ok || !constant.Compare(object.Val(), token.EQL, c.want) {
			t.Errorf("%s.%s is %v, want %v", c.path, c.name, object, c.want)
			continue
		}
		if object.Parent() != pkg.Scope() || object.Pkg() != pkg {
			t.Errorf("%s.%s has lost its scope", c.path, c.name)
		}
	}
	pkg, err := table.Types("os")
	if err != nil {
		t.Fatal(err)
	}
	if file := pkg.Scope().Lookup("File"); file == nil || file.Parent() != pkg.Scope() {
		t.Errorf("os.File is %v", file)
	}
}
