package fetch

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVersionControl fetches a module from a repository on disk, by a branch.
func TestVersionControl(t *testing.T) {
	repo := t.TempDir()
	t.Setenv("GIT_CONFIG_COUNT", "2")
	t.Setenv("GIT_CONFIG_KEY_0", "url.file://"+filepath.ToSlash(repo)+".insteadOf")
	t.Setenv("GIT_CONFIG_VALUE_0", "https://example.org/shapes")
	t.Setenv("GIT_CONFIG_KEY_1", "protocol.file.allow")
	t.Setenv("GIT_CONFIG_VALUE_1", "always")
	t.Setenv("GIT_ALLOW_PROTOCOL", "https:file")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(repo, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", repo, "-c", "user.name=a",
			"-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write("go.mod", "module example.org/shapes.git\n\ngo 1.20\n")
	write("shapes.go", "package shapes\n")
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("tag", "v1.0.0")
	write("shapes.go", "package shapes\n\nconst New = 1\n")
	git("commit", "-q", "-a", "-m", "second")

	ctx := context.Background()
	f := fetcher(t, "direct", "GOFLAGS", "-modcacherw")
	t.Cleanup(func() { // the go command makes folders that nobody may change
		filepath.Walk(f.Cache(), func(name string, _ os.FileInfo, _ error) error {
			os.Chmod(name, 0o777)
			return nil
		})
	})
	const path = "example.org/shapes.git"
	v, err := f.Resolve(ctx, path, "")
	if v != "v1.0.0" || err != nil {
		t.Fatalf("latest is %s, %v", v, err)
	}
	if data, err := f.Mod(ctx, at(path, v)); !strings.Contains(string(data), "go 1.20") {
		t.Errorf("go.mod is %q, %v", data, err)
	}
	v, err = f.Resolve(ctx, path, "main")
	if !strings.HasPrefix(v, "v1.0.1-0.") || err != nil {
		t.Fatalf("main is %s, %v", v, err)
	}
	if name, err := f.Zip(ctx, at(path, v)); err != nil || !strings.HasPrefix(name, f.Cache()) {
		t.Errorf("the archive is %s, %v", name, err)
	}
	t.Setenv("PATH", "")
	if _, err := fetcher(t, "direct").Resolve(ctx, path, ""); err == nil ||
		!strings.Contains(err.Error(), "needs a go command") {
		t.Errorf("without a go command: %v", err)
	}
}
