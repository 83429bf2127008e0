package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// download brings one content into the cache. Its lock is held.
type download struct {
	*Client
	store store
	meta  meta
	name  string
	meter *meter
}

// run fetches until the content is whole and right. A cut connection is taken up again where it
// broke, also in a later process.
func (d *download) run(ctx context.Context) error {
	part := d.store.blob(d.meta.etag) + ".incomplete"
	if err := os.MkdirAll(filepath.Dir(part), 0o777); err != nil {
		return fmt.Errorf("hub: the cache cannot be written: %w", err)
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return fmt.Errorf("hub: the cache cannot be written: %w", err)
	}
	defer f.Close()
	if err := d.fill(ctx, f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return d.writeFailure(err)
	}
	if err := f.Close(); err != nil {
		return d.writeFailure(err)
	}
	if err := os.Rename(part, d.store.blob(d.meta.etag)); err != nil {
		return fmt.Errorf("hub: %s: %w", d.what(), err)
	}
	return nil
}

// fill makes f the whole content.
func (d *download) fill(ctx context.Context, f *os.File) error {
	sum := newSum(d.meta)
	at, err := d.takeUp(f, sum)
	if err != nil {
		return err
	}
	resumed := at > 0
	for failures := 0; ; {
		before := at
		err := d.stream(ctx, f, sum, &at)
		if err == nil {
			err = sum.check(at)
			if err == nil {
				return nil
			}
			err = fmt.Errorf("hub: %s came damaged: %w; try again, or another HF_ENDPOINT",
				d.what(), err)
			if e := d.restart(f, sum, &at); e != nil {
				return e
			}
			if !resumed {
				return err
			}
			resumed = false // what an earlier run left may be at fault: once more, from the start
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var broken *writeError
		if errors.As(err, &broken) {
			return d.writeFailure(broken.error)
		}
		if at > before {
			failures = 0
		}
		if failures++; failures >= tries || !transient(err) && !isDial(err) {
			return fmt.Errorf("hub: %s: cut after %d bytes: %w; what has arrived is kept, try "+
				"again to go on from there", d.what(), at, err)
		}
		if err := d.wait(ctx, failures-1, err); err != nil {
			return err
		}
	}
}

// takeUp sums what an earlier run left in f, and says how much that is.
func (d *download) takeUp(f *os.File, sum *sum) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("hub: %s: %w", d.what(), err)
	}
	size := info.Size()
	if d.meta.size >= 0 && size > d.meta.size {
		size = 0 // of something else
	}
	if d.meta.size > size {
		if err := d.roomFor(d.meta.size - size); err != nil {
			return 0, err
		}
	}
	if err := f.Truncate(size); err != nil {
		return 0, d.writeFailure(err)
	}
	n, err := io.Copy(sum, f)
	if err != nil {
		return 0, fmt.Errorf("hub: %s: %w", d.what(), err)
	}
	d.meter.add(n)
	return n, nil
}

// restart throws away what is in f.
func (d *download) restart(f *os.File, sum *sum, at *int64) error {
	d.meter.add(-*at)
	*at = 0
	sum.reset()
	if err := f.Truncate(0); err != nil {
		return d.writeFailure(err)
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

func (d *download) what() string { return d.store.repo + " " + d.name }

// roomFor wants room for n more bytes, before an hour of downloading and not after.
func (d *download) roomFor(n int64) error {
	free, ok := freeSpace(d.store.dir)
	if !ok || free >= n {
		return nil
	}
	return fmt.Errorf("hub: %s needs %s more, and the disk of %s has %s free; make room, or set "+
		"HF_HOME to a folder on a larger disk", d.what(), bytesOf(n), d.store.cache, bytesOf(free))
}

func (d *download) writeFailure(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("hub: %s: the disk of %s is full: %w; make room and try again to go on, "+
			"or set HF_HOME to a folder on a larger disk", d.what(), d.store.cache, err)
	}
	return fmt.Errorf("hub: %s: %w", d.what(), err)
}
