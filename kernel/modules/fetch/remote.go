package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

var (
	// ErrUnknown is returned when every source says that there is no such module or
	// version.
	ErrUnknown = errors.New("no such module or version")
	// ErrOffline is returned when GOPROXY=off, or the caller, forbids to ask.
	ErrOffline = errors.New("fetching is switched off (GOPROXY=off)")
	// errDirect is returned when only a version control system may be asked.
	errDirect = errors.New("only version control can tell")
)

// open asks the sources of a module for a file of it, as list or v1.2.3.zip.
func (f *Fetcher) open(ctx context.Context, path, file string) (io.ReadCloser, error) {
	if f.offline {
		return nil, ErrOffline
	}
	escaped, err := module.EscapePath(path)
	if err != nil {
		return nil, err
	}
	var first error
	for _, src := range f.set.sources(path) {
		var body io.ReadCloser
		switch src.url {
		case "off":
			err = ErrOffline
		case "direct":
			err = errDirect
			if f.proxied {
				err = fmt.Errorf("fetch: %s: %w", path, ErrUnknown)
			}
		default:
			body, err = f.openURL(ctx, src.url+"/"+escaped+"/"+file)
		}
		if err == nil {
			return body, nil
		}
		if first == nil || errors.Is(first, ErrUnknown) && err != ErrOffline &&
			!errors.Is(err, ErrUnknown) {
			first = err
		}
		if !src.onError && !errors.Is(err, ErrUnknown) {
			break
		}
	}
	if first == nil {
		first = ErrOffline
	}
	return nil, first
}

// attempts is how often a server that does not answer is asked.
const attempts = 3

// openURL opens an address of a proxy; a server that fails is asked again.
func (f *Fetcher) openURL(ctx context.Context, address string) (io.ReadCloser, error) {
	if name, ok := fileOf(address); ok {
		body, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("fetch: %s: %w", name, ErrUnknown)
		}
		return body, err
	}
	for try := 1; ; try++ {
		body, again, err := f.request(ctx, address)
		if err == nil || !again || try == attempts {
			return body, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try) * f.pause):
		}
	}
}

// request sends one request; again tells whether another may succeed.
func (f *Fetcher) request(ctx context.Context, address string) (
	body io.ReadCloser, again bool, err error,
) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, fmt.Errorf("fetch: %w", err)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, ctx.Err() == nil, fmt.Errorf("fetch: %w", bare(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, false, nil
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	resp.Body.Close()
	text := strings.TrimSpace(strings.ToValidUTF8(string(said), "?"))
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	where := req.URL.Redacted()
	switch resp.StatusCode {
	case http.StatusNotFound, http.StatusGone, http.StatusForbidden: // filters answer the last
		return nil, false, fmt.Errorf("fetch: %s: %w: %s", where, ErrUnknown, text)
	}
	return nil, resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests,
		fmt.Errorf("fetch: %s answered %s %s", where, resp.Status, text)
}

// bare drops the address from an error of net/http if it holds a password; net/http hides
// that itself, but not in what it wraps.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s: %w", u.URL, u.Err)
	}
	return err
}

// load reads a whole file of a module, at most limit bytes; one that was cut is asked for
// again.
func (f *Fetcher) load(ctx context.Context, path, file string, limit int64) ([]byte, error) {
	for try := 1; ; try++ {
		body, err := f.open(ctx, path, file)
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(body, limit+1))
		body.Close()
		if err == nil && int64(len(data)) > limit {
			return nil, fmt.Errorf("fetch: %s/@v/%s is longer than %d bytes", path, file, limit)
		}
		if err == nil || ctx.Err() != nil || try == attempts {
			return data, wrapCut(path, file, err)
		}
	}
}

func wrapCut(path, file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("fetch: %s %s was cut short: %w", path, filepath.Base(file), err)
}
