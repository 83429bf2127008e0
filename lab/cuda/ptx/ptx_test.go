package ptx

import (
	"strings"
	"testing"
)

// loop is memory of one allocation.
type loop struct {
	base uint64
	data []byte
}

func (m loop) Find(a uint64) (uint64, []byte, bool) {
	return m.base, m.data, a >= m.base && a < m.base+uint64(len(m.data))
}

const head = ".version 7.8\n.target sm_80\n.address_size 64\n"

// Each thread stores its own number, once those of the upper half took another way.
const divergent = head + `.visible .entry k(
.param .u64 k_param_0
)
{
	.reg .b32 %r<9>;
	ld.param.u64 %rd1, [k_param_0];
	mov.u32 %r1, %tid.x;
	setp.gt.u32 %p1, %r1, 15;
	@%p1 bra $L1;
	add.s32 %r2, %r1, 100;
	bra.uni $L2;
$L1:
	add.s32 %r2, %r1, 200;
$L2:
	shfl.sync.bfly.b32 %r3|%p2, %r2, 1, 31, -1;
	mul.wide.u32 %rd2, %r1, 4;
	add.s64 %rd3, %rd1, %rd2;
	st.global.u32 [%rd3], %r3;
	ret;
}
`

func TestLanesPartAndMeet(t *testing.T) {
	m, err := Parse(divergent)
	if err != nil {
		t.Fatal(err)
	}
	memory := loop{4096, make([]byte, 128)}
	params := make([]byte, 8)
	put(params, 8, 4096)
	l := Launch{Grid: [3]int{1, 1, 1}, Block: [3]int{32, 1, 1}, Params: params, Memory: memory}
	if err := m.Kernel("k").Run(l); err != nil {
		t.Fatal(err)
	}
	for i := range 32 {
		want := uint64(i ^ 1 + 100)
		if i > 15 {
			want += 100
		}
		if got := get(memory.data[4*i:], 4, false); got != want {
			t.Errorf("thread %d stored %d, want %d", i, got, want)
		}
	}
	l.Memory = loop{4096, make([]byte, 124)}
	if err := m.Kernel("k").Run(l); err == nil || !strings.Contains(err.Error(),
		"thread 31 of the warp: 4 bytes at address 0x107c are in no allocation") {
		t.Errorf("a write beyond the end gives %v", err)
	}
	l.Memory, l.Block[0] = memory, 31
	if err := m.Kernel("k").Run(l); err == nil || !strings.Contains(err.Error(), "shuffle") {
		t.Errorf("a shuffle of 31 threads gives %v", err)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"hello":                              "outside a kernel",
		strings.TrimSuffix(divergent, "}\n"): "does not end",
		strings.Replace(divergent, "mul.wide.u32", "mul.odd.u32", 1): "not known",
		strings.Replace(divergent, "$L2:", "$L3:", 1):                "no label $L2",
		strings.Replace(divergent, "[k_param_0]", "[k_param_1]", 1):  "no parameter",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(divergent)
	f.Add(strings.Replace(fetching, "WAIT", "", 1))
	f.Add(head + ".visible .entry k()\n{\nbar.sync 0;\n}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil || len(text) > 1<<12 {
			return
		}
		for _, name := range m.Names() {
			if m.Kernel(name) == nil {
				t.Errorf("kernel %q is lost", name)
			}
		}
	})
}
