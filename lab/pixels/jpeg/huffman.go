package jpeg

// lookBits is how long codes may be that are found in one look.
const lookBits = 10

// huffman is one table of codes.
type huffman struct {
	// By the next bits of the stream: the bits used, the symbol << 8, and, when the symbol's
	// value fits too, that value << 16. Then the bits used count both. 0: a longer code.
	look    [1 << lookBits]uint32
	last    [17]int // by length: the last code, as 16 bits left-aligned; −1 for none
	first   [17]int // by length: what, added to a code, gives the index of its symbol
	symbols [256]byte
}

// newHuffman builds a table from the number of codes of each length and the symbols in the
// order of their codes. It returns nil when the codes do not fit.
func newHuffman(counts []byte, symbols []byte) *huffman {
	h := &huffman{}
	copy(h.symbols[:], symbols)
	code, index := 0, 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		if code+n > 1<<length {
			return nil
		}
		h.first[length] = index - code
		for range n {
			if length <= lookBits {
				h.addLook(code, length, symbols[index])
			}
			code++
			index++
		}
		h.last[length] = code<<(16-length) - 1
		if n == 0 {
			h.last[length] = -1
		}
		code <<= 1
	}
	return h
}

// addLook enters a short code at all places that begin with it.
func (h *huffman) addLook(code, length int, symbol byte) {
	rest := lookBits - length
	size := int(symbol & 15)
	for i := range 1 << rest {
		e := uint32(symbol)<<8 | uint32(length)
		if 0 < size && size <= rest {
			v := extend(i>>(rest-size), size)
			e = uint32(uint16(v))<<16 | uint32(symbol)<<8 | uint32(length+size)
		}
		h.look[code<<rest|i] = e
	}
}

// long decodes a code that is longer than lookBits, given the next 16 bits. It returns length
// 0 when no code fits.
func (h *huffman) long(next int) (symbol byte, length int) {
	for length := lookBits + 1; length <= 16; length++ {
		if next <= h.last[length] {
			return h.symbols[(next>>(16-length)+h.first[length])&255], length
		}
	}
	return 0, 0
}

// symbol decodes one symbol without its value.
func (h *huffman) symbol(r *bits) (byte, bool) {
	if r.n < enough {
		r.acc, r.n = r.refill(r.acc, r.n)
	}
	e := h.look[r.acc>>(64-lookBits)]
	symbol, length := byte(e>>8), int(e&0xFF)
	if e>>16 != 0 {
		length -= int(symbol & 15)
	}
	if length == 0 {
		if symbol, length = h.long(int(r.acc >> 48)); length == 0 {
			return 0, false
		}
	}
	r.acc <<= uint(length)
	r.n -= length
	return symbol, true
}

// zigzag is the natural place of the k-th coefficient of a block (T.81, figure 5).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}
