//go:build linux && (amd64 || arm64) && !nocuda

package driver

import (
	"fmt"
	"strings"

	"github.com/ebitengine/purego"
)

// collectives is libnccl. Its fields have the C signatures; the results are ncclResult_t.
type collectives struct {
	getVersion     func(*int32) int32
	getErrorString func(int32) *byte
	commInitAll    func(comms *Handle, n int32, devices *int32) int32
	commDestroy    func(Handle) int32
	asyncError     func(Handle, *int32) int32
	groupStart     func() int32
	groupEnd       func() int32
	allGather      func(send, recv Pointer, count uint64, kind int32, comm, stream Handle) int32
	allReduce      func(send, recv Pointer, count uint64, kind, op int32, comm, stream Handle) int32
}

// openNCCL finds NCCL 2 and its functions.
func openNCCL() (NCCL, string, error) {
	tried := libraryPlaces("CLIPLAB_NCCL", []string{"libnccl.so.2"}, []string{"nvidia/nccl/lib"},
		"libnccl.so.*")
	for _, path := range tried {
		lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			continue
		}
		c := &collectives{}
		err = register(lib, []symbol{{&c.getVersion, "ncclGetVersion"},
			{&c.getErrorString, "ncclGetErrorString"}, {&c.commInitAll, "ncclCommInitAll"},
			{&c.commDestroy, "ncclCommDestroy"}, {&c.asyncError, "ncclCommGetAsyncError"},
			{&c.groupStart, "ncclGroupStart"}, {&c.groupEnd, "ncclGroupEnd"},
			{&c.allGather, "ncclAllGather"}, {&c.allReduce, "ncclAllReduce"}})
		if err == nil {
			return c, path, nil
		}
	}
	return nil, "", fmt.Errorf("driver: no libnccl found in %s; GPUs exchange through the host",
		strings.Join(tried, ", "))
}

func (c *collectives) GetVersion(version *int32) int32 { return c.getVersion(version) }

func (c *collectives) GetErrorString(r int32) string { return text(c.getErrorString(r)) }

func (c *collectives) CommInitAll(comms []Handle, devices []int32) int32 {
	return c.commInitAll(&comms[0], int32(len(comms)), &devices[0])
}

func (c *collectives) CommDestroy(comm Handle) int32 { return c.commDestroy(comm) }

func (c *collectives) CommGetAsyncError(comm Handle, r *int32) int32 {
	return c.asyncError(comm, r)
}

func (c *collectives) GroupStart() int32 { return c.groupStart() }

func (c *collectives) GroupEnd() int32 { return c.groupEnd() }

func (c *collectives) AllGather(send, recv Pointer, count uint64, kind int32,
	comm, stream Handle) int32 {
	return c.allGather(send, recv, count, kind, comm, stream)
}

func (c *collectives) AllReduce(send, recv Pointer, count uint64, kind, op int32,
	comm, stream Handle) int32 {
	return c.allReduce(send, recv, count, kind, op, comm, stream)
}
