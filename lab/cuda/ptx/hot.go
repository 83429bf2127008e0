package ptx

import (
	"encoding/binary"
	"math/bits"
)

// all is the mask of a whole warp.
const all = ^uint32(0)

// whole are loops over a warp of which all lanes go on, for the instructions that kernels spend
// their time in: the same as in the tables of calculate, without a call for each lane.
var whole = map[string]func(dst, a, b, c *lanes){
	"mov.f32": copied, "mov.u32": copied, "mov.b32": copied, "mov.u64": copied,
	"cvta.to.global.u64": copied,
	"fma.rn.f32": func(dst, a, b, c *lanes) {
		for l := range dst {
			dst[l] = f32bits(fma32(f32(a[l]), f32(b[l]), f32(c[l])))
		}
	},
	"mul.f32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = f32bits(f32(a[l]) * f32(b[l]))
		}
	},
	"add.f32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = f32bits(f32(a[l]) + f32(b[l]))
		}
	},
	"sub.f32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = f32bits(f32(a[l]) - f32(b[l]))
		}
	},
	"add.s64": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = a[l] + b[l]
		}
	},
	"add.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l]) + uint32(b[l]))
		}
	},
	"sub.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l]) - uint32(b[l]))
		}
	},
	"mul.lo.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l]) * uint32(b[l]))
		}
	},
	"mul.wide.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(int64(i32(a[l])) * int64(i32(b[l])))
		}
	},
	"mad.lo.s32": func(dst, a, b, c *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l])*uint32(b[l]) + uint32(c[l]))
		}
	},
	"and.b32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l] & b[l]))
		}
	},
	"or.b32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l] | b[l]))
		}
	},
	"or.pred": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = a[l] | b[l]
		}
	},
	"and.pred": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = a[l] & b[l]
		}
	},
	"setp.ge.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = bit(i32(a[l]) >= i32(b[l]))
		}
	},
	"setp.lt.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = bit(i32(a[l]) < i32(b[l]))
		}
	},
	"cvt.s64.s32": func(dst, a, _, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(int64(i32(a[l])))
		}
	},
	"shl.b64": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = a[l] << min(b[l]&0xffffffff, 64)
		}
	},
	"shl.b32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = uint64(uint32(a[l] << min(b[l]&0xffffffff, 64)))
		}
	},
	"shr.u32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = a[l] & 0xffffffff >> min(b[l]&0xffffffff, 64)
		}
	},
	"shr.s32": func(dst, a, b, _ *lanes) {
		for l := range dst {
			dst[l] = u32(i32(a[l]) >> min(b[l]&0xffffffff, 31))
		}
	},
}

func copied(dst, a, _, _ *lanes) { *dst = *a }

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// quick is access to one word of four bytes in shared or global memory, or to a parameter, by lanes
// whose addresses are in order; false where one is not, and nothing is wrong yet.
func (w *warp) quick(in *instruction, active uint32) bool {
	if len(in.values) > 1 {
		return false
	}
	value := &w.regs[in.values[0]]
	if in.space == paramSpace {
		x := get(w.block.launch.Params[in.offset:], in.size, in.signed)
		if active != all || in.kind != load {
			return false
		}
		for l := range value {
			value[l] = x
		}
		return true
	}
	if in.size != 4 {
		return false
	}
	s := segment{0, w.block.shared}
	if in.space == global {
		s = w.block.cache[w.pc]
	}
	last := uint64(len(s.data)) - 4
	if len(s.data) < 4 {
		return false
	}
	address := &w.regs[in.a]
	from := uint64(in.offset) - s.base
	for rest := active; rest > 0; rest &= rest - 1 {
		l := bits.TrailingZeros32(rest)
		at := address[l] + from
		if at > last || (address[l]+uint64(in.offset))&3 > 0 {
			return false
		}
		if in.kind == load {
			value[l] = uint64(binary.LittleEndian.Uint32(s.data[at:]))
		} else {
			binary.LittleEndian.PutUint32(s.data[at:], uint32(value[l]))
		}
	}
	return true
}
