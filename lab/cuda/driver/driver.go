package driver

import (
	"bytes"
	"fmt"
	"sync"
)

// Oldest is the driver interface that is needed, CUDA 11.8: what the embedded PTX is written in.
const Oldest = 11080

// OldestRelease is the driver release that brought it.
const OldestRelease = "520"

// Driver is an open driver.
type Driver struct {
	api     API
	version int
	devices []Info
}

// Info is what a device says of itself.
type Info struct {
	Ordinal         int
	Name            string
	Memory          uint64 // bytes
	Major, Minor    int    // compute capability
	Multiprocessors int
	Clock           int // kHz
	Pools           bool
}

// opened is what Open found.
type opened struct {
	driver *Driver
	err    error
}

var machine struct {
	sync.Mutex
	found *opened
}

// Open finds the machine's driver, once for the process. The error says where it looked.
func Open() (*Driver, error) {
	machine.Lock()
	defer machine.Unlock()
	if machine.found == nil {
		machine.found = open()
	}
	return machine.found.driver, machine.found.err
}

func open() *opened {
	api, err := system()
	if err != nil {
		return &opened{err: err}
	}
	d, err := New(api)
	return &opened{d, err}
}

// Replace makes Open give another driver, such as a simulated one of package sim, until undo is
// called. It is for tests of what calls Open.
func Replace(api API) (undo func()) {
	d, err := New(api)
	machine.Lock()
	defer machine.Unlock()
	before := machine.found
	machine.found = &opened{d, err}
	return func() {
		machine.Lock()
		defer machine.Unlock()
		machine.found = before
	}
}

// New starts a driver: that of the system, or a simulated one.
func New(api API) (*Driver, error) {
	d := &Driver{api: api}
	if err := d.check(api.Init(0), "Init", ""); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDriver, err)
	}
	var version int32
	if err := d.check(api.DriverGetVersion(&version), "DriverGetVersion", ""); err != nil {
		return nil, err
	}
	d.version = int(version)
	if d.version < Oldest {
		return nil, fmt.Errorf("%w: it speaks CUDA %s, which is older than %s (driver %s)",
			ErrNoDriver, d.Version(), version2(Oldest), OldestRelease)
	}
	return d, d.list()
}

func version2(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// Version is the CUDA version that the driver speaks, as "12.4".
func (d *Driver) Version() string { return version2(d.version) }

// Devices are those of the machine, in the driver's order.
func (d *Driver) Devices() []Info { return append([]Info(nil), d.devices...) }

func (d *Driver) list() error {
	var n int32
	if err := d.check(d.api.DeviceGetCount(&n), "DeviceGetCount", ""); err != nil {
		return err
	}
	for i := range n {
		info, err := d.info(i)
		if err != nil {
			return err
		}
		d.devices = append(d.devices, info)
	}
	return nil
}

func (d *Driver) info(ordinal int32) (Info, error) {
	info := Info{Ordinal: int(ordinal)}
	var device int32
	err := d.check(d.api.DeviceGet(&device, ordinal), "DeviceGet", "device %d", ordinal)
	if err != nil {
		return info, err
	}
	name := make([]byte, 128)
	if err := d.check(d.api.DeviceGetName(name, device), "DeviceGetName", "device %d",
		ordinal); err != nil {
		return info, err
	}
	name, _, _ = bytes.Cut(name, []byte{0})
	info.Name = string(name)
	if err := d.check(d.api.DeviceTotalMem(&info.Memory, device), "DeviceTotalMem", "device %d",
		ordinal); err != nil {
		return info, err
	}
	var pools int32
	for _, a := range []struct {
		attribute int32
		to        *int
	}{{attributeMajor, &info.Major}, {attributeMinor, &info.Minor},
		{attributeMultiprocessor, &info.Multiprocessors}, {attributeClock, &info.Clock},
		{attributePools, nil}} {
		err := d.check(d.api.DeviceGetAttribute(&pools, a.attribute, device), "DeviceGetAttribute",
			"attribute %d of device %d", a.attribute, ordinal)
		if err != nil {
			return info, err
		}
		if a.to != nil {
			*a.to = int(pools)
		}
	}
	info.Pools = pools > 0
	return info, nil
}

// Why says why a device cannot be used; "" when it can.
func (i Info) Why() string {
	switch {
	case i.Major < 8:
		return fmt.Sprintf("compute capability %d.%d is older than 8.0", i.Major, i.Minor)
	case !i.Pools:
		return "it has no memory pools, as in virtual machines without them"
	}
	return ""
}
