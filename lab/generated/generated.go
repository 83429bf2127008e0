package generated

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Fresh runs a generator in the test's folder and compares what it writes with what is committed.
//
//	generator  its package, such as "./gen"
//	asm, stubs the files that it writes
//	again      how they are written anew: the folder of go generate
//	args       further arguments of the generator
func Fresh(t *testing.T, generator, asm, stubs, again string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"run", generator, "-out", filepath.Join(dir, asm),
		"-stubs", filepath.Join(dir, stubs)}, args...)
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("generator: %v\n%s", err, out)
	}
	for _, name := range []string{asm, stubs} {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(body(got), body(want)) {
			t.Errorf("%s is stale: run go generate %s", name, again)
		}
	}
}

// body leaves out the first line, which holds the command's arguments.
func body(file []byte) []byte { return file[max(0, bytes.IndexByte(file, '\n')):] }
