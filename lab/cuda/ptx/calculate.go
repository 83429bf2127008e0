package ptx

import (
	"math"
	"math/bits"
	"strings"
)

// calculate is the function of an instruction that touches registers only, and how many operands
// it has beside the result; nil when it is not known.
func calculate(name string) (calculation, int) {
	f, arity := byLane(name)
	if loop := whole[name]; loop != nil {
		return func(dst, a, b, c *lanes, mask uint32) {
			if mask == all {
				loop(dst, a, b, c)
			} else {
				f(dst, a, b, c, mask)
			}
		}, arity
	}
	return f, arity
}

// byLane is calculate with a call for each lane that goes on.
func byLane(name string) (calculation, int) {
	if f := one[name]; f != nil {
		return func(dst, a, _, _ *lanes, mask uint32) {
			for ; mask > 0; mask &= mask - 1 {
				l := bits.TrailingZeros32(mask)
				dst[l] = f(a[l])
			}
		}, 1
	}
	f := two[name]
	if f == nil && strings.HasPrefix(name, "setp.") {
		f = comparison(strings.Split(name, ".")[1:])
	}
	if f != nil {
		return func(dst, a, b, _ *lanes, mask uint32) {
			for ; mask > 0; mask &= mask - 1 {
				l := bits.TrailingZeros32(mask)
				dst[l] = f(a[l], b[l])
			}
		}, 2
	}
	if f := three[name]; f != nil {
		return func(dst, a, b, c *lanes, mask uint32) {
			for ; mask > 0; mask &= mask - 1 {
				l := bits.TrailingZeros32(mask)
				dst[l] = f(a[l], b[l], c[l])
			}
		}, 3
	}
	return nil, 0
}

// fma32 rounds once, but for cases where float64 falls on a tie.
func fma32(a, b, c float32) float32 { return float32(float64(a)*float64(b) + float64(c)) }

func i32(x uint64) int32   { return int32(uint32(x)) }
func u32(x int32) uint64   { return uint64(uint32(x)) }
func same(x uint64) uint64 { return x }

var one = map[string]func(a uint64) uint64{
	"mov.u32": same, "mov.b32": same, "mov.f32": same, "mov.u64": same, "mov.f64": same,
	"mov.pred": same, "mov.b64": same, "mov.b16": same, "mov.u16": same,
	"cvta.to.global.u64": same, "cvt.u64.u32": func(a uint64) uint64 { return a & math.MaxUint32 },
	"cvt.u32.u64":    func(a uint64) uint64 { return a & math.MaxUint32 },
	"cvt.u16.u32":    func(a uint64) uint64 { return a & math.MaxUint16 },
	"cvt.u32.u16":    func(a uint64) uint64 { return a & math.MaxUint16 },
	"cvt.s64.s32":    func(a uint64) uint64 { return uint64(int64(i32(a))) },
	"cvt.rn.f32.s32": func(a uint64) uint64 { return f32bits(float32(i32(a))) },
	"cvt.rn.f32.u32": func(a uint64) uint64 { return f32bits(float32(uint32(a))) },
	"cvt.rn.f64.s32": func(a uint64) uint64 { return f64bits(float64(i32(a))) },
	"cvt.f64.f32":    func(a uint64) uint64 { return f64bits(float64(f32(a))) },
	"cvt.rn.f32.f64": func(a uint64) uint64 { return f32bits(float32(f64(a))) },
	"cvt.rzi.f32.f32": func(a uint64) uint64 {
		return f32bits(float32(math.Trunc(float64(f32(a)))))
	},
	"cvt.sat.f32.f32":  func(a uint64) uint64 { return f32bits(saturate(f32(a))) },
	"cvt.rna.tf32.f32": func(a uint64) uint64 { return uint64(tf32(uint32(a))) },
	"neg.f32":          func(a uint64) uint64 { return f32bits(-f32(a)) },
	"abs.f32":          func(a uint64) uint64 { return a &^ (1 << 31) },
	"neg.s32":          func(a uint64) uint64 { return u32(-i32(a)) },
	"neg.s64":          func(a uint64) uint64 { return -a },
	"not.pred":         func(a uint64) uint64 { return a ^ 1 },
	"not.b32":          func(a uint64) uint64 { return a ^ math.MaxUint32 },
	"ex2.approx.ftz.f32": func(a uint64) uint64 {
		return f32bits(float32(math.Exp2(float64(f32(a)))))
	},
	"rcp.approx.ftz.f32": func(a uint64) uint64 { return f32bits(1 / f32(a)) },
	"rcp.rn.f32":         func(a uint64) uint64 { return f32bits(1 / f32(a)) },
	"sqrt.rn.f32": func(a uint64) uint64 {
		return f32bits(float32(math.Sqrt(float64(f32(a)))))
	},
	"sqrt.rn.f64": func(a uint64) uint64 { return f64bits(math.Sqrt(f64(a))) },
}

func saturate(x float32) float32 {
	switch {
	case x > 1:
		return 1
	case x > 0:
		return x
	}
	return 0 // NaN as well
}

