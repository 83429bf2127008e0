package modules_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/engine"
	"cliplab/kernel/modules"
	"cliplab/kernel/modules/modtest"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

var update = flag.Bool("update", false, "rewrite what the scripts want")

// count is how many packages the kernel has.
var count = regexp.MustCompile(`the \d+ packages`)

// notebook is a session with modules.
type notebook struct {
	t     testing.TB
	proxy *modtest.Proxy
	dir   string // the current folder of the notebook
	env   map[string]string
	set   *modules.Set
	s     *session.Session
	x     *engine.Exec
}

// open starts a session whose modules come from a proxy of the text archive.
func open(t testing.TB, archive string) *notebook {
	t.Helper()
	nb := &notebook{t: t, proxy: modtest.New(t, archive), dir: t.TempDir()}
	nb.env = map[string]string{
		"GOPROXY": nb.proxy.URL, "GOSUMDB": "off", "GOMODCACHE": t.TempDir(),
		"GOPATH": t.TempDir(), "GOENV": "off",
	}
	nb.start()
	return nb
}

// start begins a session that knows of nothing.
func (nb *notebook) start() {
	nb.set = modules.New(symbols.New(), modules.Options{
		Folder: nb.dir, Paths: symbols.Paths,
		Compiled: func() map[string]string {
			return map[string]string{"gonum.org/v1/gonum": "v0.17.0", "github.com/chewxy/hm": "v1.0.0"}
		},
		Env: func(name string) string { return nb.env[name] },
	})
	nb.s = session.New(session.Options{Packages: nb.set, Paths: nb.set.Paths})
}

// run gives what a cell or a special line prints, shows ("= …") and complains of ("! …").
func (nb *notebook) run(src string) string {
	var out bytes.Buffer
	fail := func(err error) {
		for _, line := range strings.Split(err.Error(), "\n") {
			fmt.Fprintf(&out, "! %s\n", line)
		}
	}
	switch spec, isGet := strings.CutPrefix(src, "%go get"); {
	case isGet:
		if err := nb.set.Get(context.Background(), spec, &out); err != nil {
			fail(err)
		}
	case strings.HasPrefix(src, "%reset"):
		nb.set = nb.set.Fresh(symbols.New())
		nb.s = session.New(session.Options{Packages: nb.set, Paths: nb.set.Paths})
	case strings.HasPrefix(src, "%new"):
		nb.start()
	case strings.HasPrefix(src, "%env "):
		key, value, _ := strings.Cut(strings.TrimSpace(src[5:]), "=")
		nb.env[key] = value
	case strings.HasPrefix(src, "%go mod"):
		out.Write(nb.set.ModFile())
	default:
		nb.x = engine.NewExec(context.Background())
		nb.x.Stdout, nb.x.Stderr = &out, &out
		stop := time.AfterFunc(20*time.Second, nb.x.Interrupt)
		defer stop.Stop()
		r, err := nb.s.Execute(src, nb.x)
		for _, v := range r.Values {
			fmt.Fprintf(&out, "= %v\n", v)
		}
		if err != nil {
			fail(err)
		}
	}
	text := strings.NewReplacer(nb.dir, "$DIR", nb.proxy.URL, "$PROXY").Replace(out.String())
	return count.ReplaceAllString(text, "the N packages")
}

func (nb *notebook) write(name string, data []byte) {
	file := filepath.Join(nb.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		nb.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o666); err != nil {
		nb.t.Fatal(err)
	}
}

// TestScripts runs testdata/*.txtar. Files named module@version/file are at the proxy, files
// named dir/file are written into the current folder where they stand, and after each cell
// comes what it wants.
func TestScripts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 5 {
		t.Fatalf("scripts: %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			script(t, name)
		})
	}
}

