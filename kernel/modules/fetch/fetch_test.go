package fetch

import (
	"bytes"
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

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/sumdb/note"

	"cliplab/kernel/modules/modtest"
)

const shapes = `
-- example.org/shapes@v1.0.0/shapes.go --
package shapes
-- example.org/shapes@v1.2.0/shapes.go --
package shapes
-- example.org/shapes@v1.2.1-rc.1/shapes.go --
package shapes
-- example.org/shapes@v1.3.0/go.mod --
module example.org/shapes

retract v1.3.0 // broken
-- example.org/Old@v1.0.0/old.go --
package old
-- example.org/Old@v2.0.0+incompatible/old.go --
package old
`

// fetcher returns one with a cache of its own and no checksum database.
func fetcher(t *testing.T, proxy string, more ...string) *Fetcher {
	t.Helper()
	env := map[string]string{
		"GOPROXY": proxy, "GOMODCACHE": t.TempDir(), "GOPATH": t.TempDir(), "GOENV": "off",
		"GOSUMDB": "off",
	}
	for i := 0; i < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	f := New(Options{Env: func(name string) string { return env[name] }})
	f.cache.roots = f.cache.roots[:1]
	f.pause = time.Millisecond
	return f
}

func at(path, version string) module.Version { return module.Version{Path: path, Version: version} }

func TestResolve(t *testing.T) {
	p := modtest.New(t, shapes)
	f := fetcher(t, p.URL)
	for _, c := range []struct{ path, query, want string }{
		{"example.org/shapes", "", "v1.2.0"}, // v1.3.0 is retracted, by itself
		{"example.org/shapes", "latest", "v1.2.0"},
		{"example.org/shapes", "v1", "v1.2.0"},
		{"example.org/shapes", "v1.0", "v1.0.0"},
		{"example.org/shapes", "v1.0.0", "v1.0.0"},
		{"example.org/shapes", "v1.2.1-rc.1", "v1.2.1-rc.1"},
		{"example.org/shapes", "v1.3.0", "v1.3.0"},
		{"example.org/Old", "", "v2.0.0+incompatible"}, // v1 is older than modules
	} {
		got, err := f.Resolve(context.Background(), c.path, c.query)
		if got != c.want || err != nil {
			t.Errorf("%s@%s is %s, %v; want %s", c.path, c.query, got, err, c.want)
		}
	}
	for _, c := range []struct{ path, query, want string }{
		{"example.org/shapes", "v1.9.9", "no such module or version"},
		{"example.org/shapes", "v3", "no version v3.*"},
		{"example.org/shapes", ">v1", "comparisons"},
		{"example.org/none", "", "no such module or version"},
		{"no path", "", "malformed"},
		{"-x/y", "", "malformed"},
	} {
		if _, err := f.Resolve(context.Background(), c.path, c.query); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s@%s: error is %v; want %s", c.path, c.query, err, c.want)
		}
	}
}

