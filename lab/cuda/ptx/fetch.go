package ptx

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// transit is a copy to shared memory that is under way.
type transit struct{ to, from []byte }

// chunk is how many bytes such a copy moves, and a row of a matrix has.
const chunk = 16

// matrices is ldmatrix: four registers, and the address of a row in shared memory.
func (p *parser) matrices(in *instruction, name string, args []string) error {
	switch name {
	case "ldmatrix.sync.aligned.m8n8.x4.shared.b16":
	case "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16":
		in.turned = true
	default:
		return fmt.Errorf("these matrices are not known")
	}
	list := strings.Split(strings.Trim(args[0], "{}"), ",")
	if len(args) != 2 || len(list) != 4 {
		return fmt.Errorf("%d operands and %d registers, want 2 and 4", len(args), len(list))
	}
	in.kind, in.space = matrices, sharedSpace
	for _, value := range list {
		r, err := p.operand(strings.TrimSpace(value))
		if err != nil {
			return err
		}
		in.values = append(in.values, r)
	}
	return p.address(in, strings.Trim(args[1], "[]"))
}

// fetch is cp.async: to shared memory from global memory, so many bytes and zeros behind; the end
// of a group; or waiting for all but the last so many groups.
func (p *parser) fetch(in *instruction, name string, args []string) (err error) {
	switch {
	case name == "cp.async.commit_group" && len(args) == 0:
		in.kind = fetched
		return nil
	case name == "cp.async.wait_group" && len(args) == 1:
		in.kind = await
		in.a, err = p.operand(args[0])
		return err
	case name != "cp.async.cg.shared.global" || len(args) != 4 || args[2] != "16":
		return fmt.Errorf("this copy is not known")
	}
	in.kind, in.space = fetch, sharedSpace
	if err := p.address(in, strings.Trim(args[0], "[]")); err != nil {
		return err
	}
	if in.b, err = p.operand(strings.Trim(args[1], "[]")); err == nil {
		in.c, err = p.operand(args[3])
	}
	return err
}

// matrices reads four matrices of 8 rows of 16 bytes; lane 8i+r names row r of matrix i.
func (w *warp) matrices(in *instruction) error {
	for i, to := range in.values {
		var rows [8][]byte
		for r := range rows {
			var err error
			if rows[r], err = w.bytes(in, 8*i+r, chunk); err != nil {
				return fmt.Errorf("thread %d of the warp: %w", 8*i+r, err)
			}
		}
		for l := range 32 {
			x := binary.LittleEndian.Uint32(rows[l/4][l%4*4:])
			if in.turned {
				x = uint32(binary.LittleEndian.Uint16(rows[l%4*2][l/4*2:])) |
					uint32(binary.LittleEndian.Uint16(rows[l%4*2+1][l/4*2:]))<<16
			}
			w.regs[to][l] = uint64(x)
		}
	}
	return nil
}

// fetch starts a copy of each active lane. What it will overwrite is garbage from now on, and what
// it brings is there when the lane has waited: hardware may do either as early or as late.
func (w *warp) fetch(in *instruction, active uint32) error {
	for rest := active; rest > 0; rest &= rest - 1 {
		l := bits.TrailingZeros32(rest)
		to, err := w.bytes(in, l, chunk)
		if err != nil {
			return fmt.Errorf("thread %d of the warp: %w", l, err)
		}
		t := transit{to: to}
		switch n := uint32(w.regs[in.c][l]); {
		case n > chunk:
			return fmt.Errorf("thread %d of the warp: a copy of %d bytes", l, n)
		case n > 0:
			address := w.regs[in.b][l]
			if address%chunk != 0 {
				return fmt.Errorf("address %#x is not aligned to %d bytes", address, chunk)
			}
			if t.from, err = w.global(address, int(n)); err != nil {
				return fmt.Errorf("thread %d of the warp: %w", l, err)
			}
		}
		for i := range to {
			to[i] = 0xff
		}
		w.coming = append(w.coming, t)
	}
	return nil
}

// arrive ends a group of copies, or waits for all but the last. The lanes of a warp are in step
// without a barrier of their own.
func (w *warp) arrive(in *instruction) {
	switch in.kind {
	case fetched:
		w.groups = append(w.groups, append([]transit(nil), w.coming...))
		w.coming = w.coming[:0]
		return
	case together:
		return
	}
	for len(w.groups) > int(w.regs[in.a][0]) {
		for _, t := range w.groups[0] {
			clear(t.to[copy(t.to, t.from):])
		}
		w.groups = w.groups[1:]
	}
}
