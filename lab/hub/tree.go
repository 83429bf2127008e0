package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

const maxPages = 1000 // of a listing, 1000 files each

// entry is one file of a commit, in the words of the cached listing of huggingface_hub.
type entry struct {
	Size      int64  `json:"size"`
	BlobID    string `json:"blob_id"`
	LFSSHA256 string `json:"lfs_sha256,omitempty"`
	LFSSize   *int64 `json:"lfs_size,omitempty"`
	XetHash   string `json:"xet_hash,omitempty"`
}

func (e entry) length() int64 {
	if e.LFSSize != nil {
		return *e.LFSSize
	}
	return e.Size
}

// tree is the files of a commit. A commit never changes, so that its listing is kept for ever.
type tree map[string]entry

type cachedTree struct {
	Format int  `json:"format_version"`
	Files  tree `json:"files"`
}

func (s store) treePath(commit string) string {
	return filepath.Join(s.dir, "trees", commit+".json")
}

// cachedTree is the kept listing of a commit, nil if there is none that can be read.
func (s store) cachedTree(commit string) tree {
	text, err := os.ReadFile(s.treePath(commit))
	if err != nil {
		return nil
	}
	return parseTree(text)
}

func parseTree(text []byte) tree {
	var c cachedTree
	if json.Unmarshal(text, &c) != nil || c.Format != 1 {
		return nil
	}
	return c.Files
}

// keepTree writes the listing for the next time, which can do without.
func (s store) keepTree(commit string, t tree) {
	if text, err := json.MarshalIndent(cachedTree{1, t}, "", " "); err == nil {
		_ = write(s.treePath(commit), text)
	}
}

// listed is one line of the hub's listing.
type listed struct {
	Type string `json:"type"` // file or directory
	Path string `json:"path"`
	OID  string `json:"oid"`
	Size int64  `json:"size"`
	LFS  *struct {
		OID  string `json:"oid"`
		Size int64  `json:"size"`
	} `json:"lfs"`
	XetHash string `json:"xetHash"`
}

// list asks the hub for the files of a commit.
func (c *Client) list(ctx context.Context, s store, commit string) (tree, error) {
	if t := s.cachedTree(commit); t != nil {
		return t, nil
	}
	t := tree{}
	address := c.Endpoint + "/api/models/" + s.repo + "/tree/" + commit +
		"?recursive=true&expand=false"
	for page := 0; address != ""; page++ {
		if page == maxPages {
			return nil, &answerError{fmt.Errorf("hub: the listing of %s has no end", s.repo)}
		}
		var lines []listed
		next, err := c.ask(ctx, s, commit, address, &lines)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.Type != "file" {
				continue
			}
			e := entry{Size: l.Size, BlobID: l.OID, XetHash: l.XetHash}
			if l.LFS != nil {
				e.LFSSHA256, e.LFSSize = l.LFS.OID, &l.LFS.Size
			}
			t[l.Path] = e
		}
		address = next
	}
	s.keepTree(commit, t)
	return t, nil
}

// resolve asks the hub for the commit of a revision.
func (c *Client) resolve(ctx context.Context, s store, revision string) (string, error) {
	if commitHash.MatchString(revision) {
		return revision, nil
	}
	var info struct {
		SHA string `json:"sha"`
	}
	address := c.Endpoint + "/api/models/" + s.repo + "/revision/" + url.PathEscape(revision)
	if _, err := c.ask(ctx, s, revision, address, &info); err != nil {
		return "", err
	}
	if err := checkCommit(info.SHA); err != nil {
		return "", &answerError{err}
	}
	return info.SHA, nil
}

// matching is the names that a caller wants, sorted.
func (t tree) matching(patterns []string) ([]string, error) {
	var names []string
	for name := range t {
		if matches(patterns, name) {
			if err := checkName("the repository's file name", name); err != nil {
				return nil, err
			}
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// noMatch says what a repository has in place of what was wanted.
func (t tree) noMatch(s store, revision string, patterns []string) error {
	var names []string
	for name := range t {
		names = append(names, name)
	}
	sort.Strings(names)
	const most = 12
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return fmt.Errorf("%w: %s at %s has nothing that matches %q; it has %q%s", ErrFileNotFound,
		s.repo, revision, strings.Join(patterns, " "), names, more)
}
