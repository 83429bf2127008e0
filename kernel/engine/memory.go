package engine

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Go ends the process when memory runs out. While a cell runs, the heap is looked at often
// enough to end the cell before; and compiled functions that allocate as much as their
// arguments say are asked first.

// watchEvery is how often the heap is looked at.
const watchEvery = 50 * time.Millisecond

// watchHeap ends the cell if more lives on the heap than may.
func watchHeap(e *Engine, x *Exec) {
	var look func()
	look = func() {
		if e.rest.main.Load() != x || x.ctx.Err() != nil {
			return
		}
		if used, most := heapSize(), e.maxHeap(); used > most && stillMore(most) {
			x.fail(rtError(fmt.Sprintf("out of memory: %d MB in use, the limit is %d MB",
				used>>20, most>>20)))
			return
		}
		time.AfterFunc(watchEvery, look)
	}
	time.AfterFunc(watchEvery, look)
}

// stillMore tells whether the heap is beyond a limit without its garbage too.
func stillMore(limit int64) bool {
	runtime.GC()
	return heapSize() > limit
}

// heapSize is what the objects of the heap take, with those that are garbage already.
func heapSize() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

func (e *Engine) maxHeap() int64 {
	if e.cfg.MaxHeap > 0 {
		return e.cfg.MaxHeap
	}
	return memoryLimit() / 10 * 9
}

// memoryLimit is the memory that the process may use: of its control group, or what the
// machine has.
var memoryLimit = sync.OnceValue(func() int64 {
	limit := int64(math.MaxInt64)
	for _, file := range []string{"/sys/fs/cgroup/memory.max",
		"/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if b, err := os.ReadFile(file); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil {
				limit = min(limit, n)
			}
		}
	}
	b, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) > 1 && f[0] == "MemTotal:" {
			if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				limit = min(limit, kb<<10)
			}
		}
	}
	return limit
})

// checkBytes panics if an allocation is beyond the limits.
func (e *Engine) checkBytes(n int64) {
	if n > e.cfg.MaxAlloc {
		panic(e.tooBig(n))
	}
	if n > 64<<20 && n+heapSize() > e.maxHeap() && stillMore(e.maxHeap()-n) {
		panic(rtError(fmt.Sprintf("out of memory: %d bytes more than the limit of %d MB allows",
			n, e.maxHeap()>>20)))
	}
}

// times multiplies without overflow.
func times(ns ...int) int64 {
	p := int64(1)
	for _, n := range ns {
		if n <= 0 {
			return 0
		}
		if p > math.MaxInt64/int64(n) {
			return math.MaxInt64
		}
		p *= int64(n)
	}
	return p
}

// sizes tells for compiled functions how many bytes they will allocate.
var sizes = map[string]func(fr *frame, args []uintptr) int64{
	"strings.Repeat": func(fr *frame, a []uintptr) int64 {
		return times(len(*at[string](fr, a[0])), *at[int](fr, a[1]))
	},
	"bytes.Repeat": func(fr *frame, a []uintptr) int64 {
		return times(at[sword](fr, a[0]).len, *at[int](fr, a[1]))
	},
	"strings.Builder.Grow":                  sizeArg(1, 1),
	"bytes.Buffer.Grow":                     sizeArg(1, 1),
	"bufio.NewReaderSize":                   sizeArg(1, 1),
	"bufio.NewWriterSize":                   sizeArg(1, 1),
	"math/rand.Perm":                        sizeArg(0, 8),
	"math/rand/v2.Perm":                     sizeArg(0, 8),
	"gonum.org/v1/gonum/mat.NewDense":       sizeArg(0, 8, 1),
	"gonum.org/v1/gonum/mat.NewVecDense":    sizeArg(0, 8),
	"gonum.org/v1/gonum/mat.NewSymDense":    sizeArg(0, 8, 0),
	"gonum.org/v1/gonum/mat.NewTriDense":    sizeArg(0, 8, 0),
	"gonum.org/v1/gonum/mat.NewDiagDense":   sizeArg(0, 8),
	"image.NewRGBA":                         sizeRect(4),
	"image.NewNRGBA":                        sizeRect(4),
	"image.NewCMYK":                         sizeRect(4),
	"image.NewRGBA64":                       sizeRect(8),
	"image.NewNRGBA64":                      sizeRect(8),
	"image.NewGray":                         sizeRect(1),
	"image.NewAlpha":                        sizeRect(1),
	"image.NewPaletted":                     sizeRect(1),
	"image.NewGray16":                       sizeRect(2),
	"image.NewAlpha16":                      sizeRect(2),
	"math/big.Int.Lsh":                      sizeShift(2),
	"math/big.Int.SetBit":                   sizeShift(2),
	"math/big.Int.Exp":                      sizePower,
	"reflect.MakeSlice":                     sizeArg(2, 1),
	"reflect.MakeMapWithSize":               sizeArg(1, 8),
	"reflect.ArrayOf":                       sizeArg(0, 1),
	"github.com/disintegration/imaging.New": sizeArg(0, 4, 1),
}

// sizeArg is size bytes times an argument and, if there are any, times others.
func sizeArg(i, size int, more ...int) func(fr *frame, args []uintptr) int64 {
	return func(fr *frame, args []uintptr) int64 {
		ns := []int{size, *at[int](fr, args[i])}
		for _, j := range more {
			ns = append(ns, *at[int](fr, args[j]))
		}
		return times(ns...)
	}
}

// sizeRect is size bytes for each pixel of an image.Rectangle.
func sizeRect(size int) func(fr *frame, args []uintptr) int64 {
	return func(fr *frame, args []uintptr) int64 {
		r := at[[4]int](fr, args[0])
		return times(size, r[2]-r[0], r[3]-r[1])
	}
}

func sizeShift(i int) func(fr *frame, args []uintptr) int64 {
	return func(fr *frame, args []uintptr) int64 { return int64(*at[uint](fr, args[i]) / 8) }
}

// sizePower is the size of xʸ for package math/big: without a modulus it has y times the
// digits of x.
func sizePower(fr *frame, args []uintptr) int64 {
	x, y, m := *at[*big.Int](fr, args[1]), *at[*big.Int](fr, args[2]), *at[*big.Int](fr, args[3])
	if x == nil || y == nil || m != nil && m.Sign() != 0 || x.BitLen() < 2 || y.Sign() <= 0 {
		return 0
	}
	if !y.IsInt64() {
		return math.MaxInt64
	}
	return times(x.BitLen()/8+1, int(y.Int64()))
}

// sized makes a compiled function ask for its memory first.
func (e *Engine) sized(name string, bind binder) binder {
	size := sizes[name]
	if size == nil {
		return bind
	}
	return func(args, res []uintptr) op {
		f := bind(args, res)
		return func(fr *frame) {
			e.checkBytes(size(fr, args))
			f(fr)
		}
	}
}
