package simd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed assembly is what the generators write.
func TestGeneratedIsFresh(t *testing.T) {
	for generator, names := range map[string][2]string{
		"./gen":      {"zkernels_amd64.s", "zkernels_amd64.go"},
		"./gen/neon": {"zkernels_arm64.s", "zkernels_arm64.go"},
	} {
		asm, stubs := names[0], names[1]
		dir := t.TempDir()
		args := []string{"run", generator, "-out", filepath.Join(dir, asm),
			"-stubs", filepath.Join(dir, stubs)}
		if generator == "./gen" {
			args = append(args, "-pkg", "simd") // avo asks for it
		}
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Fatalf("generator: %v\n%s", err, out)
		}
		for _, name := range names {
			got, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(body(got), body(want)) {
				t.Errorf("%s is stale: run go generate ./lab/ops/simd", name)
			}
		}
	}
}

// body leaves out the first line, which holds the command's arguments.
func body(file []byte) []byte { return file[bytes.IndexByte(file, '\n'):] }