func script(t *testing.T, name string) {
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	remote := &txtar.Archive{}
	for _, f := range ar.Files {
		if strings.Contains(f.Name, "@") {
			remote.Files = append(remote.Files, f)
		}
	}
	nb := open(t, string(txtar.Format(remote)))
	var last string
	for i, f := range ar.Files {
		switch {
		case strings.Contains(f.Name, "@"):
		case strings.HasPrefix(f.Name, "dir/"):
			nb.write(strings.TrimPrefix(f.Name, "dir/"), f.Data)
		case f.Name == "cell":
			last = nb.run(string(f.Data))
			if i+1 == len(ar.Files) || ar.Files[i+1].Name != "want" {
				t.Fatalf("cell %d has no want", i)
			}
		case f.Name == "want":
			if *update {
				ar.Files[i].Data = []byte(last)
				continue
			}
			if want := string(f.Data); last != want {
				t.Errorf("after\n%sgot:\n%swant:\n%s", ar.Files[i-1].Data, last, want)
			}
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(ar), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSavedFilesAreForTheGoCommand builds a program with what Save wrote.
func TestSavedFilesAreForTheGoCommand(t *testing.T) {
	nb := open(t, `
-- example.org/shapes@v1.0.0/go.mod --
module example.org/shapes

go 1.21

require (
	example.org/deep v1.0.0
	example.org/units v1.1.0
)
-- example.org/shapes@v1.0.0/shapes.go --
package shapes

import "example.org/units"

func Side() string { return units.Name }
-- example.org/units@v1.1.0/go.mod --
module example.org/units

require example.org/deep v1.1.0
-- example.org/units@v1.1.0/units.go --
package units

import "example.org/deep"

const Name = "cm" + deep.Version
-- example.org/deep@v1.0.0/deep.go --
package deep

const Version = "0"
-- example.org/deep@v1.1.0/deep.go --
package deep

const Version = "1"
`)
	if got := nb.run("%go get example.org/shapes"); strings.Contains(got, "!") {
		t.Fatal(got)
	}
	if err := nb.set.Save(nb.dir); err != nil {
		t.Fatal(err)
	}
	nb.write("main.go", []byte("package main\n\nimport \"example.org/shapes\"\n\n"+
		"func main() { println(shapes.Side()) }\n"))
	out, err := goCommand(nb, "run", "-mod=readonly", ".")
	if err != nil || string(out) != "cm1\n" {
		t.Errorf("%v\n%s", err, out)
	}
	want := "[{example.org/deep v1.1.0  true false} {example.org/shapes v1.0.0  false false} " +
		"{example.org/units v1.1.0  true false}]"
	if got := fmt.Sprint(nb.set.List()); got != want {
		t.Errorf("the list is %s, want %s", got, want)
	}
	if err := nb.set.Save(nb.dir); err != nil { // into files that are there
		t.Fatal(err)
	}
	if out, err := goCommand(nb, "mod", "verify"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestConcurrentGets(t *testing.T) {
	nb := open(t, `
-- example.org/a@v1.0.0/a.go --
package a

const Name = "a"
-- example.org/b@v1.0.0/b.go --
package b

const Name = "b"
`)
	done := make(chan string)
	for _, path := range []string{"example.org/a", "example.org/b"} {
		for range 3 {
			go func() {
				var out bytes.Buffer
				err := nb.set.Get(context.Background(), path, &out)
				nb.set.Paths()
				nb.set.List()
				done <- fmt.Sprint(err)
			}()
		}
	}
	for range 6 {
		if err := <-done; err != "<nil>" {
			t.Error(err)
		}
	}
	got := nb.run("import (\"example.org/a\"; \"example.org/b\")\na.Name + b.Name")
	if got != "= ab\n" {
		t.Errorf("got %s", got)
	}
}

func TestGetIsStopped(t *testing.T) {
	nb := open(t, "-- example.org/a@v1.0.0/a.go --\npackage a\n")
	ctx, cancel := context.WithCancel(context.Background())
	nb.proxy.Answer = func(http.ResponseWriter, string) bool { cancel(); return false }
	var out bytes.Buffer
	if err := nb.set.Get(ctx, "example.org/a", &out); err == nil {
		t.Errorf("no error; said %s", &out)
	}
	nb.proxy.Answer = nil
	if got := nb.run("%go get example.org/a"); strings.Contains(got, "!") {
		t.Errorf("the next time: %s", got)
	}
}
