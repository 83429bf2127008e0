package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cliplab/datasets/emoji"
	"cliplab/datasets/photos"
)

// asCommand makes the test program be cliplab itself, so that a test can kill it.
const asCommand = "CLIPLAB_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// album is a folder of the built-in pictures: photographs, and every so many drawings.
func album(t *testing.T, every int) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, encode func(b *bytes.Buffer) error) {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range photos.All() {
		put("photos/"+p.Name+".jpg", func(b *bytes.Buffer) error {
			return jpeg.Encode(b, p.Picture(), nil)
		})
	}
	for i, p := range emoji.Of("noto") {
		if i%every == 0 {
			put("emoji/"+p.ID+".png", func(b *bytes.Buffer) error {
				return png.Encode(b, p.Picture())
			})
		}
	}
	return dir
}

// rowsOf reads a .npy by its own rules, not the package's.
func rowsOf(t *testing.T, path string) (rows, dim int, values []float32) {
	t.Helper()
	b := []byte(content(t, path))
	start := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	_, err := fmt.Sscanf(string(b[10:]), "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d)",
		&rows, &dim)
	if err != nil || start%64 != 0 || len(b) != start+4*rows*dim {
		t.Fatalf("%d bytes, header %q, %v", len(b), b[:start], err)
	}
	for i := start; i < len(b); i += 4 {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(b[i:])))
	}
	return rows, dim, values
}

// TestSize: features remember the size of pictures that they were made with, and search takes it.
func TestSize(t *testing.T) {
	dir := album(t, 3)
	own, half := filepath.Join(t.TempDir(), "own.npy"), filepath.Join(t.TempDir(), "half.npy")
	for out, size := range map[string]string{own: "0", half: "32"} {
		status, _, stderr := try(t, "encode", "--images", dir, "-o", out, "--size", size)
		if status != 0 {
			t.Fatalf("size %s: status %d, %s", size, status, stderr)
		}
	}
	_, dim, a := rowsOf(t, own)
	_, _, b := rowsOf(t, half)
	if len(a) != len(b) || slices.Equal(a[:dim], b[:dim]) {
		t.Error("the size changes nothing")
	}
	names := strings.Split(strings.TrimSpace(content(t, half+".names.tsv")), "\n")
	_, stdout, _ := try(t, "search", "-f", half, "--image", filepath.Join(dir, names[0]), "-k", "1")
	if !strings.HasPrefix(stdout, "  1   1.0000  "+names[0]) {
		t.Errorf("the size is not taken from the features: %s", stdout)
	}
	status, _, stderr := try(t, "encode", "--images", dir, "-o", half)
	if status != exitFailed {
		t.Errorf("status %d", status)
	}
	contains(t, "stderr", stderr, "the size of pictures was 32, is 0")
}

