package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
)

// sumKeys are the keys of the checksum databases that the go command knows by name.
var sumKeys = map[string]string{
	defaultSumDB: defaultSumDB + "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
}

// database asks a checksum database, through the proxies where they offer it.
type database struct {
	name, key, url string
	client         *sumdb.Client
	fetcher        *Fetcher
	mu             sync.Mutex // one lookup at a time
	ctx            context.Context
	base           string // where it is reached, "" until known
	fault          string // said by the client before it gives up
	folder         string // of the last tree that was seen
}

// openDatabase reads GOSUMDB: a name, a name with its key, or either and an address.
func (f *Fetcher) openDatabase() (*database, error) {
	fields := strings.Fields(f.set.sumDB)
	if len(fields) == 0 || len(fields) > 2 {
		return nil, fmt.Errorf("fetch: GOSUMDB=%q is not a name or a key, and an address", f.set.sumDB)
	}
	db := &database{fetcher: f, key: fields[0], folder: f.set.config}
	if key, ok := sumKeys[fields[0]]; ok {
		db.key = key
	}
	name, _, ok := strings.Cut(db.key, "+")
	if !ok {
		return nil, fmt.Errorf("fetch: GOSUMDB=%q: the key of %s is not known", f.set.sumDB, name)
	}
	db.name, db.url = name, "https://"+name
	if len(fields) == 2 {
		db.url = strings.TrimSuffix(fields[1], "/")
		db.base = db.url
	}
	db.client = sumdb.NewClient(db)
	return db, nil
}

func (db *database) lookup(ctx context.Context, path, version string) ([]string, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.ctx, db.fault = ctx, ""
	lines, err := db.client.Lookup(path, version)
	if errors.Is(err, sumdb.ErrSecurity) && db.fault != "" {
		err = fmt.Errorf("%w: %s", err, db.fault)
	}
	return lines, err
}

// locate finds where the database is reached: at a proxy that offers it, or itself.
func (db *database) locate() string {
	if db.base != "" {
		return db.base
	}
	db.base = db.url
	for _, src := range db.fetcher.set.proxies {
		if src.url == "direct" || src.url == "off" {
			break
		}
		base := src.url + "/sumdb/" + db.name
		if body, err := db.fetcher.openURL(db.ctx, base+"/supported"); err == nil {
			body.Close()
			db.base = base
			break
		}
	}
	return db.base
}

// maxRemote is the most that a database sends at once: a tile of 256 hashes, or a record.
const maxRemote = 1 << 20

// ReadRemote implements sumdb.ClientOps.
func (db *database) ReadRemote(path string) ([]byte, error) {
	if db.fetcher.offline {
		return nil, ErrOffline
	}
	body, err := db.fetcher.openURL(db.ctx, db.locate()+path)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, maxRemote))
}

// ReadConfig implements sumdb.ClientOps.
func (db *database) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(db.key), nil
	}
	data, err := os.ReadFile(filepath.Join(db.folder, filepath.FromSlash(file)))
	if errors.Is(err, os.ErrNotExist) {
		return []byte{}, nil
	}
	return data, err
}

// WriteConfig implements sumdb.ClientOps.
func (db *database) WriteConfig(file string, old, fresh []byte) error {
	at := filepath.Join(db.folder, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
		return nil // a read-only home: the tree is not remembered, this lookup is still checked
	}
	f, err := os.OpenFile(at+".lock", os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil
	}
	defer f.Close()
	if lockFile(f) == nil {
		defer unlockFile(f)
	}
	if now, err := os.ReadFile(at); err == nil && string(now) != string(old) {
		return sumdb.ErrWriteConflict
	}
	return replace(at, fresh)
}

// ReadCache implements sumdb.ClientOps.
func (db *database) ReadCache(file string) ([]byte, error) {
	data, ok := db.fetcher.cache.read("sumdb/" + file)
	if !ok {
		return nil, os.ErrNotExist
	}
	return data, nil
}

// WriteCache implements sumdb.ClientOps; what cannot be kept is asked for again.
func (db *database) WriteCache(file string, data []byte) {
	_ = db.fetcher.cache.write("sumdb/"+file, data)
}

// Log implements sumdb.ClientOps.
func (db *database) Log(string) {}

// SecurityError implements sumdb.ClientOps.
func (db *database) SecurityError(msg string) { db.fault = msg }

// path checks that a module path is one.
func checkPath(path string) error {
	if err := module.CheckPath(path); err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	return nil
}
