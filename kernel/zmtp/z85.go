package zmtp

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// z85 is the alphabet of RFC 32: base 85 without quotes or backslashes, four octets to five
// characters, the most significant first.
const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// encodeZ85 writes octets, a multiple of four of them.
func encodeZ85(data []byte) string {
	text := make([]byte, 0, len(data)/4*5)
	for ; len(data) >= 4; data = data[4:] {
		value := binary.BigEndian.Uint32(data)
		for divisor := uint32(85 * 85 * 85 * 85); divisor > 0; divisor /= 85 {
			text = append(text, z85[value/divisor%85])
		}
	}
	return string(text)
}

// decodeZ85 reads what encodeZ85 wrote. Its errors do not quote the text, which may be secret.
func decodeZ85(text string) ([]byte, error) {
	if len(text)%5 != 0 {
		return nil, fmt.Errorf("zmtp: Z85 text of %d characters, no multiple of 5", len(text))
	}
	data := make([]byte, 0, len(text)/5*4)
	for at := 0; at < len(text); at += 5 {
		value := uint64(0)
		for i, c := range []byte(text[at : at+5]) {
			digit := strings.IndexByte(z85, c)
			if digit < 0 {
				return nil, fmt.Errorf("zmtp: character %d of the Z85 text is not of its alphabet", at+i)
			}
			value = value*85 + uint64(digit)
		}
		if value > 1<<32-1 {
			return nil, fmt.Errorf("zmtp: characters %d to %d of the Z85 text exceed 32 bits", at, at+4)
		}
		data = binary.BigEndian.AppendUint32(data, uint32(value))
	}
	return data, nil
}
