package ops_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// allBits is the digest of what all ops give for all cases, on every engine with kernels of its
// own: amd64 and arm64, in CI under emulation, compute the same bits. A new case, or another
// order of a sum, changes it; then it must change on both alike.
const allBits = "d034a8210e7ee58be67a83ee"

func TestSameBitsOnAllMachines(t *testing.T) {
	cases := all(fixedSeed)
	for _, e := range assembled() {
		h := sha256.New()
		for i, c := range cases {
			for _, x := range c.Results(e, fixedSeed, i) {
				var bytes []byte
				for _, v := range x {
					bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v))
				}
				h.Write(bytes)
			}
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)[:12]); got != allBits {
			t.Errorf("%s gives %s, want %s", e.Name(), got, allBits)
		}
	}
}
