package cuda

import (
	"hash/maphash"
	"sync"
	"unsafe"

	"cliplab/lab/cores"
)

// sides are towers, as bits.
type sides int

const (
	imageSide sides = 1 << iota
	textSide
	bothSides = imageSide | textSide
)

// index is 0 for images, 1 for texts.
func (s sides) index() int { return int(s >> 1) }

// kept are unit features of towers of which nothing learns, by what went in: an input that comes
// again gives the same features. They stay with the host, for all devices.
type kept struct {
	limit int // rows
	seeds [2]maphash.Seed
	rows  [2]map[key][]float32 // of images and texts
}

// key is a digest of 128 bits of an input, and of its tower.
type key [2]uint64

// keptBytes is what features that are kept may take.
const keptBytes = 256 << 20

func newKept(d int) *kept {
	k := &kept{limit: keptBytes / 4 / d, seeds: [2]maphash.Seed{maphash.MakeSeed(),
		maphash.MakeSeed()}}
	k.clear()
	return k
}

// clear forgets all, as when a tower gets other parameters.
func (k *kept) clear() { k.rows = [2]map[key][]float32{{}, {}} }

// keys are those of the rows of a batch, all of one width, in memory of keys.
func (k *kept) keys(keys []key, data []float32) {
	width := len(data) / len(keys)
	digest := func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := data[i*width : (i+1)*width]
			bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(row))), 4*len(row))
			keys[i] = key{maphash.Bytes(k.seeds[0], bytes), maphash.Bytes(k.seeds[1], bytes)}
		}
	}
	part := max(1<<18/width+1, (len(keys)+cores.Count()-1)/cores.Count())
	var wait sync.WaitGroup
	for lo := 0; lo < len(keys); lo += part {
		wait.Go(func() { digest(lo, min(lo+part, len(keys))) })
	}
	wait.Wait()
}

// find copies the features of all inputs to dst, or none of them.
func (k *kept) find(dst []float32, side sides, keys []key) bool {
	rows := k.rows[side.index()]
	for _, x := range keys {
		if rows[x] == nil {
			return false
		}
	}
	for i, x := range keys {
		copy(dst[i*len(dst)/len(keys):], rows[x])
	}
	return true
}

// put keeps the features of inputs, as long as there is room.
func (k *kept) put(side sides, keys []key, features []float32) {
	rows, d := k.rows[side.index()], len(features)/len(keys)
	for i, x := range keys {
		if rows[x] == nil && len(k.rows[0])+len(k.rows[1]) < k.limit {
			rows[x] = append([]float32(nil), features[i*d:(i+1)*d]...)
		}
	}
}
