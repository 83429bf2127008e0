package hub

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/lab/hub/hubtest"
)

const repo = "openai/clip-tiny"

// files is a small repository; the weights are the large file.
func files() map[string][]byte {
	weights := make([]byte, 300_000)
	r := rand.NewChaCha8([32]byte{7})
	_, _ = r.Read(weights)
	return map[string][]byte{
		"config.json":       []byte(`{"projection_dim": 8}`),
		"README.md":         []byte("# tiny\n"),
		"onnx/model q4.txt": []byte("in a folder, with a space"),
		"model.safetensors": weights,
		"other.bin":         []byte("large by name"),
	}
}

func setUp(t *testing.T) (*hubtest.Server, *Client, string) {
	t.Helper()
	h := hubtest.New()
	t.Cleanup(h.Close)
	commit := h.Put(repo, files())
	return h, &Client{Cache: filepath.Join(t.TempDir(), "hub"), Endpoint: h.URL, Quiet: true,
		pause: time.Millisecond}, commit
}

func mustFile(t *testing.T, c *Client, revision, name string) string {
	t.Helper()
	path, err := c.File(context.Background(), repo, revision, name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func wantContent(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want %d; %v", path, len(got), len(want), err)
	}
}

// TestLayout: what the cache looks like is the interface to Python; lab/peers/test_hub.py asks
// Python.
func TestLayout(t *testing.T) {
	h, c, commit := setUp(t)
	for name, content := range files() {
		wantContent(t, mustFile(t, c, "main", name), content)
	}
	weights := files()["model.safetensors"]
	sha := hubtest.SHA256(weights)
	root := filepath.Join(c.Cache, "models--openai--clip-tiny")
	for path, want := range map[string]string{
		"refs/main":                                      commit,
		"snapshots/" + commit + "/config.json":           string(files()["config.json"]),
		"blobs/" + hubtest.GitSHA1(files()["README.md"]): "# tiny\n",
	} {
		wantContent(t, filepath.Join(root, filepath.FromSlash(path)), []byte(want))
	}
	for path, want := range map[string]string{
		"model.safetensors": "../../blobs/" + sha,
		"onnx/model q4.txt": "../../../blobs/" + hubtest.GitSHA1(files()["onnx/model q4.txt"]),
	} {
		got, err := os.Readlink(filepath.Join(root, "snapshots", commit, path))
		if err != nil || filepath.ToSlash(got) != want {
			t.Errorf("%s is a link to %q, want %q; %v", path, got, want, err)
		}
	}
	for _, path := range []string{".locks/models--openai--clip-tiny/" + sha + ".lock",
		"CACHEDIR.TAG"} {
		if _, err := os.Stat(filepath.Join(c.Cache, path)); err != nil {
			t.Error(err)
		}
	}
	leftovers(t, c.Cache)
	h.Asked()
	mustFile(t, c, commit, "config.json")
	if asked := h.Asked(); len(asked) != 0 {
		t.Errorf("a cached file of a commit asked %v", asked)
	}
	mustFile(t, c, "", "config.json")
	if asked := h.Asked(); len(asked) != 1 || asked[0].Method != "HEAD" {
		t.Errorf("a cached file of main asked %v, want the commit only", asked)
	}
}

// leftovers wants nothing temporary in the cache.
func leftovers(t *testing.T, dir string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tmp") || strings.HasSuffix(path, ".incomplete") {
			t.Errorf("%s was left", path)
		}
		return err
	})
}

