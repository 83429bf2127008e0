package ptx

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Memory finds the allocation that an address falls in, and where that starts.
type Memory interface {
	Find(address uint64) (base uint64, data []byte, ok bool)
}

// Launch says how a kernel runs: blocks, threads of a block, the bytes of its parameters.
type Launch struct {
	Grid, Block [3]int
	Params      []byte
	Memory      Memory
	Backwards   bool // warps take their turns from the last to the first
}

// Run executes all blocks of a launch, one after another. Errors name the kernel, the
// instruction and the thread.
func (k *Kernel) Run(l Launch) error {
	threads := l.Block[0] * l.Block[1] * l.Block[2]
	blocks := l.Grid[0] * l.Grid[1] * l.Grid[2]
	if threads < 1 || threads > 1024 || blocks < 1 {
		return fmt.Errorf("ptx: %s: grid %v of blocks %v", k.Name, l.Grid, l.Block)
	}
	if len(l.Params) != k.params {
		return fmt.Errorf("ptx: %s: %d bytes of parameters, want %d", k.Name, len(l.Params), k.params)
	}
	b := &block{kernel: k, launch: l, shared: make([]byte, k.shared),
		cache: make([]segment, len(k.code))}
	for range (threads + 31) / 32 {
		b.warps = append(b.warps, k.warp(b))
	}
	defer func() {
		for _, w := range b.warps {
			w.block = nil
			k.idle.Put(w)
		}
	}()
	for z := range l.Grid[2] {
		for y := range l.Grid[1] {
			for x := range l.Grid[0] {
				b.start([3]int{x, y, z}, threads)
				if err := b.run(); err != nil {
					return fmt.Errorf("ptx: %s, block %v: %w", k.Name, [3]int{x, y, z}, err)
				}
			}
		}
	}
	return nil
}

// warp is one with constants in its registers, which no instruction writes: from an earlier run, if
// there was one.
func (k *Kernel) warp(b *block) *warp {
	if w, ok := k.idle.Get().(*warp); ok {
		w.block = b
		return w
	}
	w := &warp{block: b, regs: make([]lanes, len(k.initial))}
	for r, value := range k.initial {
		for l := range 32 {
			w.regs[r][l] = value
		}
	}
	return w
}

type segment struct {
	base uint64
	data []byte
}

type block struct {
	kernel *Kernel
	launch Launch
	shared []byte
	warps  []*warp
	cache  []segment // the allocation that each instruction met last
}

// start makes the warps ready: the names of threads in their registers, garbage in shared memory.
func (b *block) start(at [3]int, threads int) {
	for i := range b.shared {
		b.shared[i] = 0xff // NaN, or an index far out
	}
	for n, w := range b.warps {
		live := min(32, threads-n*32)
		w.live, w.mask, w.pc, w.split, w.waits = 1<<live-1, 1<<live-1, 0, false, false
		w.coming, w.groups = w.coming[:0], w.groups[:0]
		for name, r := range b.kernel.special {
			for l := range 32 {
				w.regs[r][l] = uint64(b.launch.special(name, at, n*32+l))
			}
		}
	}
}

// special is what a special register holds for thread t of a block.
func (l *Launch) special(name string, block [3]int, t int) int {
	size := l.Block
	axis := int(name[len(name)-1] - 'x')
	switch name[:len(name)-2] {
	case "%tid":
		return [3]int{t % size[0], t / size[0] % size[1], t / size[0] / size[1]}[axis]
	case "%ntid":
		return size[axis]
	case "%ctaid":
		return block[axis]
	}
	return l.Grid[axis]
}

// run lets each warp go to its next barrier, until all have ended.
func (b *block) run() error {
	for {
		waiting, ended := 0, 0
		for i := range b.warps {
			if b.launch.Backwards {
				i = len(b.warps) - 1 - i
			}
			w := b.warps[i]
			if err := w.run(); err != nil {
				return fmt.Errorf("warp %d: %w", i, err)
			}
			if w.waits {
				waiting++
			} else {
				ended++
			}
		}
		if waiting == 0 {
			return nil
		}
		for _, w := range b.warps {
			w.waits = false
		}
	}
}

// warp is 32 threads in step. When they part ways each has a place of its own, and those at the
// earliest place go on: in code that compilers write they meet again.
type warp struct {
	block *block
	regs  []lanes
	live  uint32
	mask  uint32 // those that go on
	pc    int
	split bool
	at    [32]int // where each is, when split
	waits bool

	coming []transit   // of the group that is not ended
	groups [][]transit // that have not arrived
}

// steps that one warp may take between barriers; a loop that does not end is an error.
const stepLimit = 1 << 28

func (w *warp) run() error {
	code := w.block.kernel.code
	for range stepLimit {
		if w.live == 0 {
			return nil
		}
		if w.split {
			w.gather()
		}
		in := &code[w.pc]
		active := w.mask
		if in.guard >= 0 {
			active = w.where(&w.regs[in.guard], in.unless)
		}
		if err := w.step(in, active); err != nil {
			return fmt.Errorf("%s: %w", in.text, err)
		}
		if w.waits {
			return nil
		}
	}
	return fmt.Errorf("no end after %d steps", stepLimit)
}

// where are the active lanes whose predicate holds.
func (w *warp) where(p *lanes, unless bool) uint32 {
	var set uint32
	for l := range 32 {
		set |= uint32(p[l]&1) << l
	}
	if unless {
		set = ^set
	}
	return set & w.mask
}

