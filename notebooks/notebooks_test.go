package notebooks

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cliplab/kernel/ipynb"
	"cliplab/kernel/runner"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
	"cliplab/lab/progress"
)

var update = flag.Bool("update", false, "write the records of all notebooks anew")

// quiet is a sink for progress bars, which tell times that differ from run to run.
type quiet struct{}

func (quiet) Update(progress.State) {}

// TestNotebooks runs every notebook of this folder in a fresh session and compares the text
// of all its outputs with the record.
func TestNotebooks(t *testing.T) {
	defer progress.SetSink(quiet{})()
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebooks here: %v", err)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			nb, err := ipynb.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			executor := runner.NewGo(session.Options{Packages: symbols.New(), Paths: symbols.Paths})
			if _, err := runner.Run(context.Background(), nb, executor, runner.Options{}); err != nil {
				t.Fatal(err)
			}
			if *update {
				savePicture(t, nb)
			}
			compare(t, filepath.Join("testdata", strings.TrimSuffix(path, ".ipynb")+".txt"), record(nb))
		})
	}
}

// savePicture writes the picture of the README, which the cell tagged readme-picture draws.
func savePicture(t *testing.T, nb *ipynb.Notebook) {
	for _, cell := range nb.Cells {
		if !cell.HasTag("readme-picture") {
			continue
		}
		for _, out := range cell.Outputs {
			if png, ok := out.Data["image/png"].([]byte); ok {
				if err := os.WriteFile("similarity.png", png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// record is the text of all outputs, cell by cell.
func record(nb *ipynb.Notebook) string {
	var b strings.Builder
	for _, cell := range nb.Cells {
		if cell.Type != ipynb.Code {
			continue
		}
		fmt.Fprintf(&b, "== In[%d] %s\n", cell.ExecutionCount, cell.FirstLine())
		for _, out := range cell.Outputs {
			text := out.Text
			if plain, ok := out.Data["text/plain"].(string); ok {
				text = plain
			}
			b.WriteString(strings.TrimRight(text, "\n") + "\n")
		}
	}
	return duration.ReplaceAllString(b.String(), "in … s")
}

// duration is what differs from run to run.
var duration = regexp.MustCompile(`\bin \d+(\.\d+)? ?m?s\b`)

func compare(t *testing.T, path, got string) {
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./notebooks -update writes it", err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	if len(gotLines) != len(wantLines) {
		t.Errorf("%d lines of output, the record has %d", len(gotLines), len(wantLines))
	}
	for i := range min(len(gotLines), len(wantLines)) {
		if difference := differs(gotLines[i], wantLines[i]); difference != "" {
			t.Errorf("%s:%d: %s\n got  %s\n want %s", path, i+1, difference, gotLines[i], wantLines[i])
		}
	}
}

var number = regexp.MustCompile(`[-+−]?\d+(\.\d+)?(e[-+]?\d+)?`)

// differs compares two lines: words must be the same, numbers within what another processor's
// order of summation can change after 100 training steps, 2 % or 0.03.
func differs(got, want string) string {
	if number.ReplaceAllString(got, "#") != number.ReplaceAllString(want, "#") {
		return "other words"
	}
	gotNumbers, wantNumbers := number.FindAllString(got, -1), number.FindAllString(want, -1)
	for i := range gotNumbers {
		g, w := value(gotNumbers[i]), value(wantNumbers[i])
		if math.Abs(g-w) > 0.03+0.02*math.Abs(w) {
			return fmt.Sprintf("%s instead of %s", gotNumbers[i], wantNumbers[i])
		}
	}
	return ""
}

func value(s string) float64 {
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, "−", "-"), 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// TestShape holds the notebooks to what a lesson should be: no outputs in the file, short
// cells, and at least as much prose as code.
func TestShape(t *testing.T) {
	paths, _ := filepath.Glob("*.ipynb")
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || info.Size() > 300<<10 {
			t.Errorf("%s: %d bytes, %v", path, info.Size(), err)
		}
		nb, err := ipynb.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		prose, code := 0, 0
		for i, cell := range nb.Cells {
			lines := strings.Count(cell.Source, "\n") + 1
			if cell.Type != ipynb.Code {
				prose += len(cell.Source)
				continue
			}
			code += len(cell.Source)
			if len(cell.Outputs) > 0 {
				t.Errorf("%s: cell %d is committed with outputs", path, i)
			}
			if lines > 20 {
				t.Errorf("%s: cell %d has %d lines", path, i, lines)
			}
		}
		if prose < code {
			t.Errorf("%s: %d bytes of prose, %d of code", path, prose, code)
		}
	}
}
