package main

import (
	"fmt"
	"math"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: how wide its registers are, and how many hold 16 lanes.
type isa struct {
	name   string
	halves int // registers to 16 lanes
	bytes  int // of a register
}

var (
	avx2   = isa{name: "AVX2", halves: 2, bytes: 32}
	avx512 = isa{name: "AVX512", halves: 1, bytes: 64}
)

func (s isa) wide() bool { return s.halves == 1 }

// reg is a fresh vector register.
func (s isa) reg() VecVirtual {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

// text starts a function of this set.
func (s isa) text(name, signature, doc string) {
	TEXT(name+s.name, NOSPLIT, "func"+signature)
	Pragma("noescape")
	Doc(strings.Split(name+s.name+" "+doc, "\n")...)
}

// zeros are 16 lanes of zero, to sum into.
func (s isa) zeros() []VecVirtual { return s.filled(func(v VecVirtual) { s.clear(v) }) }

func (s isa) filled(fill func(VecVirtual)) []VecVirtual {
	var vs []VecVirtual
	for range s.halves {
		v := s.reg()
		fill(v)
		vs = append(vs, v)
	}
	return vs
}

func (s isa) clear(v VecVirtual) {
	if v.Size() == 64 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// param is a pointer or int argument in a register.
func param(name string) Register { return Load(Param(name), GP64()) }

// scalar is a float32 argument in all lanes.
func (s isa) scalar(name string) VecVirtual {
	v := s.reg()
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(a.Addr, v)
	return v
}

// spread copies the lowest lane of x to all lanes.
func (s isa) spread(x VecVirtual) VecVirtual {
	v := s.reg()
	VBROADCASTSS(x.AsX(), v)
	return v
}

// constants are kept as 16 equal lanes of read-only memory, good as operands of either set.
var constants = map[uint32]Mem{}

func constBits(bits uint32) Mem {
	m, ok := constants[bits]
	if !ok {
		m = GLOBL(fmt.Sprintf("c%08x", bits), RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(bits))
		}
		constants[bits] = m
	}
	return m
}

func constant(x float64) Mem { return constBits(math.Float32bits(float32(x))) }

// masks is the window from which AVX2 takes the mask of a tail: 16 lanes on, 16 lanes off.
var masks *Mem

func maskWindow() Mem {
	if masks == nil {
		m := GLOBL("tails", RODATA|NOPTR)
		for i := range 32 {
			bits := uint32(0)
			if i < 16 {
				bits = math.MaxUint32
			}
			DATA(4*i, U32(bits))
		}
		masks = &m
	}
	return *masks
}

var labels int

func label(name string) string {
	labels++
	return fmt.Sprintf("%s%d", name, labels)
}