// tf32 rounds to the nearest with 10 binary digits behind the first, ties away from zero.
func tf32(bits uint32) uint32 {
	if bits&0x7f800000 == 0x7f800000 {
		return bits
	}
	return (bits + 1<<12) &^ (1<<13 - 1)
}

// bfloat rounds to bfloat16, ties to even.
func bfloat(x float32) uint64 {
	b := math.Float32bits(x)
	if x != x {
		return 0x7fff
	}
	return uint64((b + 0x7fff + b>>16&1) >> 16)
}

var two = map[string]func(a, b uint64) uint64{
	"add.s32": func(a, b uint64) uint64 { return uint64(uint32(a) + uint32(b)) },
	"sub.s32": func(a, b uint64) uint64 { return uint64(uint32(a) - uint32(b)) },
	"sub.s64": func(a, b uint64) uint64 { return a - b },
	"mul.lo.s32": func(a, b uint64) uint64 {
		return uint64(uint32(a) * uint32(b))
	},
	"mul.lo.s64":   func(a, b uint64) uint64 { return a * b },
	"mul.wide.s32": func(a, b uint64) uint64 { return uint64(int64(i32(a)) * int64(i32(b))) },
	"mul.wide.u32": func(a, b uint64) uint64 { return (a & math.MaxUint32) * (b & math.MaxUint32) },
	"mul.hi.u32": func(a, b uint64) uint64 {
		return (a & math.MaxUint32) * (b & math.MaxUint32) >> 32
	},
	"mul.hi.u64": func(a, b uint64) uint64 { hi, _ := bits.Mul64(a, b); return hi },
	"div.u64":    func(a, b uint64) uint64 { return quotient(a, b) },
	"rem.u64":    func(a, b uint64) uint64 { return a - quotient(a, b)*b },
	"div.u32": func(a, b uint64) uint64 {
		return quotient(a&math.MaxUint32, b&math.MaxUint32) & math.MaxUint32
	},
	"rem.u32": func(a, b uint64) uint64 {
		a, b = a&math.MaxUint32, b&math.MaxUint32
		return (a - quotient(a, b)*b) & math.MaxUint32
	},
	"div.s32": func(a, b uint64) uint64 {
		if i32(b) == 0 {
			return math.MaxUint32
		}
		return u32(i32(a) / i32(b))
	},
	"rem.s32": func(a, b uint64) uint64 {
		if i32(b) == 0 {
			return a
		}
		return u32(i32(a) % i32(b))
	},
	"and.b32":    func(a, b uint64) uint64 { return a & b & math.MaxUint32 },
	"or.b32":     func(a, b uint64) uint64 { return (a | b) & math.MaxUint32 },
	"xor.b32":    func(a, b uint64) uint64 { return (a ^ b) & math.MaxUint32 },
	"and.b64":    func(a, b uint64) uint64 { return a & b },
	"or.b64":     func(a, b uint64) uint64 { return a | b },
	"and.pred":   func(a, b uint64) uint64 { return a & b },
	"or.pred":    func(a, b uint64) uint64 { return a | b },
	"xor.pred":   func(a, b uint64) uint64 { return a ^ b },
	"shl.b32":    func(a, b uint64) uint64 { return a << min(b&math.MaxUint32, 64) & math.MaxUint32 },
	"shl.b64":    func(a, b uint64) uint64 { return a << min(b&math.MaxUint32, 64) },
	"shr.u32":    func(a, b uint64) uint64 { return a & math.MaxUint32 >> min(b&math.MaxUint32, 64) },
	"shr.s32":    func(a, b uint64) uint64 { return u32(i32(a) >> min(b&math.MaxUint32, 31)) },
	"shr.u64":    func(a, b uint64) uint64 { return a >> min(b&math.MaxUint32, 64) },
	"shr.s64":    func(a, b uint64) uint64 { return uint64(int64(a) >> min(b&math.MaxUint32, 63)) },
	"min.s32":    func(a, b uint64) uint64 { return u32(min(i32(a), i32(b))) },
	"max.s32":    func(a, b uint64) uint64 { return u32(max(i32(a), i32(b))) },
	"min.u32":    func(a, b uint64) uint64 { return uint64(min(uint32(a), uint32(b))) },
	"max.u32":    func(a, b uint64) uint64 { return uint64(max(uint32(a), uint32(b))) },
	"max.f32":    func(a, b uint64) uint64 { return f32bits(greater(f32(a), f32(b))) },
	"add.s64":    func(a, b uint64) uint64 { return a + b },
	"add.f32":    func(a, b uint64) uint64 { return f32bits(f32(a) + f32(b)) },
	"sub.f32":    func(a, b uint64) uint64 { return f32bits(f32(a) - f32(b)) },
	"mul.f32":    func(a, b uint64) uint64 { return f32bits(f32(a) * f32(b)) },
	"mul.rn.f32": func(a, b uint64) uint64 { return f32bits(f32(a) * f32(b)) },
	"div.rn.f32": func(a, b uint64) uint64 { return f32bits(f32(a) / f32(b)) },
	"add.f64":    func(a, b uint64) uint64 { return f64bits(f64(a) + f64(b)) },
	"mul.f64":    func(a, b uint64) uint64 { return f64bits(f64(a) * f64(b)) },
	"div.rn.f64": func(a, b uint64) uint64 { return f64bits(f64(a) / f64(b)) },
	// The first operand is the high half.
	"cvt.rn.bf16x2.f32": func(a, b uint64) uint64 { return bfloat(f32(a))<<16 | bfloat(f32(b)) },
}

