package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// Options say how to fetch. The zero value does it as the go command would.
type Options struct {
	Env    func(name string) string // nil: os.Getenv
	Client *http.Client             // nil: one that gives up on servers that do not answer
	Log    func(line string)        // told of each download, may be nil
	Sums   *Sums                    // known checksums, nil for none
}

// Fetcher fetches modules. Its methods may be called from several goroutines.
type Fetcher struct {
	set     settings
	cache   cache
	client  *http.Client
	log     func(string)
	sums    *Sums
	db      func() (*database, error)
	offline bool          // only the cache
	proxied bool          // no version control
	pause   time.Duration // before a server is asked again
}

// client gives servers a time to answer; downloads may take longer.
var client = sync.OnceValue(func() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	t.ResponseHeaderTimeout = time.Minute
	return &http.Client{Transport: t}
})

// New reads the settings and returns a fetcher; nothing is asked yet.
func New(o Options) *Fetcher {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	if o.Sums == nil {
		o.Sums = NewSums()
	}
	f := &Fetcher{
		set: read(o.Env), client: o.Client, log: o.Log, sums: o.Sums,
		pause: 300 * time.Millisecond,
	}
	if f.client == nil {
		f.client = client()
	}
	f.cache = newCache(f.set.cache)
	f.db = sync.OnceValues(f.openDatabase)
	return f
}

// Offline returns a fetcher that answers from the module cache only.
func (f *Fetcher) Offline() *Fetcher {
	g := *f
	g.offline = true
	return &g
}

// Proxied returns a fetcher that does not ask version control, which is slow to say that
// it does not know a path.
func (f *Fetcher) Proxied() *Fetcher {
	g := *f
	g.proxied = true
	return &g
}

// Cache is the folder of the module cache.
func (f *Fetcher) Cache() string { return f.set.cache }

// Mod returns the go.mod file of a module version.
func (f *Fetcher) Mod(ctx context.Context, m module.Version) ([]byte, error) {
	if err := module.Check(m.Path, m.Version); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	file, err := name(m, ".mod")
	if err != nil {
		return nil, err
	}
	if data, ok := f.cache.read(file); ok {
		return data, f.sums.check(m, "/go.mod", hashMod(data))
	}
	data, err := f.load(ctx, m.Path, fileName(m, ".mod"), zip.MaxGoMod)
	if errors.Is(err, errDirect) {
		return f.modDirect(ctx, m)
	}
	if err != nil {
		return nil, f.failed(m, err)
	}
	if _, err := modfile.ParseLax("go.mod", data, nil); err != nil {
		return nil, f.failed(m, err)
	}
	if err := f.verify(ctx, m, "/go.mod", hashMod(data)); err != nil {
		return nil, err
	}
	unlock, err := f.cache.lock(m)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return data, f.cache.write(file, data)
}

// Zip returns the name of the archive of a module version.
func (f *Fetcher) Zip(ctx context.Context, m module.Version) (string, error) {
	if err := module.Check(m.Path, m.Version); err != nil {
		return "", fmt.Errorf("fetch: %w", err)
	}
	file, err := name(m, ".zip")
	if err != nil {
		return "", err
	}
	if at, ok, err := f.cachedZip(m, file); ok {
		return at, err
	}
	if f.offline {
		return "", f.failed(m, ErrOffline)
	}
	unlock, err := f.cache.lock(m)
	if err != nil {
		return "", err
	}
	defer unlock()
	if at, ok, err := f.cachedZip(m, file); ok { // another process was faster
		return at, err
	}
	return f.download(ctx, m, file)
}

// cachedZip finds an archive that was verified when it came into the cache.
func (f *Fetcher) cachedZip(m module.Version, file string) (string, bool, error) {
	at, ok := f.cache.find(file)
	if !ok {
		return "", false, nil
	}
	hash, err := os.ReadFile(at + "hash")
	if err != nil {
		return "", false, nil
	}
	return at, true, f.sums.check(m, "", strings.TrimSpace(string(hash)))
}

// download fetches an archive, checks it and puts it into the cache; the version is locked.
func (f *Fetcher) download(ctx context.Context, m module.Version, file string) (string, error) {
	f.log(fmt.Sprintf("go: downloading %s %s", m.Path, m.Version))
	at, err := f.cache.folder(file)
	if err != nil {
		return "", err
	}
	tmp, err := f.receive(ctx, m, at)
	if errors.Is(err, errDirect) {
		return f.zipDirect(ctx, m)
	}
	if err != nil {
		return "", f.failed(m, err)
	}
	defer os.Remove(tmp)
	checked, err := zip.CheckZip(m, tmp)
	if err == nil {
		err = checked.Err()
	}
	if err != nil {
		return "", f.failed(m, fmt.Errorf("the archive is not a module: %w", err))
	}
	hash, err := dirhash.HashZip(tmp, dirhash.DefaultHash)
	if err != nil {
		return "", f.failed(m, fmt.Errorf("the archive is damaged: %w", err))
	}
	if err := f.verify(ctx, m, "", hash); err != nil {
		return "", err
	}
	if err := os.Chmod(tmp, 0o644); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, at); err != nil {
		return "", err
	}
	return at, replace(at+"hash", []byte(hash))
}

// receive writes an archive to a file beside the one that it will be; one that was cut is
// asked for again.
func (f *Fetcher) receive(ctx context.Context, m module.Version, at string) (string, error) {
	for try := 1; ; try++ {
		body, err := f.open(ctx, m.Path, fileName(m, ".zip"))
		if err != nil {
			return "", err
		}
		tmp, err := os.CreateTemp(filepath.Dir(at), filepath.Base(at)+".tmp*")
		if err != nil {
			body.Close()
			return "", err
		}
		n, err := io.Copy(tmp, io.LimitReader(body, zip.MaxZipFile+1))
		body.Close()
		if e := tmp.Close(); err == nil {
			err = e
		}
		if err == nil && n > zip.MaxZipFile {
			os.Remove(tmp.Name())
			return "", fmt.Errorf("the archive is larger than %d MB", zip.MaxZipFile>>20)
		}
		if err == nil {
			return tmp.Name(), nil
		}
		os.Remove(tmp.Name())
		if ctx.Err() != nil || try == attempts {
			return "", wrapCut(m.Path, fileName(m, ".zip"), err)
		}
	}
}

// failed tells which version could not be had.
func (f *Fetcher) failed(m module.Version, err error) error {
	return fmt.Errorf("fetch: %s@%s: %w", m.Path, m.Version, err)
}

// fileName is the last part of the name of a file of a module version.
func fileName(m module.Version, suffix string) string {
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		version = m.Version // module.Check has refused it before
	}
	return "@v/" + version + suffix
}

// Tags are the build tags that GOFLAGS asks for.
func (f *Fetcher) Tags() []string { return f.set.tags }

// IsOffline tells whether only the cache is asked.
func (f *Fetcher) IsOffline() bool { return f.offline }
