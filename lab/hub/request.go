package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	askTimeout = 10 * time.Second // for an answer without content, as huggingface_hub waits
	maxHops    = 10
	maxJSON    = 64 << 20
)

// answerError is an answer that no hub would give.
type answerError struct{ error }

// meta is what the hub says about a file before sending it.
type meta struct {
	url    string
	commit string
	etag   string
	size   int64 // −1 if it does not say
}

func (c *Client) fileURL(repo, revision, name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return c.Endpoint + "/" + repo + "/resolve/" + url.PathEscape(revision) + "/" +
		strings.Join(parts, "/")
}

// head asks for the commit, the ETag and the size of a file. Large files are redirected to
// another host, and then the hub's own answer has them.
func (c *Client) head(ctx context.Context, s store, revision, name string,
	stubborn bool) (meta, error) {
	m := meta{url: c.fileURL(s.repo, revision, name), size: -1}
	err := c.retry(ctx, stubborn, func(ctx context.Context) error {
		r, err := c.do(ctx, http.MethodHead, m.url, 0, false)
		if err != nil {
			return err
		}
		r.Body.Close()
		commit := r.Header.Get("X-Repo-Commit")
		if err := c.refusal(r, s.repo, revision, name); err != nil {
			if errors.Is(err, ErrFileNotFound) && commitHash.MatchString(commit) {
				s.note(revision, commit, name)
			}
			return err
		}
		if err := checkCommit(commit); err != nil {
			return &answerError{err}
		}
		linked := r.Header.Get("X-Linked-Etag")
		if linked == "" {
			linked = r.Header.Get("ETag")
		}
		etag, err := cleanETag(linked)
		if err != nil {
			return &answerError{err}
		}
		size, err := sizeOf(r)
		if err != nil {
			return &answerError{err}
		}
		m.commit, m.etag, m.size = commit, etag, size
		m.url = c.fileURL(s.repo, commit, name) // the branch may move meanwhile
		return nil
	})
	return m, err
}

// sizeOf is the length of the file, −1 if the answer does not say.
func sizeOf(r *http.Response) (int64, error) {
	text := r.Header.Get("X-Linked-Size")
	if text == "" && r.StatusCode < 300 {
		text = r.Header.Get("Content-Length")
	}
	if text == "" {
		return -1, nil
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 {
		return 0, fmt.Errorf("hub: %s gives %.40q as the length of a file",
			place(r.Request.URL), text)
	}
	return size, nil
}

// ask reads a JSON answer of the hub's API, and gives the address of the next page if there is
// one.
func (c *Client) ask(ctx context.Context, s store, revision, address string,
	into any) (next string, err error) {
	err = c.retry(ctx, true, func(ctx context.Context) error {
		r, err := c.do(ctx, http.MethodGet, address, 0, true)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if err := c.refusal(r, s.repo, revision, ""); err != nil {
			return err
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxJSON))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(body, into); err != nil {
			return &answerError{fmt.Errorf("hub: %s does not answer as a hub does: %w; if "+
				"HF_ENDPOINT is set, does it point to a hub?", address, err)}
		}
		next = nextPage(r.Header.Get("Link"))
		return nil
	})
	return next, err
}

// nextPage finds the address in a header as <https://…?cursor=…>; rel="next".
func nextPage(link string) string {
	for part := range strings.SplitSeq(link, ",") {
		address, rel, ok := strings.Cut(strings.TrimSpace(part), ">")
		if ok && strings.HasPrefix(address, "<") && strings.Contains(rel, `rel="next"`) {
			return address[1:]
		}
	}
	return ""
}

// do sends a request and follows redirects: all of them with follow, and otherwise only those
// that stay on the hub, since their target tells more. The token goes to the hub only.
func (c *Client) do(ctx context.Context, method, address string, offset int64,
	follow bool) (*http.Response, error) {
	secure := false
	for range maxHops {
		req, err := http.NewRequestWithContext(ctx, method, address, nil)
		if err != nil {
			return nil, &answerError{fmt.Errorf("hub: %w; is HF_ENDPOINT an address?", err)}
		}
		if secure && req.URL.Scheme != "https" {
			return nil, &answerError{fmt.Errorf("hub: %s would go on without TLS",
				place(req.URL))}
		}
		secure = req.URL.Scheme == "https"
		req.Header.Set("User-Agent", "cliplab; hub")
		req.Header.Set("Accept-Encoding", "identity") // lengths and ranges are those of the file
		if c.Token != "" && c.isHub(req.URL) {
			req.Header.Set("Authorization", "Bearer "+c.Token)
		}
		if offset > 0 {
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		}
		r, err := c.client().Do(req)
		if err != nil {
			return nil, err
		}
		target, err := r.Location()
		if r.StatusCode/100 != 3 || err != nil {
			return r, nil
		}
		if !follow && origin(target) != origin(req.URL) && !c.isHub(target) {
			return r, nil
		}
		r.Body.Close()
		address = target.String()
	}
	return nil, &answerError{fmt.Errorf("hub: more than %d redirects at %s", maxHops, address)}
}

// client is the caller's or the package's, without its own way of following redirects.
func (c *Client) client() *http.Client {
	own := http.Client{Transport: transport()}
	if c.HTTP != nil {
		own = *c.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// transport gives up on hosts that do not answer, not on long downloads.
var transport = sync.OnceValue(func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: askTimeout}).DialContext
	t.ResponseHeaderTimeout = 30 * time.Second
	t.DisableCompression = true
	return t
})

// isHub says whether the token may go there: scheme, host and port are the hub's.
func (c *Client) isHub(u *url.URL) bool {
	hub, err := url.Parse(c.Endpoint)
	return err == nil && origin(u) == origin(hub)
}

// place is an address without its query, which may be signed.
func place(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
