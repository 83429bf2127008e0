package kernels

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
)

//go:embed zkernels.ptx.gz
var compressed []byte

//go:embed *.cu
var sources embed.FS

// PTX is the code of all kernels, not to be changed.
func PTX() ([]byte, error) { return unpacked() }

// unpacked is the code, unpacked at the first call: several devices may want it.
var unpacked = sync.OnceValues(func() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("kernels: %w", err)
	}
	return io.ReadAll(r)
})

// Stale says why the PTX does not belong to the sources; "" when it does.
func Stale() string {
	ptx, err := PTX()
	if err != nil {
		return err.Error()
	}
	files, _ := sources.ReadDir(".") // sorted by name, as compile.py does
	hash := sha256.New()
	for _, f := range files {
		text, err := sources.ReadFile(f.Name())
		if err != nil {
			return err.Error()
		}
		hash.Write(text)
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	for line := range strings.Lines(string(ptx)) {
		if rest, ok := strings.CutPrefix(line, "// sources "); ok {
			if strings.TrimSpace(rest) == sum {
				return ""
			}
			return "zkernels.ptx.gz was compiled from other sources: run compile.py"
		}
	}
	return "zkernels.ptx.gz does not say what it was compiled from"
}
