package ptx

import (
	"strings"
	"testing"
)

// Each lane fetches 16 bytes to shared memory, lanes from 30 on zeros, and stores one word of what
// it finds there: WAIT stands for what comes between.
const fetching = head + `.visible .entry k(
.param .u64 k_param_0
)
{
	.reg .b32 %r<9>;
	.shared .align 16 .b8 k_tile[512];
	ld.param.u64 %rd1, [k_param_0];
	mov.u32 %r1, %tid.x;
	mul.wide.u32 %rd2, %r1, 16;
	add.s64 %rd3, %rd1, %rd2;
	mov.u32 %r2, k_tile;
	shl.b32 %r3, %r1, 4;
	add.s32 %r4, %r2, %r3;
	setp.lt.s32 %p1, %r1, 30;
	selp.b32 %r5, 16, 0, %p1;
	cp.async.cg.shared.global [%r4], [%rd3], 16, %r5;
	WAIT
	ld.shared.u32 %r6, [%r4+4];
	mul.wide.u32 %rd4, %r1, 4;
	add.s64 %rd5, %rd1, %rd4;
	st.global.u32 [%rd5+512], %r6;
	ret;
}
`

// ran are the words that 32 lanes store behind 512 bytes of numbers.
func ran(t *testing.T, text string) ([]uint64, error) {
	t.Helper()
	m, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	memory := loop{4096, make([]byte, 640)}
	for i := range 256 {
		put(memory.data[2*i:], 2, uint64(i))
	}
	params := make([]byte, 8)
	put(params, 8, 4096)
	err = m.Kernel("k").Run(Launch{Grid: [3]int{1, 1, 1}, Block: [3]int{32, 1, 1}, Params: params,
		Memory: memory})
	var words []uint64
	for i := range 32 {
		words = append(words, get(memory.data[512+4*i:], 4, false))
	}
	return words, err
}

// What is fetched is there once its group was waited for, and garbage before.
func TestFetchArrivesLate(t *testing.T) {
	const commit, garbage = "cp.async.commit_group;\n\t", 0xffffffff
	for wait, there := range map[string]bool{
		"":                                false,
		commit:                            false,
		"cp.async.wait_group 0;":          false, // the group was not ended
		commit + "cp.async.wait_group 1;": false,
		commit + "cp.async.wait_group 0;": true,
		commit + commit + "cp.async.wait_group 1;": true,
	} {
		words, err := ran(t, strings.Replace(fetching, "WAIT", wait, 1))
		if err != nil {
			t.Fatal(err)
		}
		for l, got := range words {
			want := uint64(8*l+3)<<16 | uint64(8*l+2)
			if l >= 30 {
				want = 0
			}
			if !there {
				want = garbage
			}
			if got != want {
				t.Errorf("after %q lane %d finds %#x, want %#x", wait, l, got, want)
				break
			}
		}
	}
	plain := strings.Replace(fetching, "WAIT", "", 1)
	wrong := strings.Replace(plain, "add.s64 %rd3, %rd1, %rd2;", "add.s64 %rd3, %rd1, 8;", 1)
	if _, err := ran(t, wrong); err == nil || !strings.Contains(err.Error(), "not aligned to 16") {
		t.Errorf("an address of 8 gives %v", err)
	}
	wrong = strings.Replace(plain, "mul.wide.u32 %rd2, %r1, 16", "mul.wide.u32 %rd2, %r1, 32", 1)
	if _, err := ran(t, wrong); err == nil || !strings.Contains(err.Error(), "in no allocation") {
		t.Errorf("a fetch beyond the end gives %v", err)
	}
}

// Of 32 rows of 8 numbers lane l finds numbers 2(l%4) and the next of row l/4 of a matrix; turned,
// number l/4 of rows 2(l%4) and the next. The second of four matrices is stored.
func TestMatrices(t *testing.T) {
	for _, turned := range []bool{false, true} {
		form := ""
		if turned {
			form = ".trans"
		}
		text := strings.Replace(fetching, "WAIT", "cp.async.commit_group;\n\tcp.async.wait_group 0;", 1)
		text = strings.Replace(text, "ld.shared.u32 %r6, [%r4+4];",
			"ldmatrix.sync.aligned.m8n8.x4"+form+".shared.b16 {%r5, %r6, %r7, %r8}, [%r4];", 1)
		words, err := ran(t, text)
		if err != nil {
			t.Fatal(err)
		}
		for l, got := range words {
			row, quad := l/4, l%4
			want := uint64(64+8*row+2*quad+1)<<16 | uint64(64+8*row+2*quad)
			if turned {
				want = uint64(64+8*(2*quad+1)+row)<<16 | uint64(64+8*2*quad+row)
			}
			if got != want {
				t.Errorf("turned %v, lane %d: %#x, want %#x", turned, l, got, want)
			}
		}
	}
}
