package magic_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/kernel/ipynb"
	"cliplab/kernel/runner"
)

// gophernotes is the module whose example notebooks must run unchanged. Nothing of it is in
// this repository: it comes from the module cache. Without it the test is skipped, and says so;
// where CLIPLAB_NETWORK is set it may be fetched, and a skip would be a failure.
const gophernotes = "github.com/gopherdata/gophernotes@v0.7.5"

func examples(t *testing.T) string {
	t.Helper()
	online := os.Getenv("CLIPLAB_NETWORK") != ""
	cmd := exec.Command("go", "mod", "download", "-json", gophernotes)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if !online {
		cmd.Env = append(cmd.Env, "GOPROXY=off", "GOSUMDB=off")
	}
	out, err := cmd.Output()
	var module struct{ Dir, Error string }
	if err2 := json.Unmarshal(out, &module); err == nil && err2 == nil && module.Dir != "" {
		return module.Dir
	}
	if online {
		t.Fatalf("%s cannot be fetched: %v %s", gophernotes, err, module.Error)
	}
	t.Skipf("%s is not in the module cache: run go mod download %s, or set CLIPLAB_NETWORK=1",
		gophernotes, gophernotes)
	return ""
}

// offline answers requests of the notebooks from the module's own files.
type offline struct{ files string }

func (o offline) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	switch filepath.Ext(r.URL.Path) {
	case ".svg":
		body = []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>`)
	case ".jpg":
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
			return nil, err
		}
		body = b.Bytes()
	default:
		var err error
		body, err = os.ReadFile(filepath.Join(o.files, filepath.Base(r.URL.Path)))
		if err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: r}, nil
}

// Cells of the notebooks that cannot run, by a part of their source, and why. All others must.
var cannot = map[string]string{
	// Written for gonum/plot before v0.10, whose New returned an error too.
	"p, err := plot.New()": "assignment mismatch: 2 variables but plot.New returns 1 value",
	// The notebook of face recognition wants a server of its own, and a client whose module the
	// proxies do not have any more.
	"machinebox/sdk-go":   "could not import github.com/machinebox/sdk-go/facebox",
	"facebox.New(":        "undefined: facebox",
	"faceboxClient.Teach": "undefined: faceboxClient",
	"faceboxClient.Check": "undefined: faceboxClient",
	"[]facebox.Face `":    "undefined: facebox",
	"IdentifiedFaces{":    "undefined: IdentifiedFaces",
}

// TestGophernotes runs the example notebooks of gophernotes and compares what they show with
// what is stored in them.
func TestGophernotes(t *testing.T) {
	folder := examples(t)
	transport := http.DefaultTransport
	http.DefaultTransport = offline{filepath.Join(folder, "files")}
	t.Cleanup(func() { http.DefaultTransport = transport })
	names, err := filepath.Glob(filepath.Join(folder, "examples", "*.ipynb"))
	if err != nil || len(names) != 4 {
		t.Fatalf("%d example notebooks, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".ipynb"), func(t *testing.T) {
			compareNotebook(t, name)
		})
	}
}

func compareNotebook(t *testing.T, name string) {
	want, err := ipynb.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ipynb.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	delete(got.Metadata, "kernelspec") // it names gophernotes
	_, err = runner.Run(context.Background(), got, runner.Over(newInterpreter()),
		runner.Options{KeepGoing: true})
	if err != nil {
		t.Fatal(err)
	}
	for k, cell := range got.Cells {
		if cell.Type != ipynb.Code {
			continue
		}
		failure := ""
		for _, o := range cell.Outputs {
			if o.Type == ipynb.Error {
				failure = o.EValue
			}
		}
		known := knownFailure(cell.Source)
		switch {
		case failure == "" && known != "":
			t.Errorf("this cell runs now, take it from the list:\n%s", cell.Source)
		case failure != "" && (known == "" || !strings.Contains(failure, known)):
			t.Errorf("%s\nin cell\n%s", failure, cell.Source)
		case failure == "":
			sameShown(t, cell, want.Cells[k])
		}
	}
}

func knownFailure(source string) string {
	for part, why := range cannot {
		if strings.Contains(source, part) {
			return why
		}
	}
	return ""
}

// sameShown wants each mime type that gophernotes stored, and the text where that is all.
func sameShown(t *testing.T, got, want *ipynb.Cell) {
	var shown []map[string]any
	text := ""
	for _, o := range got.Outputs {
		if o.Type == ipynb.Stream {
			text += o.Text
		} else {
			shown = append(shown, o.Data)
		}
	}
	for _, w := range want.Outputs {
		for mime := range w.Data {
			ok := mime == "text/plain"
			for _, data := range shown {
				ok = ok || data[mime] != nil
			}
			if !ok {
				t.Errorf("nothing of %s is shown by\n%s", mime, got.Source)
			}
		}
		plain, _ := w.Data["text/plain"].(string)
		if len(w.Data) == 1 && !strings.Contains(got.Source, "time.Sleep") &&
			strings.TrimSpace(plain) != strings.TrimSpace(text) {
			t.Errorf("printed\n%s\nwant\n%s\nby\n%s", text, plain, got.Source)
		}
	}
}
