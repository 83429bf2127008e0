package conform

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// No op of an engine is left out of the suite.
func TestEveryOpHasACase(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var cases strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			cases.Write(text)
		}
	}
	engine := reflect.TypeFor[Engine]()
	for i := range engine.NumMethod() {
		name := engine.Method(i).Name
		if !strings.Contains(cases.String(), "e."+name+"(") {
			t.Errorf("no case runs %s", name)
		}
	}
}
