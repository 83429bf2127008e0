package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/lab/hub/hubtest"
)

func ranges(h *hubtest.Server) (all []string) {
	for _, r := range h.Asked() {
		if r.Storage {
			all = append(all, r.Range)
		}
	}
	return all
}

// TestCut: a download goes on where its connection broke.
func TestCut(t *testing.T) {
	h, c, _ := setUp(t)
	h.Trouble(hubtest.Trouble{Cut: 100_000, Cuts: 2})
	wantContent(t, mustFile(t, c, "", "model.safetensors"), files()["model.safetensors"])
	got := ranges(h)
	if len(got) != 3 || got[0] != "" || got[1] != "bytes=100000-" || got[2] != "bytes=200000-" {
		t.Errorf("ranges %q", got)
	}
	leftovers(t, c.Cache)
}

// TestCutForGood: what has arrived stays, and the next call goes on from there.
func TestCutForGood(t *testing.T) {
	h, c, _ := setUp(t)
	h.Trouble(hubtest.Trouble{Cut: 0, Cuts: 1000})
	_, err := c.File(context.Background(), repo, "", "model.safetensors")
	if err == nil || !strings.Contains(err.Error(), "try again to go on") {
		t.Fatal(err)
	}
	part := c.store(repo).blob(hubtest.SHA256(files()["model.safetensors"])) + ".incomplete"
	if err := os.WriteFile(part, files()["model.safetensors"][:50_000], 0o666); err != nil {
		t.Fatal(err)
	}
	h.Trouble(hubtest.Trouble{})
	h.Asked()
	wantContent(t, mustFile(t, c, "", "model.safetensors"), files()["model.safetensors"])
	if got := ranges(h); len(got) != 1 || got[0] != "bytes=50000-" {
		t.Errorf("ranges %q", got)
	}
}

// TestBadPart: a part that is not of this content, and a host that ignores Range.
func TestBadPart(t *testing.T) {
	weights := files()["model.safetensors"]
	for name, part := range map[string][]byte{
		"of another content": make([]byte, 1000),
		"too long":           make([]byte, len(weights)+1),
		"whole but wrong":    make([]byte, len(weights)),
		"whole and right":    weights,
		"empty":              {},
	} {
		for _, noRange := range []bool{false, true} {
			h, c, _ := setUp(t)
			h.Trouble(hubtest.Trouble{NoRange: noRange})
			s := c.store(repo)
			if err := os.MkdirAll(filepath.Join(s.dir, "blobs"), 0o777); err != nil {
				t.Fatal(err)
			}
			err := os.WriteFile(s.blob(hubtest.SHA256(weights))+".incomplete", part, 0o666)
			if err != nil {
				t.Fatal(err)
			}
			path, err := c.File(context.Background(), repo, "", "model.safetensors")
			if err != nil {
				t.Errorf("part %s: %v", name, err)
				continue
			}
			wantContent(t, path, weights)
			leftovers(t, c.Cache)
		}
	}
}

// TestDamaged: bytes that are not what their sum says never get their name.
func TestDamaged(t *testing.T) {
	h, c, commit := setUp(t)
	h.Trouble(hubtest.Trouble{Damage: 1})
	_, err := c.File(context.Background(), repo, "", "model.safetensors")
	if err == nil || !strings.Contains(err.Error(), "came damaged") {
		t.Fatal(err)
	}
	if _, ok := c.store(repo).has(commit, "model.safetensors"); ok {
		t.Error("a damaged file is in the cache")
	}
	wantContent(t, mustFile(t, c, "", "model.safetensors"), files()["model.safetensors"])
	// A content that was cut off in the cache is fetched again.
	blob := c.store(repo).blob(hubtest.SHA256(files()["model.safetensors"]))
	if err := os.Truncate(blob, 10); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(c.store(repo).snapshot(commit)); err != nil {
		t.Fatal(err)
	}
	wantContent(t, mustFile(t, c, "", "model.safetensors"), files()["model.safetensors"])
}

// TestBusy: a hub that is busy is asked again, but not when something is cached.
func TestBusy(t *testing.T) {
	h, c, _ := setUp(t)
	h.Trouble(hubtest.Trouble{Fail: 3})
	mustFile(t, c, "", "config.json")
	h.Trouble(hubtest.Trouble{Fail: 1, After: 1})
	start := time.Now()
	mustFile(t, c, "", "onnx/model q4.txt")
	if waited := time.Since(start); waited < time.Second {
		t.Errorf("asked again after %v, the hub wants a second", waited)
	}
	h.Trouble(hubtest.Trouble{Fail: 1000})
	h.Asked()
	mustFile(t, c, "", "config.json")
	if n := len(h.Asked()); n != 1 {
		t.Errorf("asked %d times for a cached file", n)
	}
	_, err := c.File(context.Background(), repo, "", "README.md")
	if !errors.Is(err, ErrNotCached) || !strings.Contains(err.Error(), "503") {
		t.Errorf("got %v", err)
	}
	h.Close()
	_, err = c.File(context.Background(), repo, "", "README.md")
	if !errors.Is(err, ErrNotCached) || !strings.Contains(err.Error(), "refused") ||
		!strings.Contains(err.Error(), "HF_ENDPOINT") {
		t.Errorf("got %v", err)
	}
}

