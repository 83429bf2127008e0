package jpeg

import "encoding/binary"

// bits reads the entropy-coded bytes of a scan. The next bit is the highest of acc.
type bits struct {
	data []byte
	at   int    // of the first byte that is not in acc
	acc  uint64 // bits behind the first n are part of what follows, or zero
	n    int
	fake int // zero bits that were put in where the data ended or a marker came
}

// enough is how many bits one code and its value may take, 16 + 15, and one.
const enough = 32

// refill brings n to 57 or more. acc and n are passed through, so that callers hold them in
// registers.
func (r *bits) refill(acc uint64, n int) (uint64, int) {
	if r.at+8 <= len(r.data) {
		v := binary.BigEndian.Uint64(r.data[r.at:])
		// No byte is 0xFF: no byte of ^v is 0.
		if (^v-0x0101010101010101)&v&0x8080808080808080 == 0 {
			k := (64 - n) >> 3
			r.at += k
			return acc | v>>uint(n), n + 8*k
		}
	}
	for n <= 56 {
		b := byte(0)
		switch {
		case r.at < len(r.data) && r.data[r.at] != 0xFF:
			b = r.data[r.at]
			r.at++
		case r.at+1 < len(r.data) && r.data[r.at+1] == 0: // 0xFF 0x00 stands for 0xFF
			b = 0xFF
			r.at += 2
		default:
			r.fake += 8
		}
		acc |= uint64(b) << uint(56-n)
		n += 8
	}
	return acc, n
}

// overrun tells whether bits were used that are not there.
func (r *bits) overrun() bool { return r.n < r.fake }

// take gives the next k bits, k ≤ 16.
func (r *bits) take(k int) int {
	if r.n < enough {
		r.acc, r.n = r.refill(r.acc, r.n)
	}
	v := r.acc >> uint(64-k)
	r.acc <<= uint(k)
	r.n -= k
	return int(v)
}

// restart skips the marker RSTm between two intervals. It tells whether it was there.
func (r *bits) restart(m int) bool {
	if r.overrun() {
		return false
	}
	r.acc, r.n, r.fake = 0, 0, 0
	for r.at+1 < len(r.data) && r.data[r.at] == 0xFF && r.data[r.at+1] == 0xFF { // fill
		r.at++
	}
	if r.at+1 >= len(r.data) || r.data[r.at] != 0xFF || r.data[r.at+1] != byte(0xD0+m) {
		return false
	}
	r.at += 2
	return true
}

// extend gives the signed value that k bits stand for: half of the range is negative.
func extend(v, k int) int {
	if k > 0 && v < 1<<(k-1) {
		return v - 1<<k + 1
	}
	return v
}
