package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"cliplab/lab/filelock"
)

// Client fetches from one hub into one cache. Its methods may be called from several goroutines,
// and several processes may share a cache. Make one by Default, or with Cache and Endpoint set.
type Client struct {
	Cache    string       // the folder that has models--owner--name in it
	Endpoint string       // scheme and host of the hub, without a slash at the end
	Token    string       // sent to the hub only; "" for none
	Offline  bool         // use what is cached, open no connection
	NoLinks  bool         // copy where links are made otherwise
	Quiet    bool         // show no progress
	HTTP     *http.Client // nil for one of its own; redirects are followed by Client

	err   error         // what kept Default from reading its settings, told at the first use
	pause time.Duration // before the first retry, doubled for each; 0 for a second
	stall time.Duration // without a byte before a connection is given up; 0 for half a minute
}

// File gives the path of one file of a repository, fetching it if it is not cached.
//
//	repo      "owner/name", or "name" for the few without owner
//	revision  branch, tag or commit; "" is "main"
//	filename  with slashes, such as "onnx/model.onnx"
//
// A branch or tag is looked up on the hub each time; where the hub cannot be reached, what is
// cached of it is given. The path is within Cache and only to be read.
//
// Errors that callers may branch on are ErrGated, ErrRepoNotFound, ErrRevisionNotFound,
// ErrFileNotFound and ErrNotCached. A done ctx keeps the part that has arrived.
func (c *Client) File(ctx context.Context, repo, revision, filename string) (string, error) {
	s, revision, err := c.start(ctx, repo, revision)
	if err != nil {
		return "", err
	}
	if err := checkName("the file name", filename); err != nil {
		return "", err
	}
	if commitHash.MatchString(revision) {
		if path, ok := s.has(revision, filename); ok {
			return path, nil
		}
	}
	known := s.commitOf(revision)
	if known != "" && s.noted(known, filename) && (c.Offline || known == revision) {
		return "", fmt.Errorf("%w: %s at %s has no %s", ErrFileNotFound, repo, revision, filename)
	}
	path, cached := s.has(known, filename)
	if c.Offline {
		if cached {
			return path, nil
		}
		return "", c.notCached(s, revision, filename, errOffline)
	}
	m, err := c.head(ctx, s, revision, filename, !cached)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		if cached && mayUseCached(err) {
			return path, nil
		}
		return "", c.notCached(s, revision, filename, err)
	}
	path, err = c.bringAlone(ctx, s, m, filename)
	if err != nil {
		return "", err
	}
	_ = s.setRef(revision, m.commit) // a cache that may not be written serves all the same
	return path, nil
}

// start checks what every call is given.
func (c *Client) start(ctx context.Context, repo, revision string) (store, string, error) {
	if c.err != nil {
		return store{}, "", c.err
	}
	if err := ctx.Err(); err != nil {
		return store{}, "", err
	}
	if err := checkRepo(repo); err != nil {
		return store{}, "", err
	}
	if revision == "" {
		revision = "main"
	}
	if err := checkName("the revision", revision); err != nil {
		return store{}, "", err
	}
	if c.Cache == "" {
		return store{}, "", errors.New("hub: a client wants Cache; see hub.Default")
	}
	if u, err := url.Parse(c.Endpoint); !c.Offline && (err != nil || u.Host == "" ||
		u.Scheme != "http" && u.Scheme != "https") {
		return store{}, "", fmt.Errorf("hub: HF_ENDPOINT is %q; want an address such as %s",
			c.Endpoint, PublicEndpoint)
	}
	return c.store(repo), revision, nil
}

// bringAlone is bring with a progress bar, for what is not there.
func (c *Client) bringAlone(ctx context.Context, s store, m meta, name string) (string, error) {
	if path, ok := s.has(m.commit, name); ok {
		return path, nil
	}
	meter := c.meter(s.repo+" "+name, m.size)
	defer meter.done()
	return c.bring(ctx, s, m, name, meter)
}

// bring gives the path of a file of which the hub has said the commit and the ETag, fetching its
// content if that is not cached.
func (c *Client) bring(ctx context.Context, s store, m meta, filename string,
	meter *meter) (string, error) {
	if err := s.tag(); err != nil {
		return "", err
	}
	unlock, err := filelock.Lock(ctx, s.lockPath(m.etag))
	if err != nil {
		return "", fmt.Errorf("hub: %s of %s: %w", filename, s.repo, err)
	}
	defer unlock()
	if path, ok := s.has(m.commit, filename); ok { // by who had the lock before
		meter.add(max(m.size, 0))
		return path, nil
	}
	fresh := !s.whole(m)
	if fresh {
		d := download{Client: c, store: s, meta: m, name: filename, meter: meter}
		if err := d.run(ctx); err != nil {
			return "", err
		}
	} else {
		meter.add(max(m.size, 0))
	}
	return s.link(m, filename, fresh)
}

// whole says whether the content is cached in the length that the hub tells.
func (s store) whole(m meta) bool {
	info, err := os.Stat(s.blob(m.etag))
	return err == nil && info.Mode().IsRegular() && (m.size < 0 || info.Size() == m.size)
}
