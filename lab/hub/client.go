package hub

import (
	"context"
	"net/http"
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

	err error // what kept Default from reading its settings, told at the first use
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
	return "", ErrNotCached
}

// Snapshot gives the folder of a commit with all files in it that match one of the patterns, or
// all files without patterns, fetching those that are not cached.
//
//	patterns  as in Python's fnmatch: "*" also matches slashes, "?" one character, "[a-z]"
//
// Other files may be in the folder too. Errors and revision are as for File; that no file
// matches is ErrFileNotFound, and its text lists what there is.
func (c *Client) Snapshot(ctx context.Context, repo, revision string,
	patterns ...string) (string, error) {
	return "", ErrNotCached
}