func TestZipIsCachedAsTheGoCommandDoes(t *testing.T) {
	p := modtest.New(t, shapes)
	f := fetcher(t, p.URL)
	ctx := context.Background()
	name, err := f.Zip(ctx, at("example.org/Old", "v1.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(f.Cache(), "cache", "download", "example.org", "!old", "@v", "v1.0.0.zip")
	if name != want {
		t.Errorf("the archive is %s, want %s", name, want)
	}
	hash, err := os.ReadFile(name + "hash")
	wanted, _ := dirhash.HashZip(name, dirhash.Hash1)
	if string(hash) != wanted || err != nil {
		t.Errorf("ziphash is %s, %v; want %s", hash, err, wanted)
	}
	if sums := string(f.sums.Bytes()); sums != "example.org/Old v1.0.0 "+wanted+"\n" {
		t.Errorf("go.sum is %q", sums)
	}
	p.Answer = func(w http.ResponseWriter, path string) bool {
		t.Errorf("asked for %s, which is in the cache", path)
		return false
	}
	for _, f := range []*Fetcher{f, f.Offline()} {
		if again, err := f.Zip(ctx, at("example.org/Old", "v1.0.0")); again != name || err != nil {
			t.Errorf("the second time: %s, %v", again, err)
		}
	}
	entries, _ := os.ReadDir(filepath.Dir(name))
	for _, e := range entries {
		if strings.Contains(e.Name(), "tmp") || strings.Contains(e.Name(), "probe") {
			t.Errorf("%s is left over", e.Name())
		}
	}
}

func TestDamagedArchives(t *testing.T) {
	m := at("example.org/shapes", "v1.0.0")
	inside := "example.org/shapes@v1.0.0/"
	files := func(names ...string) []byte {
		all := map[string][]byte{}
		for _, name := range names {
			all[name] = bytes.Repeat([]byte("package a\n"), 99)
		}
		return modtest.Archive(all)
	}
	big := modtest.Archive(map[string][]byte{inside + "zero.go": make([]byte, 1<<20)})
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"no archive":    {[]byte("<html>sign in</html>"), "not a module"},
		"empty":         {nil, "not a module"},
		"climbs out":    {files(inside + "../../x.go"), "not a module"},
		"absolute":      {files("/etc/passwd"), "not a module"},
		"other module":  {files("other@v1.0.0/x.go"), "not a module"},
		"same names":    {files(inside+"a.go", inside+"A.go"), "not a module"},
		"bomb":          {lie(big, 1<<20, 600<<20), "not a module"},
		"lies, smaller": {lie(big, 1<<20, 1<<10), "damaged"},
		"flipped bits":  {flip(files(inside + "a.go")), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			p := modtest.New(t, shapes)
			p.Answer = func(w http.ResponseWriter, path string) bool {
				if strings.HasSuffix(path, ".zip") {
					w.Write(c.data)
				}
				return strings.HasSuffix(path, ".zip")
			}
			f := fetcher(t, p.URL)
			_, err := f.Zip(context.Background(), m)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v; want %s", err, c.want)
			}
			folder := filepath.Join(f.Cache(), "cache", "download", "example.org", "shapes", "@v")
			if found, _ := filepath.Glob(filepath.Join(folder, "*zip*")); found != nil {
				t.Errorf("%v are left over", found)
			}
		})
	}
}

// lie changes the uncompressed size that an archive of one file declares.
func lie(archive []byte, from, to uint32) []byte {
	le := func(n uint32) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)} }
	return bytes.ReplaceAll(archive, le(from), le(to))
}

// flip damages the compressed data of the first file.
func flip(archive []byte) []byte {
	out := bytes.Clone(archive)
	out[30+len("example.org/shapes@v1.0.0/a.go")+8] ^= 0x55
	return out
}

func TestCutDownloads(t *testing.T) {
	p := modtest.New(t, shapes)
	m := at("example.org/shapes", "v1.0.0")
	whole := p.Zip(m)
	cuts := 2
	p.Answer = func(w http.ResponseWriter, path string) bool {
		if !strings.HasSuffix(path, ".zip") || cuts == 0 {
			return false
		}
		cuts--
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		w.Write(whole[:len(whole)/2])
		return true
	}
	f := fetcher(t, p.URL)
	if _, err := f.Zip(context.Background(), m); err != nil {
		t.Errorf("cut twice: %v", err)
	}
	cuts = attempts
	if _, err := fetcher(t, p.URL).Zip(context.Background(), m); err == nil ||
		!strings.Contains(err.Error(), "cut short") {
		t.Errorf("always cut: %v", err)
	}
}

