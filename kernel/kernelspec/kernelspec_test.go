package kernelspec

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s\n got %s\nwant %s", what, g, w)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

func spec() *Spec { return New("/opt/bin/cliplab", "", "v1.2.3", map[string]string{"A": "<&>"}) }

// list names what is in a folder.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestGolden(t *testing.T) {
	golden := filepath.Join("testdata", "kernel.json")
	if *update {
		if err := os.WriteFile(golden, spec().text(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "kernel.json", string(spec().text()), read(t, golden))
}

// TestInstall installs, installs anew over its own, and removes.
func TestInstall(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "share", "jupyter", "kernels")
	target, err := Install(dir, "Go-1", spec(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "target", target, filepath.Join(dir, "go-1"))
	want(t, "files", list(t, target), "[kernel.json logo-32x32.png logo-64x64.png logo-svg.svg]")
	write(t, filepath.Join(target, "stale"), "", 0o644)
	again := spec()
	again.DisplayName = "another"
	if _, err := Install(dir, "go-1", again, "", false); err != nil {
		t.Fatal(err)
	}
	want(t, "files", list(t, target), "[kernel.json logo-32x32.png logo-64x64.png logo-svg.svg]")
	got, err := Read(target)
	if err != nil || got.DisplayName != "another" || !got.Ours() {
		t.Errorf("%+v, %v", got, err)
	}
	want(t, "nothing left", list(t, dir), "[go-1]")
	want(t, "found", Find([]string{"/none", dir}, "go-1"), []string{target})
	removed, err := Remove(dir, "GO-1")
	if err != nil || removed != target {
		t.Error(removed, err)
	}
	want(t, "nothing left", list(t, dir), "[]")
	if _, err := Remove(dir, "go-1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removed twice: %v", err)
	}
}

// TestCopy: a program that goes away is kept beside the spec.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	program := write(t, filepath.Join(dir, "exe", "cliplab.exe"), "program", 0o700)
	target, err := Install(filepath.Join(dir, "kernels"), "go", spec(), program, false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(target)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "argv", got.Argv, []string{filepath.Join(target, "cliplab.exe"), "kernel",
		"{connection_file}"})
	info, err := os.Stat(got.Argv[0])
	if err != nil || info.Mode().Perm()&0o111 == 0 || read(t, got.Argv[0]) != "program" {
		t.Errorf("copy %v, %v", info, err)
	}
}

// TestForeign: what another kernel owns stays, unless told otherwise.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	theirs := `{"argv":["x"],"display_name":"Theirs","language":"go"}`
	path := write(t, filepath.Join(dir, "go", "kernel.json"), theirs, 0o644)
	write(t, filepath.Join(dir, "odd", "notes.txt"), "mine", 0o644)
	write(t, filepath.Join(dir, "broken", "kernel.json"), "{", 0o644)
	for _, name := range []string{"go", "odd", "broken"} {
		_, err := Install(dir, name, spec(), "", false)
		if err == nil || !strings.Contains(err.Error(), "--replace") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Remove(dir, name); err == nil {
			t.Errorf("%s: removed", name)
		}
	}
	want(t, "theirs", read(t, path), theirs)
	for _, name := range []string{"go", "odd", "broken"} {
		if _, err := Install(dir, name, spec(), "", true); err != nil {
			t.Error(err)
		}
	}
	want(t, "folder", list(t, dir), "[broken go odd]")
}

// TestLink: of a symbolic link only the link goes.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	elsewhere, err := Install(filepath.Join(dir, "else"), "go", spec(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	kernels := filepath.Join(dir, "kernels")
	for _, act := range []func() error{
		func() error { _, err := Remove(kernels, "go"); return err },
		func() error { _, err := Install(kernels, "go", spec(), "", false); return err },
	} {
		if err := errors.Join(os.MkdirAll(kernels, 0o755),
			os.Symlink(elsewhere, filepath.Join(kernels, "go")), act()); err != nil {
			t.Fatal(err)
		}
		want(t, "elsewhere", len(list(t, elsewhere)), 4)
	}
}

