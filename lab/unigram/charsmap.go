package unigram

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// charsmap is what strings are replaced by before they are cut: a trie of them in a double array,
// as the library Darts-clone lays it out, and the replacements, each with a zero byte behind.
type charsmap struct {
	units []uint32
	texts []byte
}

// parseCharsmap reads a model's precompiled_charsmap; an empty one replaces nothing.
func parseCharsmap(data []byte) (charsmap, error) {
	if len(data) == 0 {
		return charsmap{}, nil
	}
	if len(data) < 4 {
		return charsmap{}, fmt.Errorf("a table of characters of %d bytes", len(data))
	}
	size := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if uint64(size) > uint64(len(data)) || size%4 != 0 || size == 0 {
		return charsmap{}, fmt.Errorf("a table of characters whose trie has %d of %d bytes", size,
			len(data))
	}
	c := charsmap{make([]uint32, size/4), data[size:]}
	for i := range c.units {
		c.units[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return c, nil
}

// The fields of a unit of the trie.
func hasLeaf(u uint32) bool  { return u>>8&1 == 1 }
func label(u uint32) uint32  { return u & (1<<31 | 0xff) }
func offset(u uint32) uint32 { return u >> 10 << (u & (1 << 9) >> 6) }
func value(u uint32) uint32  { return u &^ (1 << 31) }

// longest is the replacement of the longest string that text begins with, and its length; 0 when
// there is none.
func (c charsmap) longest(text string) (to string, length int) {
	if len(c.units) == 0 {
		return "", 0
	}
	at, found := offset(c.units[0]), uint32(0)
	for i := range len(text) {
		at ^= uint32(text[i])
		if int(at) >= len(c.units) || label(c.units[at]) != uint32(text[i]) {
			break
		}
		unit := c.units[at]
		at ^= offset(unit)
		if hasLeaf(unit) && int(at) < len(c.units) {
			found, length = value(c.units[at]), i+1
		}
	}
	if length == 0 || int(found) >= len(c.texts) {
		return "", 0
	}
	end := bytes.IndexByte(c.texts[found:], 0)
	if end < 0 {
		end = len(c.texts) - int(found)
	}
	return string(c.texts[found:][:end]), length
}