func TestEncodeAndSearch(t *testing.T) {
	dir := album(t, 40)
	if err := os.WriteFile(filepath.Join(dir, "bad.png"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "f.npy")
	status, stdout, stderr := try(t, "encode", "--images", dir, "--out", out)
	if status != exitSome || stdout != out+"\n" {
		t.Errorf("status %d, stdout %q", status, stdout)
	}
	contains(t, "stderr", stderr, "skipped bad.png: pixels: not a picture",
		"features of pictures by cliplab-s",
		"/s, 1 skipped", "1 skipped, the others are written; see "+out+".skipped.tsv")
	rows, dim, values := rowsOf(t, out)
	names := strings.Split(strings.TrimSpace(content(t, out+".names.tsv")), "\n")
	if rows != len(names) || rows < 40 {
		t.Errorf("%d rows, %d names", rows, len(names))
	}
	for i := range rows {
		var sum float64
		for _, v := range values[i*dim : (i+1)*dim] {
			sum += float64(v) * float64(v)
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("row %d has length² %v", i, sum)
		}
	}
	// A picture is nearest to itself.
	status, stdout, stderr = try(t, "search", "-f", out, "-k", "3", "--image",
		filepath.Join(dir, names[7]))
	if status != 0 || !strings.HasPrefix(stdout, "  1   1.0000  "+names[7]+"\n") ||
		strings.Count(stdout, "\n") != 3 {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	status, stdout, _ = try(t, "search", "-f", out, "a drawing of a hat", "-k", "2", "--json")
	var first, second hit
	d := json.NewDecoder(strings.NewReader(stdout))
	if err := d.Decode(&first); err != nil || status != 0 {
		t.Fatal(err, stdout)
	}
	if err := d.Decode(&second); err != nil || first.Rank != 1 || second.Rank != 2 ||
		first.Cosine < second.Cosine || names[first.Row] != first.Name ||
		first.Path != filepath.Join(dir, first.Name) {
		t.Errorf("%+v %+v %v", first, second, err)
	}
	_, _, stderr = try(t, "search", "-f", out, "a zyzzyva")
	contains(t, "stderr", stderr, "never met")
}

// TestEncodePairs: a list of pictures with captions gives two outputs whose rows belong together.
func TestEncodePairs(t *testing.T) {
	dir := album(t, 1000)
	list := filepath.Join(dir, "pairs.tsv")
	text := "file\tcaption\nphotos/cat.jpg\ta cat\nphotos/rocket.jpg\ta rocket\n" +
		"photos/cat.jpg\ta pet\n"
	if err := os.WriteFile(list, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "new", "f.safetensors")
	status, stdout, stderr := try(t, "encode", "--images", list, "--texts", list, "-o", out)
	base := strings.TrimSuffix(out, ".safetensors")
	if status != 0 || stdout != base+".images.safetensors\n"+base+".texts.safetensors\n" {
		t.Fatalf("status %d: %s%s", status, stdout, stderr)
	}
	if got := content(t, base+".images.safetensors.names.tsv"); got != text[len("file\tcaption\n"):] {
		t.Errorf("names %q", got)
	}
	_, stdout, _ = try(t, "search", "-f", base+".texts.safetensors", "a rocket", "-k", "1")
	if !strings.Contains(stdout, "1.0000  a rocket\n") {
		t.Errorf("got %q", stdout)
	}
	_, stdout, _ = try(t, "search", "-f", base+".images.safetensors", "--image",
		filepath.Join(dir, "photos", "rocket.jpg"), "-k", "1")
	if !strings.Contains(stdout, "1.0000  photos/rocket.jpg  (a rocket)\n") {
		t.Errorf("got %q", stdout)
	}
}

// TestEncodeKilled: a run that is killed again and again ends in the same files as one that ran
// through.
func TestEncodeKilled(t *testing.T) {
	dir := album(t, 6)
	folder := t.TempDir()
	whole, killed := filepath.Join(folder, "whole.npy"), filepath.Join(folder, "killed.npy")
	status, _, stderr := try(t, "encode", "--images", dir, "-o", whole, "--batch", "2")
	if status != 0 {
		t.Fatal(stderr)
	}
	wanted := strings.Count(content(t, whole+".names.tsv"), "\n")
	kills := 0
	for _, after := range []int{1, wanted / 4, wanted / 2} {
		c := exec.Command(os.Args[0], "encode", "--images", dir, "-o", killed, "--batch", "2")
		c.Env = append(os.Environ(), asCommand+"=1")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			names, _ := os.ReadFile(killed + ".names.tsv")
			if bytes.Count(names, []byte("\n")) >= after {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			kills++
		}
	}
	if kills == 0 {
		t.Error("no run was killed before it ended")
	}
	status, _, stderr = try(t, "encode", "--images", dir, "-o", killed, "--batch", "2")
	if status != 0 {
		t.Fatal(stderr)
	}
	contains(t, "stderr", stderr, "were done)")
	if content(t, killed) != content(t, whole) ||
		content(t, killed+".names.tsv") != content(t, whole+".names.tsv") {
		t.Error("a killed run made other files")
	}
}

func TestClassify(t *testing.T) {
	dir := album(t, 1000)
	cat := filepath.Join(dir, "photos", "cat.jpg")
	rocket := filepath.Join(dir, "photos", "rocket.jpg")
	status, stdout, stderr := try(t, "classify", cat, rocket, "--labels", "a cat, a dog ,a rocket")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	lines := strings.Split(stdout, "\n")
	if len(lines) != 9 || lines[0] != cat || lines[4] != rocket ||
		!strings.HasSuffix(lines[5], " %  a rocket") {
		t.Errorf("got\n%s", stdout)
	}
	contains(t, "stdout", stdout, "█", "  a cat\n", "  a dog\n")
	labels := file(t, "labels.txt", "cat\ndog\nrocket\n")
	bad := file(t, "bad.jpg", "text")
	status, stdout, stderr = try(t, "classify", rocket, bad, "-l", labels, "-t", "a photo of a {}.",
		"-t", "a drawing of a {}.", "--json", "--top", "2")
	if status != exitSome || strings.Count(stdout, "\n") != 1 {
		t.Errorf("status %d: %s", status, stdout)
	}
	contains(t, "stderr", stderr, "skipped "+bad, "1 of 2 pictures")
	var got struct {
		Image  string
		Labels []guess
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Image != rocket ||
		len(got.Labels) != 2 || got.Labels[0].Label != "rocket" || got.Labels[0].Cosine == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBulkMistakes(t *testing.T) {
	empty := t.TempDir()
	picture := filepath.Join(empty, "sub", "one.png")
	if err := os.MkdirAll(filepath.Dir(picture), 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	nothing := t.TempDir()
	out := filepath.Join(nothing, "f.npy")
	foreign := file(t, "foreign.npy", "precious")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"encode", "-o", out}, 2, "--images or --texts"},
		{[]string{"encode", "--images", empty}, 2, "wants --out"},
		{[]string{"encode", "--images", empty, "-o", "f.txt"}, 2, ".safetensors"},
		{[]string{"encode", "--images", empty, "-o", out, "--batch", "0"}, 2, "--batch"},
		{[]string{"encode", "--images", nothing, "-o", out}, 1, "has no pictures"},
		{[]string{"encode", "--images", nothing + "/none", "-o", out}, 1, "no such file"},
		{[]string{"encode", "--images", picture, "-o", out}, 1, "is a picture; name the folder"},
		{[]string{"encode", "--images", empty, "-o", out, "--size", "-1"}, 2, "--size is -1"},
		{[]string{"classify", picture, "-l", "a,b", "--size", "3"}, 1, "patches of 8 in pictures of 3"},
		{[]string{"encode", "--texts", nothing, "-o", out}, 1, "is no file"},
		{[]string{"encode", "--images", empty, "-o", foreign}, 1, "not written by this command"},
		{[]string{"encode", "--images", empty, "-o", out, "-m", "no such"}, 1, "no such"},
		{[]string{"classify", "--labels", "a"}, 2, "wants a picture"},
		{[]string{"classify", picture}, 2, "wants --labels"},
		{[]string{"classify", picture, "-l", " , "}, 2, "no label"},
		{[]string{"classify", picture, "-l", "a", "-t", "x"}, 2, "without {}"},
		{[]string{"classify", picture, "-l", "a,b", "--top", "-1"}, 2, "--top is -1, want"},
		{[]string{"classify", picture, "-l", "a,b", "--precision", "f64"}, 2,
			"--precision is \"f64\", want f32, bf16 or i8"},
		{[]string{"search", "a"}, 2, "wants --features"},
		{[]string{"search", "-f", out}, 2, "wants a caption"},
		{[]string{"search", "-f", out, "a", "--image", picture}, 2, "not both"},
		{[]string{"search", "-f", out, "a", "-k", "0"}, 2, "--top"},
		{[]string{"search", "-f", out, "a"}, 1, "no such file"},
		{[]string{"search", "-f", foreign, "a"}, 1, "npy"},
	} {
		status, stdout, stderr := try(t, c.args...)
		if status != c.status || stdout != "" {
			t.Errorf("%q: status %d, want %d; stdout %q", c.args, status, c.status, stdout)
		}
		contains(t, strings.Join(c.args, " "), stderr, "cliplab: ", c.want)
	}
	if content(t, foreign) != "precious" {
		t.Error("a foreign file was overwritten")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a failed run left an output")
	}
}
