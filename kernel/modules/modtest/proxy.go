package modtest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/txtar"
)

// Proxy serves modules by the GOPROXY protocol.
type Proxy struct {
	URL string

	// Answer may answer a request, as the path below URL, instead of the proxy. It returns
	// false to leave it to the proxy.
	Answer func(w http.ResponseWriter, path string) bool

	mu      sync.Mutex
	modules map[module.Version]map[string][]byte
	asked   map[string]int
}

// New starts a proxy of the modules in a text archive, whose files are named
// path@version/file. A module without a go.mod file gets one.
func New(t testing.TB, archive string) *Proxy {
	t.Helper()
	p := &Proxy{modules: map[module.Version]map[string][]byte{}, asked: map[string]int{}}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path, rest, ok := strings.Cut(f.Name, "@")
		version, name, ok2 := strings.Cut(rest, "/")
		if !ok || !ok2 {
			t.Fatalf("modtest: %s is not path@version/file", f.Name)
		}
		m := module.Version{Path: path, Version: version}
		if p.modules[m] == nil {
			p.modules[m] = map[string][]byte{"go.mod": []byte("module " + path + "\n")}
		}
		p.modules[m][name] = f.Data
	}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Asked is how often a path was asked for.
func (p *Proxy) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// Zip is the archive of a module, nil if there is none.
func (p *Proxy) Zip(m module.Version) []byte {
	files, ok := p.modules[m]
	if !ok {
		return nil
	}
	prefixed := map[string][]byte{}
	for name, data := range files {
		prefixed[m.Path+"@"+m.Version+"/"+name] = data
	}
	return Archive(prefixed)
}

// Archive makes a zip archive of files, in the order of their names.
func Archive(files map[string][]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Mod is the go.mod file of a module.
func (p *Proxy) Mod(m module.Version) []byte { return p.modules[m]["go.mod"] }

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	p.mu.Lock()
	p.asked[path]++
	answer := p.Answer
	p.mu.Unlock()
	if answer != nil && answer(w, path) {
		return
	}
	data, ok := p.file(path)
	if !ok {
		http.Error(w, "not found: "+path, http.StatusNotFound)
		return
	}
	w.Write(data)
}

// file is what the proxy serves under a path.
func (p *Proxy) file(path string) ([]byte, bool) {
	escaped, name, ok := strings.Cut(path, "/@v/")
	if !ok {
		return nil, false
	}
	mod, err := module.UnescapePath(escaped)
	if err != nil {
		return nil, false
	}
	if name == "list" {
		list := p.versions(mod)
		return []byte(strings.Join(list, "\n")), len(list) > 0
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return nil, false
	}
	version, err := module.UnescapeVersion(name[:dot])
	m := module.Version{Path: mod, Version: version}
	if _, ok := p.modules[m]; !ok || err != nil {
		return nil, false
	}
	switch name[dot:] {
	case ".info":
		return fmt.Appendf(nil, `{"Version":%q,"Time":"2024-01-02T03:04:05Z"}`, version), true
	case ".mod":
		return p.Mod(m), true
	case ".zip":
		return p.Zip(m), true
	}
	return nil, false
}

func (p *Proxy) versions(mod string) []string {
	var list []string
	for m := range p.modules {
		if m.Path == mod {
			list = append(list, m.Version)
		}
	}
	slices.SortFunc(list, semver.Compare)
	return list
}
