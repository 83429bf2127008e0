package hub

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"cliplab/lab/whole"
)

// store is the folder of one repository in the cache.
type store struct {
	repo    string
	cache   string
	dir     string // cache/models--owner--name
	noLinks bool
}

func (c *Client) store(repo string) store {
	return store{repo, c.Cache, filepath.Join(c.Cache, folder(repo)), c.NoLinks}
}

func (s store) blob(etag string) string { return filepath.Join(s.dir, "blobs", etag) }

func (s store) snapshot(commit string) string { return filepath.Join(s.dir, "snapshots", commit) }

func (s store) pointer(commit, name string) string {
	return filepath.Join(s.snapshot(commit), filepath.FromSlash(name))
}

// lockPath is where huggingface_hub locks a content of the repository, too.
func (s store) lockPath(etag string) string {
	return filepath.Join(s.cache, ".locks", folder(s.repo), etag+".lock")
}

// has gives the path of a cached file of a commit.
func (s store) has(commit, name string) (string, bool) {
	if commit == "" {
		return "", false
	}
	path := s.pointer(commit, name)
	info, err := os.Stat(path) // follows the link: one that dangles is not there
	return path, err == nil && info.Mode().IsRegular()
}

// commitOf is the commit that a revision was when last asked, "" if that is not known.
func (s store) commitOf(revision string) string {
	if commitHash.MatchString(revision) {
		return revision
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "refs", filepath.FromSlash(revision)))
	if err != nil {
		return ""
	}
	commit := strings.TrimSpace(string(text))
	if !commitHash.MatchString(commit) {
		return ""
	}
	return commit
}

// setRef remembers the commit of a branch or tag.
func (s store) setRef(revision, commit string) error {
	if revision == commit || s.commitOf(revision) == commit {
		return nil // the cache may be on a disk that is not to be written
	}
	path := filepath.Join(s.dir, "refs", filepath.FromSlash(revision))
	return write(path, []byte(commit))
}

// noted says whether the commit is known not to have the file.
func (s store) noted(commit, name string) bool {
	info, err := os.Stat(filepath.Join(s.dir, ".no_exist", commit, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// note remembers that the commit does not have the file. It is a hint for the next call, which
// can do without. A branch of which older files are cached stays where it was.
func (s store) note(revision, commit, name string) {
	path := filepath.Join(s.dir, ".no_exist", commit, filepath.FromSlash(name))
	if os.MkdirAll(filepath.Dir(path), 0o777) != nil {
		return
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666); err == nil {
		f.Close()
	}
	if s.commitOf(revision) == "" {
		_ = s.setRef(revision, commit)
	}
}

// cacheTag tells backup tools that the folder can be fetched again; its first line is what the
// Cache Directory Tagging Specification wants.
const cacheTag = "Signature: 8a477f597d28d172789f06886806bc55\n" +
	"# This folder is a cache, see https://bford.info/cachedir/\n"

// tag makes the cache and marks it as one.
func (s store) tag() error {
	if err := os.MkdirAll(s.cache, 0o777); err != nil {
		return fmt.Errorf("hub: the cache cannot be made; set HF_HOME to a folder that can: %w", err)
	}
	path := filepath.Join(s.cache, "CACHEDIR.TAG")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return write(path, []byte(cacheTag))
}

// link makes a file of a commit out of a content: a relative link, or where links cannot be
// made the content itself if it is fresh, a copy if another commit may have it.
func (s store) link(m meta, name string, fresh bool) (string, error) {
	path, blob := s.pointer(m.commit, name), s.blob(m.etag)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", fmt.Errorf("hub: %s of %s: %w", name, s.repo, err)
	}
	err := s.symlink(blob, path)
	if err != nil && fresh {
		err = os.Rename(blob, path)
	} else if err != nil {
		err = copyFile(blob, path)
	}
	if err != nil {
		return "", fmt.Errorf("hub: %s of %s: %w", name, s.repo, err)
	}
	return path, nil
}

func (s store) symlink(blob, path string) error {
	if s.noLinks {
		return errors.New("links are not wanted")
	}
	target, err := filepath.Rel(filepath.Dir(path), blob)
	if err != nil {
		return err
	}
	beside := path + "." + unique() + ".tmp" // a link that dangles may be in the way
	if err := os.Symlink(target, beside); err != nil {
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		os.Remove(beside)
		return err
	}
	return nil
}

// copyFile copies so that the copy appears when it is whole.
func copyFile(src, dst string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	return whole.Write(dst, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// write writes a file of the cache, and the folders it is in.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("hub: the cache cannot be written: %w", err)
	}
	if err := whole.WriteBytes(path, content); err != nil {
		return fmt.Errorf("hub: the cache cannot be written: %w", err)
	}
	return nil
}

// unique is a part of a name that no other process takes.
func unique() string { return fmt.Sprintf("%08x", rand.Uint32()) }