// TestNothingHalf: when the program to copy is not there, what was installed stays.
func TestNothingHalf(t *testing.T) {
	dir := t.TempDir()
	target, err := Install(dir, "go", spec(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, filepath.Join(target, "kernel.json"))
	changed := spec()
	changed.DisplayName = "changed"
	if _, err := Install(dir, "go", changed, filepath.Join(dir, "gone"), false); err == nil {
		t.Error("installed a program that is not there")
	}
	want(t, "spec", read(t, filepath.Join(target, "kernel.json")), before)
	want(t, "folder", list(t, dir), "[go]")
	blocked := write(t, filepath.Join(dir, "file"), "", 0o644)
	if _, err := Install(blocked, "go", changed, "", false); err == nil {
		t.Error("installed below a file")
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"go", "Go-1.26_x", "cliplab"} {
		if got, err := CheckName(name); err != nil || got != strings.ToLower(name) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", ".", "..", "-x", ".x", "a/b", `a\b`, "é", "a b",
		strings.Repeat("n", 101)} {
		if _, err := CheckName(name); err == nil || !strings.Contains(err.Error(), "cliplab") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestEnv(t *testing.T) {
	env, err := ParseEnv([]string{"A=1", "B=x=y", "C="})
	if err != nil {
		t.Error(err)
	}
	want(t, "env", env, "map[A:1 B:x=y C:]")
	for _, bad := range []string{"", "A", "=1", "A B=1", "A=\x00"} {
		if _, err := ParseEnv([]string{bad}); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

// TestBinary: what go run built is not what a spec may start; a link on PATH outlives a version.
func TestBinary(t *testing.T) {
	dir := t.TempDir()
	versioned := write(t, filepath.Join(dir, "cellar", "1.0", "bin", "cliplab"), "", 0o755)
	link := filepath.Join(dir, "bin", "cliplab")
	err := errors.Join(os.Mkdir(filepath.Dir(link), 0o755), os.Symlink(versioned, link))
	if err != nil {
		t.Fatal(err)
	}
	p := &Places{Temp: filepath.Join(dir, "tmp"),
		Getenv: func(name string) string {
			return map[string]string{"GOCACHE": filepath.Join(dir, "cache")}[name]
		},
		Look: func(string) (string, error) { return link, nil }}
	for executable, wanted := range map[string]string{
		versioned:                                 link + " true",
		filepath.Join(dir, "own", "cliplab"):      filepath.Join(dir, "own", "cliplab") + " true",
		filepath.Join(dir, "tmp", "b", "cliplab"): filepath.Join(dir, "tmp", "b", "cliplab") + " false",
		filepath.Join(dir, "cache", "ab", "x"):    filepath.Join(dir, "cache", "ab", "x") + " false",
		"/home/ada/.cache/go-build/a-d/cliplab":   "/home/ada/.cache/go-build/a-d/cliplab false",
		"/var/tmp/go-build42/b001/exe/cliplab":    "/var/tmp/go-build42/b001/exe/cliplab false",
	} {
		path, lasting := p.Binary(executable)
		want(t, executable, fmt.Sprint(path, " ", lasting), wanted)
	}
}

// TestLogos: the PNGs have their sizes and are the SVG: the middle of each cell has its colour.
func TestLogos(t *testing.T) {
	files, err := spec().files()
	if err != nil {
		t.Fatal(err)
	}
	var svg struct {
		Rects []struct {
			X     int    `xml:"x,attr"`
			Y     int    `xml:"y,attr"`
			Width int    `xml:"width,attr"`
			Fill  string `xml:"fill,attr"`
		} `xml:"rect"`
	}
	if err := xml.Unmarshal(files["logo-svg.svg"], &svg); err != nil || len(svg.Rects) != 1+4*4 {
		t.Fatalf("%d rectangles, %v", len(svg.Rects), err)
	}
	for _, size := range []int{32, 64} {
		name := fmt.Sprintf("logo-%dx%d.png", size, size)
		img, _, err := image.Decode(bytes.NewReader(files[name]))
		if err != nil {
			t.Fatal(name, err)
		}
		want(t, name, img.Bounds(), image.Rect(0, 0, size, size))
		for _, r := range svg.Rects[1:] {
			var c color.RGBA
			if _, err := fmt.Sscanf(r.Fill, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
				t.Fatal(err)
			}
			c.A = 255
			at := func(v int) int { return (2*v + r.Width) * size / (2 * 64) }
			want(t, name+r.Fill, color.RGBAModel.Convert(img.At(at(r.X), at(r.Y))), c)
		}
		if _, _, _, a := img.At(0, 0).RGBA(); a != 0 {
			t.Errorf("%s: the corner is not clear", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"argv":["x"],"metadata":{"cliplab":1}}`))
	f.Add([]byte(`{"argv":7}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "kernel.json"), string(text), 0o644)
		if s, err := Read(dir); err == nil && s.Ours() && !slices.Contains(s.text(), '{') {
			t.Error("written without an object")
		}
	})
}
