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
)

// modelFlags are the options by which a command opens a model.
type modelFlags struct {
	name      string
	revision  string
	precision string
	offline   bool
}

func (f *modelFlags) add(c *cobra.Command) {
	c.Flags().StringVarP(&f.name, "model", "m", lab.Shipped,
		"built-in name, file, folder, or owner/name on the hub")
	c.Flags().StringVar(&f.revision, "revision", "", "branch, tag or commit on the hub")
	c.Flags().StringVar(&f.precision, "precision", "f32", "arithmetic: f32, bf16 or i8")
	c.Flags().BoolVar(&f.offline, "offline", false, "open no connection, use what is cached")
}

// load opens the model.
func (f *modelFlags) load(ctx context.Context) (*lab.Model, error) {
	if f.revision != "" || f.precision != "f32" || f.offline {
		return nil, usageError{errors.New("--revision, --precision and --offline wait for lab.Load")}
	}
	m, err := lab.Load(ctx, f.name)
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
