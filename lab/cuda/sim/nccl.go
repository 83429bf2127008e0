package sim

import (
	"fmt"
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// nccl is a stand-in for NVIDIA's library on the devices of a machine. It is as unkind as the
// machine: nothing is done before a stream is waited for, calls outside of a group and groups in
// which a device is missing are errors (where NCCL would wait for ever), and sums are made as by a
// ring, each part of the numbers from another device on.
type nccl struct {
	m     *Machine
	depth int
	calls map[driver.Handle][]collective // of a group, by communicator
}

// communicator is one of a clique.
type communicator struct {
	clique []driver.Handle
	rank   int
	device int
}

// collective is one device's call.
type collective struct {
	sum        bool
	send, recv driver.Pointer
	count      int
	stream     driver.Handle
}

// Results of nccl.h.
const (
	ncclInvalidArgument = 4
	ncclInvalidUsage    = 5
)

// NCCL is the stand-in, where Options want one.
func (m *Machine) NCCL() (driver.NCCL, error) {
	if !m.options.NCCL {
		return nil, fmt.Errorf("sim: no NCCL on this machine")
	}
	if m.exchange == nil {
		m.exchange = &nccl{m: m}
	}
	return m.exchange, nil
}

// enter is that of the machine, for faults; a failure there is ncclUnhandledCudaError.
func (n *nccl) enter(call string) (leave func(), r int32) {
	leave, failed := n.m.enter("nccl" + call)
	if failed != driver.Success {
		return leave, 1
	}
	return leave, 0
}

func (n *nccl) GetVersion(version *int32) int32 {
	leave, r := n.enter("GetVersion")
	defer leave()
	*version = 23203
	return r
}

func (n *nccl) GetErrorString(r int32) string {
	return map[int32]string{1: "unhandled cuda error", ncclInvalidArgument: "invalid argument",
		ncclInvalidUsage: "invalid usage"}[r]
}

func (n *nccl) CommInitAll(comms []driver.Handle, devices []int32) int32 {
	leave, r := n.enter("CommInitAll")
	defer leave()
	if r != 0 {
		return r
	}
	for i, d := range devices {
		if int(d) >= len(n.m.memories) || n.m.contexts[d] == 0 {
			return ncclInvalidArgument
		}
		comms[i] = n.m.put(&communicator{rank: i, device: int(d)})
	}
	for _, h := range comms {
		n.m.objects[h].(*communicator).clique = append([]driver.Handle(nil), comms...)
	}
	return 0
}

func (n *nccl) CommDestroy(comm driver.Handle) int32 {
	leave, r := n.enter("CommDestroy")
	defer leave()
	if _, ok := n.m.objects[comm].(*communicator); !ok {
		return ncclInvalidArgument
	}
	delete(n.m.objects, comm)
	return r
}

func (n *nccl) CommGetAsyncError(comm driver.Handle, failed *int32) int32 {
	leave, r := n.enter("CommGetAsyncError")
	defer leave()
	if _, ok := n.m.objects[comm].(*communicator); !ok {
		return ncclInvalidArgument
	}
	*failed = r
	return 0
}

func (n *nccl) GroupStart() int32 {
	leave, r := n.enter("GroupStart")
	defer leave()
	if r == 0 {
		n.depth++
		n.calls = map[driver.Handle][]collective{}
	}
	return r
}

func (n *nccl) AllGather(send, recv driver.Pointer, count uint64, kind int32,
	comm, stream driver.Handle) int32 {
	return n.call("AllGather", comm, kind, collective{false, send, recv, int(count), stream})
}

func (n *nccl) AllReduce(send, recv driver.Pointer, count uint64, kind, op int32,
	comm, stream driver.Handle) int32 {
	if op != 0 {
		return ncclInvalidArgument
	}
	return n.call("AllReduce", comm, kind, collective{true, send, recv, int(count), stream})
}

func (n *nccl) call(name string, comm driver.Handle, kind int32, c collective) int32 {
	leave, r := n.enter(name)
	defer leave()
	if r != 0 {
		return r
	}
	of, ok := n.m.objects[comm].(*communicator)
	s, queued := n.m.objects[c.stream].(*queue)
	if !ok || !queued || kind != 7 || n.m.owners[c.stream] != of.device {
		return ncclInvalidArgument
	}
	if n.depth == 0 || s.capture != nil {
		return ncclInvalidUsage
	}
	n.calls[comm] = append(n.calls[comm], c)
	return 0
}

// GroupEnd puts the calls into the streams.
func (n *nccl) GroupEnd() int32 {
	leave, r := n.enter("GroupEnd")
	defer leave()
	if n.depth--; r != 0 {
		return r
	}
	if n.depth < 0 {
		return ncclInvalidUsage
	}
	for comm := range n.calls {
		clique := n.m.objects[comm].(*communicator).clique
		for _, other := range clique {
			if len(n.calls[other]) != len(n.calls[comm]) {
				return ncclInvalidUsage
			}
		}
		if comm != clique[0] {
			continue
		}
		for i := range n.calls[comm] {
			if r := n.put(clique, i); r != 0 {
				return r
			}
		}
	}
	return 0
}

// put puts the i-th call of a clique into all streams. The stream that comes to it first brings
// the others to it and does it for all.
func (n *nccl) put(clique []driver.Handle, i int) int32 {
	x := &meeting{n: n}
	for _, comm := range clique {
		of, c := n.m.objects[comm].(*communicator), n.calls[comm][i]
		if c.count != n.calls[clique[0]][i].count || c.sum != n.calls[clique[0]][i].sum {
			return ncclInvalidUsage
		}
		s := n.m.objects[c.stream].(*queue)
		x.calls, x.devices = append(x.calls, c), append(x.devices, of.device)
		x.places = append(x.places, mark{stream: s, at: s.put})
		s.entries = append(s.entries, work{what: "nccl", run: x.run})
		s.put++
	}
	return 0
}

// meeting is one collective operation of all streams.
type meeting struct {
	n       *nccl
	calls   []collective
	devices []int
	places  []mark // in the streams, before the operation
	done    bool
}

func (x *meeting) run() driver.Result {
	if x.done {
		return driver.Success
	}
	x.done = true
	for _, p := range x.places {
		if r := x.n.m.reach(p.stream, p.at); r != driver.Success {
			return r
		}
	}
	ranks := len(x.calls)
	in, out := make([][]float32, ranks), make([][]float32, ranks)
	for i, c := range x.calls {
		all := c.count
		if !c.sum {
			all *= ranks
		}
		in[i], out[i] = x.numbers(i, c.send, c.count), x.numbers(i, c.recv, all)
		if c.count > 0 && (in[i] == nil || out[i] == nil) {
			return x.n.m.fail(driver.IllegalAddress, "nccl: numbers beyond an allocation")
		}
		in[i] = append([]float32(nil), in[i]...)
	}
	for i := range out {
		for j := range out[i] {
			if x.calls[i].sum {
				out[i][j] = ring(in, j)
			} else {
				out[i][j] = in[j/len(in[0])][j%len(in[0])]
			}
		}
	}
	return driver.Success
}

// ring is the sum of all in[·][j], from the device on to which the part of j belongs.
func ring(in [][]float32, j int) float32 {
	ranks := len(in)
	first := j * ranks / len(in[0])
	sum := in[first][j]
	for i := 1; i < ranks; i++ {
		sum += in[(first+i)%ranks][j]
	}
	return sum
}

func (x *meeting) numbers(rank int, p driver.Pointer, n int) []float32 {
	data := x.n.m.memories[x.devices[rank]].slice(p, uint64(4*n))
	if data == nil {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(data))), n)
}
