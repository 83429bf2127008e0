package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"cliplab/lab"
	"cliplab/lab/ops"
)

// modelFlags are the options by which a command opens a model.
type modelFlags struct {
	name      string
	revision  string
	precision string
	size      int
	offline   bool
}

func (f *modelFlags) add(c *cobra.Command) {
	c.Flags().StringVarP(&f.name, "model", "m", lab.Shipped,
		"built-in name, file, folder, or owner/name on the hub")
	c.Flags().StringVar(&f.revision, "revision", "", "branch, tag or commit on the hub")
	c.Flags().StringVar(&f.precision, "precision", ops.F32.String(),
		"arithmetic: "+alternatives(precisions()))
	c.Flags().IntVar(&f.size, "size", 0, "pixels a side of the pictures that a vision transformer "+
		"sees; 0 is its own")
	c.Flags().BoolVar(&f.offline, "offline", false, "open no connection, use what is cached")
}

// precisions are the arithmetics that a command offers; their names are those they print.
func precisions() []ops.Precision { return []ops.Precision{ops.F32, ops.BF16, ops.I8} }

// arithmetic is the precision that was asked for. An error says what there is, or that there are no
// such pictures, so that a command can ask before anything is opened or fetched.
func (f *modelFlags) arithmetic() (ops.Precision, error) {
	if f.size < 0 {
		return 0, usageError{fmt.Errorf("--size is %d, want pixels, or 0 for the model's own", f.size)}
	}
	for _, p := range precisions() {
		if p.String() == f.precision {
			return p, nil
		}
	}
	return 0, usageError{fmt.Errorf("--precision is %q, want %s", f.precision,
		alternatives(precisions()))}
}

// alternatives lists names as "a, b or c".
func alternatives[T fmt.Stringer](all []T) string {
	text := ""
	for i, one := range all {
		switch {
		case i > 0 && i == len(all)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += one.String()
	}
	return text
}

// load opens the model.
func (f *modelFlags) load(ctx context.Context) (*lab.Model, error) {
	precision, err := f.arithmetic()
	if err != nil {
		return nil, err
	}
	options := []lab.LoadOption{lab.Revision(f.revision), lab.WithPrecision(precision),
		lab.WithImageSize(f.size)}
	if f.offline {
		options = append(options, lab.Offline())
	}
	m, err := lab.Load(ctx, f.name, options...)
	if errors.Is(err, context.Canceled) {
		return nil, errors.New("stopped; what has been fetched is kept, the same command goes on")
	}
	return m, err
}

// fullName is the model's name as it is found from any folder.
func (f *modelFlags) fullName() string {
	if _, err := os.Stat(f.name); err != nil || f.name == lab.Shipped {
		return f.name
	}
	if path, err := filepath.Abs(f.name); err == nil {
		return path
	}
	return f.name
}

// unknown says which words a model of few words never met.
func unknown(m *lab.Model, captions ...string) string {
	var words []string
	seen := map[string]bool{}
	for _, caption := range captions {
		for _, word := range m.Unknown(caption) {
			if !seen[word] {
				seen[word] = true
				words = append(words, fmt.Sprintf("%q", word))
			}
		}
	}
	if len(words) == 0 {
		return ""
	}
	const most = 10
	more := ""
	if len(words) > most {
		more = fmt.Sprintf(" and %d more", len(words)-most)
		words = words[:most]
	}
	return fmt.Sprintf("note: %s never met %s%s in training and reads them all alike", m.Name,
		strings.Join(words, ", "), more)
}
