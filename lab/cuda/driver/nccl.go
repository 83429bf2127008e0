package driver

import (
	"errors"
	"fmt"
	"runtime"
)

// NCCL is the functions of NVIDIA's library of collective operations that the lab uses, under
// their names without "nccl"; result 0 is success. Counts are of numbers, not of bytes.
type NCCL interface {
	GetVersion(version *int32) int32
	GetErrorString(r int32) string
	CommInitAll(comms []Handle, devices []int32) int32
	CommDestroy(comm Handle) int32
	CommGetAsyncError(comm Handle, r *int32) int32
	GroupStart() int32
	GroupEnd() int32
	AllGather(send, recv Pointer, count uint64, kind int32, comm, stream Handle) int32
	AllReduce(send, recv Pointer, count uint64, kind, op int32, comm, stream Handle) int32
}

// Numbers of nccl.h.
const (
	ncclFloat32 = 7
	ncclSum     = 0
)

// withNCCL is an API that has an NCCL of its own, as a simulated device may.
type withNCCL interface{ NCCL() (NCCL, error) }

// Group is devices of this process that exchange numbers by NCCL, over NVLink or PCIe and past the
// host; a device's rank is its place in the list.
//
// What they exchange goes into the streams and is done in their order. All devices of a group end
// with the same bits: a sum is made once, on one way through the devices, and handed on (NVIDIA's
// maintainers, NCCL's issues 434 and 855). Which way NCCL chooses by the number of devices, their
// links and the size: two devices give what the sum in the order of ranks gives, as a + b = b + a;
// more may round otherwise, and where switches add up (NVLS), not the same from run to run (issue
// 1497), unless NCCL_NVLS_ENABLE=0 is set.
//
// No exchange is captured in a graph: NCCL's guide advises against it where one thread has several
// devices.
type Group struct {
	Path     string
	Version  int // 23203 is 2.32.3
	f        NCCL
	contexts []*Context
	comms    []Handle
}

// NewGroup opens NCCL for devices of one driver: from CLIPLAB_NCCL, where the loader finds it, or
// in the wheels of a Python environment. The error says where it looked.
func NewGroup(contexts []*Context) (*Group, error) {
	g := &Group{contexts: contexts, comms: make([]Handle, len(contexts))}
	var err error
	if own, ok := contexts[0].driver.api.(withNCCL); ok {
		g.Path = "simulated"
		g.f, err = own.NCCL()
	} else {
		g.f, g.Path, err = openNCCL()
	}
	if err != nil {
		return nil, err
	}
	devices := make([]int32, len(contexts))
	for i, c := range contexts {
		devices[i] = int32(c.Info.Ordinal)
	}
	var version int32
	if err = g.check("GetVersion", g.f.GetVersion(&version)); err == nil {
		err = g.check("CommInitAll", g.f.CommInitAll(g.comms, devices))
	}
	if err != nil {
		return nil, err
	}
	g.Version = int(version)
	for _, c := range contexts {
		c.count("NCCL", 1)
	}
	return g, nil
}

// check turns a result into an error.
func (g *Group) check(call string, r int32) error {
	if r == 0 {
		return nil
	}
	return fmt.Errorf("driver: nccl%s: %s (%d) on %d devices; NCCL_DEBUG=WARN tells more", call,
		g.f.GetErrorString(r), r, len(g.comms))
}

// all calls f for each rank as one operation. NCCL keeps what belongs to one operation by thread.
func (g *Group) all(call string, f func(rank int) int32) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := g.check("GroupStart", g.f.GroupStart())
	if err != nil {
		return err
	}
	for rank := range g.comms {
		err = errors.Join(err, g.check(call, f(rank)))
	}
	return errors.Join(err, g.check("GroupEnd", g.f.GroupEnd()))
}

// AllGather brings the shares of all devices to each: share r, count numbers, lies at
// at(rank) + r·count on every device afterwards, and before on the device of rank r.
func (g *Group) AllGather(at func(rank int) Pointer, count int, streams []*Stream) error {
	return g.all("AllGather", func(rank int) int32 {
		return g.f.AllGather(at(rank)+Pointer(4*rank*count), at(rank), uint64(count), ncclFloat32,
			g.comms[rank], streams[rank].handle)
	})
}

// AllReduce replaces count numbers at at(rank) by their sum over all devices.
func (g *Group) AllReduce(at func(rank int) Pointer, count int, streams []*Stream) error {
	return g.all("AllReduce", func(rank int) int32 {
		return g.f.AllReduce(at(rank), at(rank), uint64(count), ncclFloat32, ncclSum, g.comms[rank],
			streams[rank].handle)
	})
}

// Err is what failed in an exchange that was begun without an error.
func (g *Group) Err() (err error) {
	for _, comm := range g.comms {
		var failed int32
		err = errors.Join(err, g.check("CommGetAsyncError", g.f.CommGetAsyncError(comm, &failed)),
			g.check("CommGetAsyncError", failed))
	}
	return err
}

// String is name, version and place.
func (g *Group) String() string {
	return fmt.Sprintf("NCCL %d.%d.%d, %s", g.Version/10000, g.Version/100%100, g.Version%100, g.Path)
}

// Close gives the library's memory back. The streams must be done with its work.
func (g *Group) Close() (err error) {
	if g == nil {
		return nil
	}
	for i, comm := range g.comms {
		if comm != 0 {
			err = errors.Join(err, g.check("CommDestroy", g.f.CommDestroy(comm)))
			g.comms[i] = 0
			g.contexts[i].count("NCCL", -1)
		}
	}
	return err
}