// TestCancel: a done context ends a download at once and keeps what has come.
func TestCancel(t *testing.T) {
	h, c, _ := setUp(t)
	ctx, cancel := context.WithCancel(context.Background())
	h.Trouble(hubtest.Trouble{Cut: 60_000, Cuts: 1000, Wait: func(r *http.Request) {
		if r.Header.Get("Range") != "" {
			cancel()
			<-r.Context().Done()
		}
	}})
	_, err := c.Snapshot(ctx, repo, "", "*.safetensors")
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	part := c.store(repo).blob(hubtest.SHA256(files()["model.safetensors"])) + ".incomplete"
	if info, err := os.Stat(part); err != nil || info.Size() != 60_000 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestStall: a host that stops sending is left after a while, and asked again.
func TestStall(t *testing.T) {
	h, c, _ := setUp(t)
	c.stall = 50 * time.Millisecond
	h.Trouble(hubtest.Trouble{Cut: 1000, Cuts: 1, Hang: true})
	wantContent(t, mustFile(t, c, "", "model.safetensors"), files()["model.safetensors"])
	if got := ranges(h); len(got) != 2 || got[1] != "bytes=1000-" {
		t.Errorf("ranges %q", got)
	}
}

// TestTogether: several calls of the same file fetch it once.
func TestTogether(t *testing.T) {
	h, c, _ := setUp(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Snapshot(context.Background(), repo, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(ranges(h)); n != 2 {
		t.Errorf("two large files were fetched %d times", n)
	}
	leftovers(t, c.Cache)
}

// TestHostileNames: nothing that a repository chose leads out of the cache.
func TestHostileNames(t *testing.T) {
	h, c, _ := setUp(t)
	ctx := context.Background()
	for _, name := range []string{"../x", "/etc/x", "a/../../x", "a//b", "a/./b", `..\x`, `a\b`,
		"C:x", "", "a/", "a\x00b", "x\n", strings.Repeat("x", 300)} {
		if _, err := c.File(ctx, repo, "", name); err == nil {
			t.Errorf("file name %q was taken", name)
		}
		if name == "" {
			continue
		}
		if _, err := c.File(ctx, repo, name, "config.json"); err == nil {
			t.Errorf("revision %q was taken", name)
		}
		h.Put("bad/names", map[string][]byte{name: []byte("x"), "config.json": []byte("{}")})
		if _, err := c.Snapshot(ctx, "bad/names", ""); err == nil {
			t.Errorf("listed name %q was taken", name)
		}
		if _, err := c.Snapshot(ctx, "bad/names", "", "config.json"); err != nil {
			t.Errorf("listed name %q, not wanted: %v", name, err)
		}
	}
	for _, name := range []string{"", "a/b/c", "../a", "a/..", "a--b/c", "a/b.git", ".a/b", "a/b-",
		"datasets/a/b", "a b/c", "ä/b"} {
		if _, err := c.File(ctx, name, "", "config.json"); err == nil {
			t.Errorf("repository %q was taken", name)
		}
	}
	for _, endpoint := range []string{"", "huggingface.co", "ftp://x", "http://", "://"} {
		bad := &Client{Cache: c.Cache, Endpoint: endpoint}
		_, err := bad.File(ctx, repo, "", "config.json")
		if err == nil || !strings.Contains(err.Error(), "HF_ENDPOINT") {
			t.Errorf("endpoint %q: %v", endpoint, err)
		}
	}
	for _, etag := range []string{`"../../../x"`, `"a/b"`, `""`, `".."`, `".hidden"`, `"a\b"`,
		`"x.incomplete"`, `"` + strings.Repeat("a", 300) + `"`} {
		h.Trouble(hubtest.Trouble{Etag: etag})
		for _, name := range []string{"README.md", "model.safetensors"} {
			if _, err := c.File(ctx, repo, "", name); err == nil {
				t.Errorf("ETag %s was taken", etag)
			}
		}
	}
	for _, body := range []string{"", "{", `{"sha": "../../x"}`, `{"sha": 5}`, `[]`, "<html>"} {
		h.Trouble(hubtest.Trouble{Body: func() string { return body }})
		if _, err := c.Snapshot(ctx, repo, ""); err == nil {
			t.Errorf("answer %q was taken", body)
		}
	}
	escaped, err := filepath.Glob(filepath.Join(c.Cache, "..", "*"))
	if err != nil || len(escaped) != 1 {
		t.Errorf("beside the cache: %q, %v", escaped, err)
	}
}

func TestFullDisk(t *testing.T) {
	_, c, _ := setUp(t)
	d := download{Client: c, store: c.store(repo), name: "model.safetensors"}
	if err := os.MkdirAll(d.store.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, ok := freeSpace(d.store.dir); !ok {
		t.Skip("skipped: the free space is not known on this system")
	}
	err := d.roomFor(1 << 60)
	if err == nil || !strings.Contains(err.Error(), "HF_HOME") {
		t.Errorf("got %v", err)
	}
	if err := d.roomFor(1); err != nil {
		t.Error(err)
	}
}

func ExampleClient_Snapshot() {
	h := hubtest.New() // in place of the public hub
	defer h.Close()
	h.Put("openai/clip-tiny", map[string][]byte{"config.json": []byte("{}"), "README.md": {}})
	cache, err := os.MkdirTemp("", "hub")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(cache)

	client := &Client{Cache: cache, Endpoint: h.URL} // or Default()
	dir, err := client.Snapshot(context.Background(), "openai/clip-tiny", "main", "*.json")
	if err != nil {
		panic(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		panic(err)
	}
	for _, path := range found {
		fmt.Println(filepath.Base(path))
	}
	// Output: config.json
}