func TestSnapshot(t *testing.T) {
	h, c, commit := setUp(t)
	ctx := context.Background()
	dir, err := c.Snapshot(ctx, repo, "", "*.json", "*.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, filepath.Join(dir, "model.safetensors"), files()["model.safetensors"])
	if _, err := os.Stat(filepath.Join(dir, "README.md")); err == nil {
		t.Error("a file came that no pattern matches")
	}
	dir, err = c.Snapshot(ctx, repo, commit)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files() {
		wantContent(t, filepath.Join(dir, name), content)
	}
	leftovers(t, c.Cache)
	h.Asked()
	if _, err := c.Snapshot(ctx, repo, commit); err != nil || len(h.Asked()) != 0 {
		t.Errorf("a complete snapshot of a commit asked the hub; %v", err)
	}
	_, err = c.Snapshot(ctx, repo, "", "*.gguf", "q*")
	if !errors.Is(err, ErrFileNotFound) || !strings.Contains(err.Error(), "README.md") {
		t.Errorf("no match: %v", err)
	}
	// A new commit fetches only what changed.
	changed := files()
	changed["config.json"] = []byte("{}")
	next := h.Put(repo, changed)
	h.Asked()
	dir, err = c.Snapshot(ctx, repo, "main", "*.json", "*.safetensors")
	if err != nil || filepath.Base(dir) != next {
		t.Errorf("snapshot %s, want %s; %v", dir, next, err)
	}
	wantContent(t, filepath.Join(dir, "config.json"), []byte("{}"))
	for _, r := range h.Asked() {
		if r.Storage {
			t.Errorf("the same weights were fetched again: %+v", r)
		}
	}
}

func TestRevisions(t *testing.T) {
	h, c, first := setUp(t)
	changed := files()
	changed["config.json"] = []byte("{}")
	second := h.Put(repo, changed)
	h.Name(repo, "v1.0", first)
	h.Name(repo, "refs/pr/1", second)
	wantContent(t, mustFile(t, c, "v1.0", "config.json"), files()["config.json"])
	wantContent(t, mustFile(t, c, "refs/pr/1", "config.json"), []byte("{}"))
	wantContent(t, mustFile(t, c, first, "config.json"), files()["config.json"])
	wantContent(t, filepath.Join(c.store(repo).dir, "refs", "refs", "pr", "1"), []byte(second))
	if dir, err := c.Snapshot(context.Background(), repo, "refs/pr/1", "*.json"); err != nil ||
		filepath.Base(dir) != second {
		t.Errorf("%s, %v", dir, err)
	}
	c.Offline = true
	wantContent(t, mustFile(t, c, "v1.0", "config.json"), files()["config.json"])
}

func TestOffline(t *testing.T) {
	h, c, _ := setUp(t)
	ctx := context.Background()
	c.Offline = true
	if _, err := c.File(ctx, repo, "", "config.json"); !errors.Is(err, ErrNotCached) ||
		!strings.Contains(err.Error(), "HF_HUB_OFFLINE") {
		t.Errorf("empty cache: %v", err)
	}
	if _, err := c.Snapshot(ctx, repo, ""); !errors.Is(err, ErrNotCached) {
		t.Errorf("empty cache: %v", err)
	}
	if n := len(h.Asked()); n != 0 {
		t.Errorf("%d questions in offline mode", n)
	}
	c.Offline = false
	if _, err := c.Snapshot(ctx, repo, "", "*.json", "*.bin"); err != nil {
		t.Fatal(err)
	}
	_, _ = c.File(ctx, repo, "", "none.json")
	for _, mode := range []string{"offline", "gone"} {
		if mode == "gone" {
			c.Offline = false
			h.Close()
		} else {
			c.Offline = true
		}
		wantContent(t, mustFile(t, c, "", "config.json"), files()["config.json"])
		if _, err := c.Snapshot(ctx, repo, "", "*.json"); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		_, err := c.Snapshot(ctx, repo, "", "*.json", "*.safetensors")
		if !errors.Is(err, ErrNotCached) || !strings.Contains(err.Error(), "model.safetensors") {
			t.Errorf("%s, incomplete snapshot: %v", mode, err)
		}
		if _, err = c.File(ctx, repo, "", "README.md"); !errors.Is(err, ErrNotCached) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	c.Offline = true
	if _, err := c.File(ctx, repo, "", "none.json"); !errors.Is(err, ErrFileNotFound) {
		t.Errorf("a file that is known not to be: %v", err)
	}
}

func TestRefused(t *testing.T) {
	h, c, commit := setUp(t)
	h.Put("some/gated", files())
	h.Protect("some/gated", "hf_right", true)
	h.Put("some/private", files())
	h.Protect("some/private", "hf_right", false)
	for _, q := range []struct {
		token, repo, revision, name string
		want                        error
		says                        string
	}{
		{"", "some/gated", "", "config.json", ErrGated, "accept its terms at " + h.URL + "/some/gated"},
		{"hf_wrong", "some/gated", "", "config.json", ErrGated, "HF_TOKEN"},
		{"", "some/private", "", "config.json", ErrRepoNotFound, "HF_TOKEN"},
		{"hf_wrong", "some/private", "", "config.json", ErrGated, "expired"},
		{"", "some/none", "", "config.json", ErrRepoNotFound, "spelling"},
		{"hf_right", "some/none", "", "config.json", ErrRepoNotFound, "spelling"},
		{"", repo, "v9", "config.json", ErrRevisionNotFound, `"v9"`},
		{"", repo, strings.Repeat("0", 40), "config.json", ErrRevisionNotFound, "0000"},
		{"", repo, "main", "none.json", ErrFileNotFound, "has no none.json"},
		{"hf_right", "some/gated", "", "config.json", nil, ""},
		{"hf_right", "some/private", "", "model.safetensors", nil, ""},
	} {
		c.Token = q.token
		_, err := c.File(context.Background(), q.repo, q.revision, q.name)
		if !errors.Is(err, q.want) || err != nil && !strings.Contains(err.Error(), q.says) {
			t.Errorf("%v: %v", q, err)
		}
		if q.want != nil && q.want != ErrFileNotFound {
			_, err = c.Snapshot(context.Background(), q.repo, q.revision)
			if !errors.Is(err, q.want) {
				t.Errorf("%v: snapshot: %v", q, err)
			}
		}
	}
	for _, r := range h.Asked() {
		if r.Storage && r.Token != "" {
			t.Errorf("the token went to another host: %+v", r)
		}
	}
	note := filepath.Join(c.store(repo).dir, ".no_exist", commit, "none.json")
	if _, err := os.Stat(note); err != nil {
		t.Error(err)
	}
	h.Asked()
	_, err := c.File(context.Background(), repo, commit, "none.json")
	if !errors.Is(err, ErrFileNotFound) || len(h.Asked()) != 0 {
		t.Errorf("asked again for what a commit does not have; %v", err)
	}
}

// TestMoved: the old name of a repository works, with the token.
func TestMoved(t *testing.T) {
	h, c, _ := setUp(t)
	h.Protect(repo, "hf_right", false)
	h.Move(repo, "new-owner/clip")
	c.Token = "hf_right"
	for name, content := range files() {
		wantContent(t, mustFile(t, c, "", name), content)
	}
	dir, err := c.Snapshot(context.Background(), repo, "")
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, filepath.Join(dir, "config.json"), files()["config.json"])
	for _, r := range h.Asked() {
		if r.Storage && r.Token != "" {
			t.Errorf("the token went to another host: %+v", r)
		}
	}
}

// TestReadOnly: a cache that others filled and that may not be written serves all the same.
func TestReadOnly(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("skipped: root may write everywhere")
	}
	h, c, commit := setUp(t)
	if _, err := c.Snapshot(context.Background(), repo, ""); err != nil {
		t.Fatal(err)
	}
	h.Name(repo, "v2", commit)
	dir := c.store(repo).dir
	for _, dir := range []string{c.Cache, dir, filepath.Join(dir, "refs")} {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(dir, 0o755) })
	}
	wantContent(t, mustFile(t, c, "v2", "config.json"), files()["config.json"])
	if _, err := c.Snapshot(context.Background(), repo, "v2"); err != nil {
		t.Error(err)
	}
}

// TestNoLinks: where links cannot be made, files are whole files.
func TestNoLinks(t *testing.T) {
	h, c, commit := setUp(t)
	c.NoLinks = true
	path := mustFile(t, c, "", "model.safetensors")
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != 300_000 {
		t.Errorf("%v, %v", info, err)
	}
	wantContent(t, mustFile(t, c, commit, "model.safetensors"), files()["model.safetensors"])
	c.Cache = t.TempDir()
	h.Asked()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := c.File(context.Background(), repo, "", "model.safetensors"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(ranges(h)); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}
