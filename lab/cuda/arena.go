package cuda

import (
	"errors"

	"cliplab/lab/cuda/driver"
)

// arena is the device memory of one owner, given back as a whole.
type arena struct {
	g       *GPU
	buffers []*driver.Buffer
	pinned  []*driver.Pinned
}

// take is memory for n numbers; what says for what, should there be no room.
func (a *arena) take(what string, n int) pointer {
	if a.g.plan != nil {
		a.g.plan.kept += uint64(max(n, 1) * number)
		return 1
	}
	var b *driver.Buffer
	a.g.do(func() (err error) {
		if b, err = a.g.context.Alloc(what, uint64(max(n, 1)*number)); err == nil {
			a.buffers = append(a.buffers, b)
		}
		return err
	})
	if b == nil {
		return 0
	}
	return b.Pointer
}

// pin is pinned memory of the host for n numbers.
func (a *arena) pin(what string, n int) *driver.Pinned {
	p := &driver.Pinned{}
	a.g.do(func() (err error) {
		var got *driver.Pinned
		if got, err = a.g.context.Pin(what, max(n, 1)*number); err == nil {
			p = got
			a.pinned = append(a.pinned, p)
		}
		return err
	})
	return p
}

func (a *arena) free() (err error) {
	for _, b := range a.buffers {
		err = errors.Join(err, b.Free())
	}
	for _, p := range a.pinned {
		err = errors.Join(err, p.Free())
	}
	a.buffers, a.pinned = nil, nil
	return err
}
