package hub

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// atOnce is how many files of a snapshot are fetched at the same time.
const atOnce = 4

// Snapshot gives the folder of a commit with all files in it that match one of the patterns, or
// all files without patterns, fetching those that are not cached.
//
//	patterns  as in Python's fnmatch: "*" also matches slashes, "?" one character, "[a-z]"
//
// Other files may be in the folder too. Errors and revision are as for File; that no file
// matches is ErrFileNotFound, and its text lists what there is.
func (c *Client) Snapshot(ctx context.Context, repo, revision string,
	patterns ...string) (string, error) {
	s, revision, err := c.start(ctx, repo, revision)
	if err != nil {
		return "", err
	}
	if c.Offline {
		return c.cachedSnapshot(s, revision, patterns, errOffline)
	}
	commit, files, err := c.look(ctx, s, revision)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		if !mayUseCached(err) {
			return "", err
		}
		return c.cachedSnapshot(s, revision, patterns, err)
	}
	names, err := files.matching(patterns)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", files.noMatch(s, revision, patterns)
	}
	if err := c.bringAll(ctx, s, commit, files, names); err != nil {
		return "", err
	}
	_ = s.setRef(revision, commit) // a cache that may not be written serves all the same
	return s.snapshot(commit), nil
}

// look asks for the commit of a revision and its files. A commit whose files are known needs no
// question.
func (c *Client) look(ctx context.Context, s store, revision string) (string, tree, error) {
	commit, err := c.resolve(ctx, s, revision)
	if err != nil {
		return "", nil, err
	}
	files, err := c.list(ctx, s, commit)
	return commit, files, err
}

// bringAll fetches what is not cached, a few files at a time. The first failure stops all.
func (c *Client) bringAll(ctx context.Context, s store, commit string, files tree,
	names []string) error {
	var missing []string
	var size int64
	for _, name := range names {
		if _, ok := s.has(commit, name); !ok {
			missing = append(missing, name)
			size += max(files[name].length(), 0)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	meter := c.meter(s.repo, size)
	defer meter.done()
	work := make(chan string)
	var wg sync.WaitGroup
	for range min(atOnce, len(missing)) {
		wg.Go(func() {
			for name := range work {
				if err := c.bringOne(ctx, s, commit, name, meter); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, name := range missing {
		select {
		case work <- name:
		case <-ctx.Done():
		}
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

func (c *Client) bringOne(ctx context.Context, s store, commit, name string, m *meter) error {
	meta, err := c.head(ctx, s, commit, name, true)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.notCached(s, commit, name, err)
	}
	if meta.commit != commit {
		return fmt.Errorf("hub: %s gives commit %s of %s, %s was asked for", c.Endpoint,
			meta.commit, s.repo, commit)
	}
	_, err = c.bring(ctx, s, meta, name, m)
	return err
}

// cachedSnapshot gives the folder if all that is wanted of it is there. Without a listing, which
// old caches do not have, one match is all that can be checked.
func (c *Client) cachedSnapshot(s store, revision string, patterns []string,
	why error) (string, error) {
	commit := s.commitOf(revision)
	what := strings.Join(patterns, " ")
	if what == "" {
		what = "the snapshot"
	}
	if commit == "" {
		return "", c.notCached(s, revision, what, why)
	}
	files := s.cachedTree(commit)
	if files == nil {
		if s.anyMatch(commit, patterns) {
			return s.snapshot(commit), nil
		}
		return "", c.notCached(s, revision, what, why)
	}
	names, err := files.matching(patterns)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", files.noMatch(s, revision, patterns)
	}
	for _, name := range names {
		if _, ok := s.has(commit, name); !ok {
			return "", c.notCached(s, revision, name, why)
		}
	}
	return s.snapshot(commit), nil
}

func (s store) anyMatch(commit string, patterns []string) bool {
	root, found := s.snapshot(commit), false
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err == nil && matches(patterns, filepath.ToSlash(name)) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
