package driver

import (
	"errors"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"sync"
)

// Context is a device in use. Its methods may be called from any goroutine.
type Context struct {
	Info   Info
	driver *Driver
	handle Handle
	memory *Stream // on which memory comes and goes

	mu    sync.Mutex
	live  map[string]int // what was given out and not given back, by kind
	bytes uint64
}

// Context opens a device. Close gives it back.
func (d *Driver) Context(ordinal int) (*Context, error) {
	if ordinal < 0 || ordinal >= len(d.devices) {
		return nil, fmt.Errorf("driver: no device %d, there are %d", ordinal, len(d.devices))
	}
	c := &Context{Info: d.devices[ordinal], driver: d, live: map[string]int{}}
	if why := c.Info.Why(); why != "" {
		return nil, fmt.Errorf("driver: device %d, %s: %s", ordinal, c.Info.Name, why)
	}
	err := d.check(d.api.DevicePrimaryCtxRetain(&c.handle, int32(ordinal)),
		"DevicePrimaryCtxRetain", "device %d", ordinal)
	if err != nil {
		return nil, err
	}
	if c.memory, err = c.Stream(); err != nil {
		return nil, errors.Join(err, c.release())
	}
	return c, nil
}

// Close gives the device back. It is an error when something of it is still in use.
func (c *Context) Close() error {
	err := c.memory.Close()
	if left := c.Live(); left != "" {
		err = errors.Join(err, fmt.Errorf("driver: still in use: %s", left))
	}
	return errors.Join(err, c.release())
}

func (c *Context) release() error {
	return c.driver.check(c.driver.api.DevicePrimaryCtxRelease(int32(c.Info.Ordinal)),
		"DevicePrimaryCtxRelease", "device %d", c.Info.Ordinal)
}

// call runs one call of the driver with this context current on its thread.
func (c *Context) call(f func(api API) Result, call, asked string, args ...any) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if r := c.driver.api.CtxSetCurrent(c.handle); r != Success {
		return c.driver.check(r, "CtxSetCurrent", "device %d", c.Info.Ordinal)
	}
	return c.driver.check(f(c.driver.api), call, asked, args...)
}

// count keeps the books.
func (c *Context) count(kind string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live[kind] += n; c.live[kind] == 0 {
		delete(c.live, kind)
	}
}

// Live says what is in use: "3 buffers, 1 stream"; "" when nothing is.
func (c *Context) Live() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for kind, n := range c.live {
		all = append(all, fmt.Sprintf("%d × %s", n, kind))
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}

// Memory is how many bytes of the device are free, and how many it has.
func (c *Context) Memory() (free, total uint64, err error) {
	err = c.call(func(api API) Result { return api.MemGetInfo(&free, &total) }, "MemGetInfo", "")
	return free, total, err
}

// InUse is how many bytes this context holds in buffers.
func (c *Context) InUse() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
