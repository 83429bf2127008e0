package simd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed assembly is what the generator writes.
func TestGeneratedIsFresh(t *testing.T) {
	const asm, stubs = "zkernels_amd64.s", "zkernels_amd64.go"
	dir := t.TempDir()
	cmd := exec.Command("go", "run", "./gen", "-out", filepath.Join(dir, asm),
		"-stubs", filepath.Join(dir, stubs), "-pkg", "simd")
	if out, err := cmd.CombinedOutput(); err != nil {
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
			t.Errorf("%s is stale: run go generate ./lab/pixels/jpeg/simd", name)
		}
	}
}

// body leaves out the first line, which holds the command's arguments.
func body(file []byte) []byte { return file[bytes.IndexByte(file, '\n'):] }
