package hub

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

var (
	// ErrGated is returned when the repository wants a token that may read it.
	ErrGated = errors.New("hub: access refused")
	// ErrRepoNotFound is returned when there is no such repository, or none that the token may see.
	ErrRepoNotFound = errors.New("hub: no such repository")
	// ErrRevisionNotFound is returned when the repository has no such branch, tag or commit.
	ErrRevisionNotFound = errors.New("hub: no such revision")
	// ErrFileNotFound is returned when the revision has no such file.
	ErrFileNotFound = errors.New("hub: no such file")
	// ErrNotCached is returned when a file is not cached and the hub cannot be asked.
	ErrNotCached = errors.New("hub: not cached")
)

var errOffline = errors.New("offline mode opens no connection")

// statusError is an answer of the hub that may be another one later.
type statusError struct {
	url    string
	status string
	code   int
	after  time.Duration // it asks to wait so long; 0 if it says nothing
}

func newStatusError(r *http.Response) *statusError {
	e := &statusError{url: place(r.Request.URL), status: r.Status, code: r.StatusCode}
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.after = time.Duration(min(seconds, 60)) * time.Second
	}
	return e
}

// Error says which address gave which status.
func (e *statusError) Error() string { return fmt.Sprintf("%s answers %s", e.url, e.status) }

// refusal turns the hub's answer into an error that says what to do; nil for an answer that is
// none. The hub tells its reason in X-Error-Code; without, the status has to do.
func (c *Client) refusal(r *http.Response, repo, revision, name string) error {
	if r.StatusCode < 400 || r.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return nil
	}
	status := newStatusError(r)
	if !c.isHub(r.Request.URL) {
		return status // of the host that keeps large files
	}
	page := c.Endpoint + "/" + repo
	switch code := r.Header.Get("X-Error-Code"); {
	case code == "GatedRepo":
		return fmt.Errorf("%w: %s is gated: accept its terms at %s, and set HF_TOKEN to a token "+
			"that may read it", ErrGated, repo, page)
	case code == "RevisionNotFound":
		return fmt.Errorf("%w: %s has no branch, tag or commit %q; see %s/tree/main",
			ErrRevisionNotFound, repo, revision, page)
	case code == "EntryNotFound":
		return fmt.Errorf("%w: %s at %s has no %s; see %s/tree/main", ErrFileNotFound, repo,
			revision, name, page)
	case r.StatusCode == http.StatusUnauthorized && c.Token != "",
		r.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: %s answers %s for %s; the token (HF_TOKEN, or the token file) is "+
			"wrong, expired, or may not read it", ErrGated, c.Endpoint, r.Status, repo)
	case code == "RepoNotFound", r.StatusCode == http.StatusUnauthorized,
		r.StatusCode == http.StatusNotFound && name == "":
		return fmt.Errorf("%w: %s does not know %q; check the spelling, and if it is private, "+
			"set HF_TOKEN to a token that may read it", ErrRepoNotFound, c.Endpoint, repo)
	case r.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %s at %s has no %s, says %s", ErrFileNotFound, repo, revision,
			name, c.Endpoint)
	}
	return status
}

// mayUseCached says whether what is cached may stand in: the hub does not deny what was asked.
func mayUseCached(err error) bool {
	return !errors.Is(err, ErrRevisionNotFound) && !errors.Is(err, ErrFileNotFound)
}

// answered says whether the hub gave its word: no use to ask again.
func answered(err error) bool {
	for _, e := range []error{ErrGated, ErrRepoNotFound, ErrRevisionNotFound, ErrFileNotFound} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// notCached explains why a file or snapshot can be had neither from the hub nor from the cache.
func (c *Client) notCached(s store, revision, what string, why error) error {
	var wrong *answerError
	switch {
	case answered(why), errors.As(why, &wrong):
		return why
	case why == errOffline:
		return fmt.Errorf("%w: %s of %s at %s is not in %s, and offline mode opens no connection; "+
			"fetch it once without HF_HUB_OFFLINE", ErrNotCached, what, s.repo, revision, s.cache)
	}
	return fmt.Errorf("%w: %s of %s at %s is not in %s, and %s cannot be asked: %w; connect, set "+
		"HF_ENDPOINT to a mirror, or copy %s there from another machine", ErrNotCached, what,
		s.repo, revision, s.cache, c.Endpoint, why, folder(s.repo))
}
