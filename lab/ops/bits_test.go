package ops

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
const allBits = "13199b85088e0ff6e80d20f8"

func TestSameBitsOnAllMachines(t *testing.T) {
	for _, e := range Engines() {
		if e.Name() == "plain" || e.Name() == "portable" {
			continue
		}
		h := sha256.New()
		for _, c := range opCases() {
			out := c.guarded()
			c.run(e, c.random(1), out)
			for _, o := range out {
				for _, v := range o {
					_ = binary.Write(h, binary.LittleEndian, math.Float32bits(v))
				}
			}
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)[:12]); got != allBits {
			t.Errorf("%s gives %s, want %s", e.Name(), got, allBits)
		}
	}
}
