package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/ptx"
)

// Options are what a machine has; the zero value is one device of compute capability 9.0 with
// 1 GiB, and a driver of CUDA 12.8.
type Options struct {
	Version      int    // of the driver, as 12080
	Devices      int    // −1 is none
	Major, Minor int    // compute capability
	Memory       uint64 // bytes of each device
	Processors   int    // multiprocessors, 1 unless told otherwise
	Backwards    bool   // warps of a block take their turns from the last to the first
	BLAS         bool   // products may be a stand-in's for cuBLAS
	BLASLt       bool   // and of its sister, too
	NCCL         bool   // devices exchange by a stand-in for NVIDIA's library
}

// Machine is a driver with its devices. Each has a memory of its own, which the streams and kernels
// of another do not reach.
type Machine struct {
	options Options

	mu       sync.Mutex
	next     driver.Handle
	objects  map[driver.Handle]any
	owners   map[driver.Handle]int // the device that was current when an object was made
	memories []memory              // of each device
	pinned   map[unsafe.Pointer][]byte
	contexts map[int32]int // how often each is held
	current  int           // device of the current context, −1 none
	broken   driver.Result // what a kernel did stays, as on a device
	detail   string
	faults   map[string]*fault
	exchange *nccl
	launches int
}

type fault struct {
	after int
	code  driver.Result
	stays bool
}

// New makes a machine.
func New(o Options) *Machine {
	if o.Version == 0 {
		o.Version = 12080
	}
	if o.Devices == 0 {
		o.Devices = 1
	}
	if o.Major == 0 {
		o.Major = 9
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	if o.Processors == 0 {
		o.Processors = 1
	}
	m := &Machine{options: o, objects: map[driver.Handle]any{},
		owners: map[driver.Handle]int{}, contexts: map[int32]int{},
		pinned: map[unsafe.Pointer][]byte{}, faults: map[string]*fault{}, current: -1}
	for i := range max(o.Devices, 1) {
		m.memories = append(m.memories, memory{next: 0x7f0000000000 + uint64(i)<<40})
	}
	return m
}

// memory is that of the current device.
func (m *Machine) memory() *memory { return &m.memories[m.current] }

// Fail makes the n-th call from now of a function, named without "cu", give a result.
func (m *Machine) Fail(call string, n int, code driver.Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[call] = &fault{n, code, false}
}

// Lose is Fail for good: from the n-th call of the function on every call gives the result, as of a
// device that is lost to the process.
func (m *Machine) Lose(call string, n int, code driver.Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[call] = &fault{n, code, true}
}

// Left lists what was made and not destroyed: "" when all was given back.
func (m *Machine) Left() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := map[string]int{}
	for _, o := range m.objects {
		counts[fmt.Sprintf("%T", o)]++
	}
	counts["pinned"] = len(m.pinned)
	for _, memory := range m.memories {
		counts["allocation"] += len(memory.all)
	}
	for _, n := range m.contexts {
		counts["context"] += n
	}
	var all []string
	for name, n := range counts {
		if n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, strings.TrimPrefix(name, "*sim.")))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Used is how many bytes of a device are allocated.
func (m *Machine) Used(device int) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.memories[device].used
}

// Launches is how many kernels have run.
func (m *Machine) Launches() int { return m.launches }

// Detail is what is known of the last failure beyond its number.
func (m *Machine) Detail() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.detail
	m.detail = ""
	return d
}

// enter locks the machine for one call, and gives the result when the call is to fail.
func (m *Machine) enter(call string) (leave func(), r driver.Result) {
	m.mu.Lock()
	if f := m.faults[call]; f != nil {
		if f.after--; f.after <= 0 {
			delete(m.faults, call)
			if f.stays {
				m.broken = f.code
			}
			return m.mu.Unlock, f.code
		}
	}
	return m.mu.Unlock, m.broken
}

// enterContext is enter for calls that need a context.
func (m *Machine) enterContext(call string) (leave func(), r driver.Result) {
	leave, r = m.enter(call)
	if r == driver.Success && m.current < 0 {
		r = driver.InvalidContext
	}
	return leave, r
}

func (m *Machine) put(o any) driver.Handle {
	m.next += 16
	m.objects[m.next], m.owners[m.next] = o, m.current
	return m.next
}

// object finds what a handle stands for.
func object[T any](m *Machine, h driver.Handle) (T, driver.Result) {
	o, ok := m.objects[h].(T)
	if !ok {
		m.detail = fmt.Sprintf("handle %#x is no %T, or no more", uintptr(h), *new(T))
		return o, driver.InvalidHandle
	}
	if d := m.owners[h]; d != m.current {
		m.detail = fmt.Sprintf("handle %#x is of device %d, device %d is current", uintptr(h), d,
			m.current)
		return o, driver.InvalidHandle
	}
	return o, driver.Success
}

// fail keeps a failure of a kernel for all later calls.
func (m *Machine) fail(code driver.Result, detail string) driver.Result {
	m.broken, m.detail = code, detail
	return code
}

// memory is allocations in the order of their addresses.
type memory struct {
	all  []*allocation
	next uint64
	used uint64
}

type allocation struct {
	base uint64
	data []byte
}

// gap keeps allocations apart: what runs over an end falls into nothing.
const gap = 512

func (m *memory) allocate(bytes uint64) uint64 {
	words := make([]uint64, (bytes+7)/8)
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), bytes)
	for i := range data {
		data[i] = 0xff // NaN, and an index far out
	}
	a := &allocation{m.next, data}
	m.next = (m.next + bytes + gap + 255) / 256 * 256
	m.used += bytes
	m.all = append(m.all, a)
	return a.base
}

func (m *memory) index(address uint64) int {
	i, exact := slices.BinarySearchFunc(m.all, address,
		func(a *allocation, at uint64) int {
			switch {
			case a.base < at:
				return -1
			case a.base > at:
				return 1
			}
			return 0
		})
	if !exact {
		i--
	}
	return i
}

// Find is for kernels: the allocation that an address lies in.
func (m *memory) Find(address uint64) (uint64, []byte, bool) {
	i := m.index(address)
	if i < 0 || address-m.all[i].base >= uint64(len(m.all[i].data)) {
		return 0, nil, false
	}
	return m.all[i].base, m.all[i].data, true
}

func (m *memory) free(address uint64) bool {
	i := m.index(address)
	if i < 0 || m.all[i].base != address {
		return false
	}
	m.used -= uint64(len(m.all[i].data))
	m.all = slices.Delete(m.all, i, i+1)
	return true
}

// slice is n bytes from an address on, nil when they are not all of one allocation.
func (m *memory) slice(p driver.Pointer, n uint64) []byte {
	base, data, ok := m.Find(uint64(p))
	if at := uint64(p) - base; ok && at+n <= uint64(len(data)) {
		return data[at : at+n : at+n]
	}
	return nil
}

var _ ptx.Memory = (*memory)(nil)