func TestServerErrorsAreTriedAgain(t *testing.T) {
	p := modtest.New(t, shapes)
	faults := 2
	p.Answer = func(w http.ResponseWriter, path string) bool {
		if faults > 0 {
			faults--
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	v, err := fetcher(t, p.URL).Resolve(context.Background(), "example.org/shapes", "")
	if v != "v1.2.0" {
		t.Errorf("%s, %v", v, err)
	}
}

func TestProxyLists(t *testing.T) {
	good, empty := modtest.New(t, shapes), modtest.New(t, "")
	broken := modtest.New(t, "")
	broken.Answer = func(w http.ResponseWriter, _ string) bool {
		http.Error(w, "no", http.StatusBadRequest)
		return true
	}
	for _, c := range []struct {
		list string
		ok   bool
	}{
		{empty.URL + "," + good.URL, true},
		{broken.URL + "," + good.URL, false},
		{broken.URL + "|" + good.URL, true},
		{good.URL + ",off", true},
		{"off," + good.URL, false},
		{empty.URL + ",off", false},
	} {
		_, err := fetcher(t, c.list).Zip(context.Background(), at("example.org/shapes", "v1.0.0"))
		if (err == nil) != c.ok {
			t.Errorf("GOPROXY=%s: %v", c.list, err)
		}
	}
	_, err := fetcher(t, "off").Resolve(context.Background(), "example.org/shapes", "")
	if !errors.Is(err, ErrOffline) {
		t.Errorf("GOPROXY=off: %v", err)
	}
}

func TestFileProxyAndCacheFirst(t *testing.T) {
	p := modtest.New(t, shapes)
	first := fetcher(t, p.URL)
	ctx := context.Background()
	m := at("example.org/shapes", "v1.0.0")
	if _, err := first.Mod(ctx, m); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Zip(ctx, m); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(first.Cache(), "cache", "download")
	second := fetcher(t, "file://"+filepath.ToSlash(folder))
	if _, err := second.Zip(ctx, m); err != nil {
		t.Errorf("from a folder: %v", err)
	}
	var said []string
	gone := fetcher(t, "http://127.0.0.1:1", "GOMODCACHE", first.Cache())
	gone.log = func(line string) { said = append(said, line) }
	v, err := gone.Resolve(ctx, "example.org/shapes", "")
	if v != "v1.0.0" || len(said) != 1 || !strings.Contains(said[0], "is in the module cache") {
		t.Errorf("without network: %s, %v, %q", v, err, said)
	}
}

func TestChecksums(t *testing.T) {
	p := modtest.New(t, shapes)
	ctx := context.Background()
	m := at("example.org/shapes", "v1.0.0")
	f := fetcher(t, p.URL)
	if err := f.sums.Read([]byte("example.org/shapes v1.0.0 h1:AAAA=\n" +
		"example.org/shapes v1.0.0/go.mod h1:BBBB=\n")); err != nil {
		t.Fatal(err)
	}
	var mismatch *ErrMismatch
	if _, err := f.Zip(ctx, m); !errors.As(err, &mismatch) || mismatch.Want != "h1:AAAA=" {
		t.Errorf("another archive: %v", err)
	}
	if _, err := f.Mod(ctx, m); !errors.As(err, &mismatch) || mismatch.Want != "h1:BBBB=" {
		t.Errorf("another go.mod: %v", err)
	}
	if f.has(m.Path, m.Version) {
		t.Error("what was refused is in the cache")
	}
}

// serveDatabase serves a checksum database at a proxy and returns GOSUMDB for it.
func serveDatabase(
	t *testing.T, p *modtest.Proxy, sums func(path, version string) ([]byte, error),
) string {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, "sums.example")
	if err != nil {
		t.Fatal(err)
	}
	handler := http.StripPrefix("/sumdb/sums.example",
		sumdb.NewServer(sumdb.NewTestServer(skey, sums)))
	p.Answer = func(w http.ResponseWriter, path string) bool {
		rest, ok := strings.CutPrefix(path, "sumdb/sums.example/")
		if ok && rest != "supported" {
			r, _ := http.NewRequest(http.MethodGet, "/"+path, nil)
			handler.ServeHTTP(w, r)
		}
		return ok
	}
	return vkey
}

func TestChecksumDatabase(t *testing.T) {
	p := modtest.New(t, shapes)
	m := at("example.org/shapes", "v1.0.0")
	hash := func(archive []byte) string {
		name := filepath.Join(t.TempDir(), "x.zip")
		os.WriteFile(name, archive, 0o666)
		h, err := dirhash.HashZip(name, dirhash.Hash1)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	key := serveDatabase(t, p, func(path, version string) ([]byte, error) {
		archive, mod := hash(p.Zip(at(path, version))), hashMod(p.Mod(at(path, version)))
		if version == "v1.2.0" {
			archive = "h1:0000000000000000000000000000000000000000000="
		}
		return fmt.Appendf(nil, "%s %s %s\n%[1]s %[2]s/go.mod %[4]s\n",
			path, version, archive, mod), nil
	})
	ctx := context.Background()
	f := fetcher(t, p.URL, "GOSUMDB", key)
	if _, err := f.Zip(ctx, m); err != nil {
		t.Errorf("a good one: %v", err)
	}
	if _, err := f.Mod(ctx, m); err != nil {
		t.Errorf("a good go.mod: %v", err)
	}
	var mismatch *ErrMismatch
	_, err := f.Zip(ctx, at(m.Path, "v1.2.0"))
	if !errors.As(err, &mismatch) || mismatch.By != "sums.example" {
		t.Errorf("a bad one: %v", err)
	}
	if _, err := fetcher(t, p.URL, "GOSUMDB", key, "GONOSUMDB", "example.org/*").
		Zip(ctx, at(m.Path, "v1.2.0")); err != nil {
		t.Errorf("GONOSUMDB: %v", err)
	}
	_, other, _ := note.GenerateKey(nil, "sums.example")
	if _, err := fetcher(t, p.URL, "GOSUMDB", other).Zip(ctx, m); err == nil {
		t.Error("a database with another key was believed")
	}
}

func TestConcurrentFetches(t *testing.T) {
	p := modtest.New(t, shapes)
	shared := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		f := fetcher(t, p.URL, "GOMODCACHE", shared)
		for range 3 {
			group.Go(func() {
				_, err := f.Zip(context.Background(), at("example.org/shapes", "v1.0.0"))
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	if n := p.Asked("example.org/shapes/@v/v1.0.0.zip"); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestStopped(t *testing.T) {
	p := modtest.New(t, shapes)
	ctx, cancel := context.WithCancel(context.Background())
	p.Answer = func(http.ResponseWriter, string) bool {
		cancel()
		time.Sleep(20 * time.Millisecond)
		return false
	}
	start := time.Now()
	_, err := fetcher(t, p.URL).Zip(ctx, at("example.org/shapes", "v1.0.0"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("it took %v", d)
	}
}

// A proxy may send anything; FuzzAnswers reads all kinds of answers.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"Version":"v1.0.0","Time":"2024-01-02T03:04:05Z"}`), "v1")
	f.Add([]byte("v1.0.0\nv1.1.0 2024-01-02T03:04:05Z\nv2.0.0+incompatible\n"), "")
	f.Add([]byte("example.org/a v1.0.0 h1:abc=\nexample.org/a v1.0.0/go.mod h1:abc=\n"), "v1.2.")
	f.Add([]byte("https://a,direct|off, ,|"), "x")
	f.Fuzz(func(t *testing.T, data []byte, prefix string) {
		v, err := parseInfo("example.org/a", data)
		if err == nil && module.Check("example.org/a", v) != nil {
			t.Errorf("%q was taken for a version", v)
		}
		for _, v := range parseList("example.org/a", prefix, data) {
			if !strings.HasPrefix(v, prefix) || module.Check("example.org/a", v) != nil {
				t.Errorf("%q was taken for a version", v)
			}
		}
		s := NewSums()
		_ = s.Read(data)
		for key := range s.hashes {
			s.used[key] = true
		}
		again := NewSums()
		if err := again.Read(s.Bytes()); err != nil {
			t.Errorf("what was written is not read: %v", err)
		}
		for _, src := range parseProxies(string(data)) {
			if strings.ContainsAny(src.url, ",|") {
				t.Errorf("GOPROXY=%q has an entry %q", data, src.url)
			}
		}
	})
}

func TestTags(t *testing.T) {
	for flags, want := range map[string]string{
		"": "[]", "-mod=mod": "[]", "-tags=a": "[a]", "-x --tags=a,b -v": "[a b]",
		"'-tags=a,b'": "[a b]",
	} {
		if got := fmt.Sprint(parseTags(flags)); got != want {
			t.Errorf("GOFLAGS=%s has tags %s, want %s", flags, got, want)
		}
	}
}