// inserted puts the bits of a that are in a mask into b, from a place on.
func inserted(mask uint32, at uint64) calculation {
	return func(dst, a, b, _ *lanes, active uint32) {
		for l := range 32 {
			if active>>l&1 > 0 {
				dst[l] = uint64(uint32(b[l])&^(mask<<at) | uint32(a[l])&mask<<at)
			}
		}
	}
}

// greater is the larger number; of a NaN and a number it is the number.
func greater(a, b float32) float32 {
	if a != a || b > a {
		return b
	}
	return a
}

// quotient by zero is all ones, as on hardware.
func quotient(a, b uint64) uint64 {
	if b == 0 {
		return math.MaxUint64
	}
	return a / b
}

func selected(a, b, p uint64) uint64 {
	if p > 0 {
		return a
	}
	return b
}

var three = map[string]func(a, b, c uint64) uint64{
	"selp.b16": selected, "selp.b32": selected, "selp.b64": selected, "selp.f32": selected,
	"selp.u32": selected, "selp.s32": selected,
	"mad.lo.s32": func(a, b, c uint64) uint64 { return uint64(uint32(a)*uint32(b) + uint32(c)) },
	"mad.lo.s64": func(a, b, c uint64) uint64 { return a*b + c },
	"fma.rn.f32": func(a, b, c uint64) uint64 { return f32bits(fma32(f32(a), f32(b), f32(c))) },
	"fma.rn.f64": func(a, b, c uint64) uint64 { return f64bits(math.FMA(f64(a), f64(b), f64(c))) },
	"fma.rm.f32": func(a, b, c uint64) uint64 {
		exact := float64(f32(a))*float64(f32(b)) + float64(f32(c))
		r := float32(exact)
		if float64(r) > exact {
			r = math.Nextafter32(r, float32(math.Inf(-1)))
		}
		return f32bits(r)
	},
}

// comparison is setp: how, and of which type. Those that end in u are true for NaN.
func comparison(parts []string) func(a, b uint64) uint64 {
	if len(parts) != 2 {
		return nil
	}
	var order func(a, b uint64) (less, equal, unordered bool)
	switch parts[1] {
	case "s32":
		order = func(a, b uint64) (bool, bool, bool) { return i32(a) < i32(b), i32(a) == i32(b), false }
	case "u32", "b32":
		order = func(a, b uint64) (bool, bool, bool) {
			return uint32(a) < uint32(b), uint32(a) == uint32(b), false
		}
	case "s64":
		order = func(a, b uint64) (bool, bool, bool) { return int64(a) < int64(b), a == b, false }
	case "u64", "b64":
		order = func(a, b uint64) (bool, bool, bool) { return a < b, a == b, false }
	case "u16", "b16", "s16":
		order = func(a, b uint64) (bool, bool, bool) {
			return uint16(a) < uint16(b), uint16(a) == uint16(b), false
		}
	case "f32":
		order = func(a, b uint64) (bool, bool, bool) {
			x, y := f32(a), f32(b)
			return x < y, x == y, x != x || y != y
		}
	case "f64":
		order = func(a, b uint64) (bool, bool, bool) {
			x, y := f64(a), f64(b)
			return x < y, x == y, x != x || y != y
		}
	default:
		return nil
	}
	test := tests[parts[0]]
	if test == nil {
		return nil
	}
	return func(a, b uint64) uint64 {
		if test(order(a, b)) {
			return 1
		}
		return 0
	}
}

var tests = map[string]func(less, equal, unordered bool) bool{
	"eq":  func(_, e, _ bool) bool { return e },
	"ne":  func(_, e, u bool) bool { return !e && !u },
	"lt":  func(l, _, _ bool) bool { return l },
	"le":  func(l, e, _ bool) bool { return l || e },
	"gt":  func(l, e, u bool) bool { return !l && !e && !u },
	"ge":  func(l, _, u bool) bool { return !l && !u },
	"equ": func(_, e, u bool) bool { return e || u },
	"neu": func(_, e, _ bool) bool { return !e },
	"ltu": func(l, _, u bool) bool { return l || u },
	"leu": func(l, e, u bool) bool { return l || e || u },
	"gtu": func(l, e, _ bool) bool { return !l && !e },
	"geu": func(l, _, _ bool) bool { return !l },
	"nan": func(_, _, u bool) bool { return u },
	"num": func(_, _, u bool) bool { return !u },
}