// gather picks the lanes at the earliest place.
func (w *warp) gather() {
	first, mask := len(w.block.kernel.code), uint32(0)
	for l := range 32 {
		if w.live>>l&1 == 0 {
			continue
		}
		switch {
		case w.at[l] < first:
			first, mask = w.at[l], 1<<l
		case w.at[l] == first:
			mask |= 1 << l
		}
	}
	w.pc, w.mask, w.split = first, mask, mask != w.live
}

// move sends lanes on: those of mask `to` to target, the other active ones to the next place.
func (w *warp) move(to uint32, target int) {
	switch {
	case !w.split && to == w.mask:
		w.pc = target
		return
	case !w.split && to == 0:
		w.pc++
		return
	case !w.split:
		for l := range 32 {
			w.at[l] = w.pc
		}
		w.split = true
	}
	for l := range 32 {
		switch {
		case to>>l&1 > 0:
			w.at[l] = target
		case w.mask>>l&1 > 0:
			w.at[l] = w.pc + 1
		}
	}
}

func (w *warp) step(in *instruction, active uint32) error {
	switch in.kind {
	case alu:
		in.f(&w.regs[in.dst], &w.regs[in.a], &w.regs[in.b], &w.regs[in.c], active)
	case branch:
		w.move(active, in.target)
		return nil
	case exit:
		w.move(0, 0)
		w.live &^= active
		w.mask &^= active
		return nil
	case barrier:
		if active != w.live {
			return fmt.Errorf("only threads %08x of %08x reach the barrier", active, w.live)
		}
		w.waits = true
	case load, store:
		if err := w.access(in, active); err != nil {
			return err
		}
	case shuffle:
		if active != w.live || active != ^uint32(0) {
			return fmt.Errorf("only threads %08x reach the shuffle", active)
		}
		clamp, members := w.regs[in.c][0], uint32(w.regs[in.values[0]][0])
		if clamp != 31 || members != ^uint32(0) {
			return fmt.Errorf("shuffle of threads %08x with clamp %d, not a warp", members, clamp)
		}
		a := w.regs[in.a]
		for l := range 32 {
			w.regs[in.dst][l] = a[l^int(w.regs[in.b][l]&31)]
		}
	case product:
		if active != ^uint32(0) {
			return fmt.Errorf("only threads %08x reach the product", active)
		}
		w.product(in)
	case matrices:
		if active != ^uint32(0) {
			return fmt.Errorf("only threads %08x reach the matrices", active)
		}
		if err := w.matrices(in); err != nil {
			return err
		}
	case fetch:
		if err := w.fetch(in, active); err != nil {
			return err
		}
	case fetched, await, together:
		if active != w.live {
			return fmt.Errorf("only threads %08x of %08x get here", active, w.live)
		}
		w.arrive(in)
	}
	w.move(0, 0)
	return nil
}

// access loads or stores for each active lane.
func (w *warp) access(in *instruction, active uint32) error {
	if w.quick(in, active) {
		return nil
	}
	total := in.size * len(in.values)
	for rest := active; rest > 0; rest &= rest - 1 {
		l := bits.TrailingZeros32(rest)
		bytes, err := w.bytes(in, l, total)
		if err != nil {
			return fmt.Errorf("thread %d of the warp: %w", l, err)
		}
		for i, r := range in.values {
			x := &w.regs[r][l]
			part := bytes[i*in.size:]
			if in.kind == load {
				*x = get(part, in.size, in.signed)
			} else {
				put(part, in.size, *x)
			}
		}
	}
	return nil
}

func get(x []byte, size int, signed bool) uint64 {
	switch {
	case size == 4 && signed:
		return u32(int32(binary.LittleEndian.Uint32(x)))
	case size == 4:
		return uint64(binary.LittleEndian.Uint32(x))
	case size == 8:
		return binary.LittleEndian.Uint64(x)
	case size == 2 && signed:
		return u32(int32(int16(binary.LittleEndian.Uint16(x))))
	case size == 2:
		return uint64(binary.LittleEndian.Uint16(x))
	case signed:
		return u32(int32(int8(x[0])))
	}
	return uint64(x[0])
}

func put(x []byte, size int, value uint64) {
	switch size {
	case 4:
		binary.LittleEndian.PutUint32(x, uint32(value))
	case 8:
		binary.LittleEndian.PutUint64(x, value)
	case 2:
		binary.LittleEndian.PutUint16(x, uint16(value))
	default:
		x[0] = byte(value)
	}
}

// bytes are what an access touches, checked against what there is.
func (w *warp) bytes(in *instruction, l, n int) ([]byte, error) {
	if in.space == paramSpace {
		return w.block.launch.Params[in.offset:][:n], nil
	}
	address := w.regs[in.a][l] + uint64(in.offset)
	if address%uint64(n) != 0 {
		return nil, fmt.Errorf("address %#x is not aligned to %d bytes", address, n)
	}
	if in.space == sharedSpace {
		if size := uint64(len(w.block.shared)); address > size || size-address < uint64(n) {
			return nil, fmt.Errorf("address %#x, shared memory has %d bytes", address, size)
		}
		return w.block.shared[address:][:n], nil
	}
	return w.global(address, n)
}

// global are bytes of the allocation that an address falls in.
func (w *warp) global(address uint64, n int) ([]byte, error) {
	s := &w.block.cache[w.pc]
	if off := address - s.base; address >= s.base && off+uint64(n) <= uint64(len(s.data)) {
		return s.data[off:][:n], nil
	}
	base, data, ok := w.block.launch.Memory.Find(address)
	if !ok || address-base+uint64(n) > uint64(len(data)) {
		return nil, fmt.Errorf("%d bytes at address %#x are in no allocation", n, address)
	}
	*s = segment{base, data}
	return data[address-base:][:n], nil
}
