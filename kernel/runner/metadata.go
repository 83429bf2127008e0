package runner

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"cliplab/kernel/ipynb"
)

// CheckLanguage refuses notebooks of another language than Go.
func CheckLanguage(nb *ipynb.Notebook) error {
	switch lang := nb.Language(); lang {
	case "", "go", "golang", "gophernotes", "gonb", "cliplab":
		return nil
	default:
		return fmt.Errorf("runner: the notebook is for %s, cliplab runs Go notebooks; "+
			"open it in Jupyter, or set kernelspec.language to go if its cells are Go", lang)
	}
}

// stampTimes writes when the cell ran, under the keys that nbclient writes.
func stampTimes(cell *ipynb.Cell, start, end time.Time) {
	const layout = "2006-01-02T15:04:05.000000Z"
	s, e := start.UTC().Format(layout), end.UTC().Format(layout)
	if cell.Metadata == nil {
		cell.Metadata = map[string]any{}
	}
	cell.Metadata["execution"] = map[string]any{
		"iopub.status.busy":   s,
		"iopub.execute_input": s,
		"iopub.status.idle":   e,
		"shell.execute_reply": e,
	}
}

// describe writes how the notebook was run, and what language it is in if it does not say:
// converters choose the highlighting by language_info.
func describe(nb *ipynb.Notebook, start time.Time, elapsed time.Duration) {
	if nb.Metadata == nil {
		nb.Metadata = map[string]any{}
	}
	if nb.Metadata["kernelspec"] == nil {
		nb.Metadata["kernelspec"] = map[string]any{
			"display_name": "Go (cliplab)", "language": "go", "name": "cliplab",
		}
	}
	if nb.Metadata["language_info"] == nil {
		nb.Metadata["language_info"] = map[string]any{
			"name": "go", "file_extension": ".go", "mimetype": "text/x-go",
			"pygments_lexer": "go", "codemirror_mode": "go",
			"version": strings.TrimPrefix(runtime.Version(), "go"),
		}
	}
	nb.Metadata["cliplab"] = map[string]any{
		"executed": start.UTC().Format(time.RFC3339),
		"seconds":  float64(elapsed.Milliseconds()) / 1000,
		"go":       runtime.Version(),
		"version":  Version(),
		"platform": fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
	}
}

// Version is the version of this program: that of its module, or the commit it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}
