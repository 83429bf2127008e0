package pixels

import (
	"fmt"
	"image"
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
	"cliplab/lab/tensor"
)

// Preprocess gives what CLIP's image tower reads for a picture: ResizeShort, CenterCrop,
// ToTensor and Normalize in one go.
//
//	x [3, size, size]
func Preprocess(img image.Image, size int) *tensor.Tensor { return CLIP.Preprocess(img, size) }

// Preprocess is the function of that name with other statistics.
//
//	x [3, size, size]
func (s Stats) Preprocess(img image.Image, size int) *tensor.Tensor {
	x := tensor.New(3, size, size)
	s.preprocess(x.Data, img, size, s.table())
	return x
}

// PreprocessBatch preprocesses several pictures, on all processors.
//
//	x [len(imgs), 3, size, size]
func PreprocessBatch(imgs []image.Image, size int) *tensor.Tensor {
	return CLIP.PreprocessBatch(imgs, size)
}

// PreprocessBatch is the function of that name with other statistics.
//
//	x [len(imgs), 3, size, size]
func (s Stats) PreprocessBatch(imgs []image.Image, size int) *tensor.Tensor {
	x := tensor.New(len(imgs), 3, size, size)
	table := s.table()
	n := 3 * size * size
	var next atomic.Int64
	var failure atomic.Value
	var wg sync.WaitGroup
	for range min(cores.Count(), len(imgs)) {
		wg.Go(func() {
			// A picture may be foreign code; its panic belongs to the caller.
			defer func() {
				if p := recover(); p != nil {
					failure.Store(fmt.Sprint(p))
				}
			}()
			for i := int(next.Add(1)) - 1; i < len(imgs); i = int(next.Add(1)) - 1 {
				s.preprocess(x.Data[i*n:(i+1)*n], imgs[i], size, table)
			}
		})
	}
	wg.Wait()
	if p := failure.Load(); p != nil {
		panic(p)
	}
	return x
}

// preprocess fills dst [3, size, size]. Of the resized picture it computes only the square that
// the crop keeps.
func (s Stats) preprocess(dst []float32, img image.Image, size int, table *[3][256]float32) {
	w, h := shortSize(img.Bounds(), size)
	box := image.Rectangle{Min: image.Pt(margin(w, size), margin(h, size))}
	box.Max = box.Min.Add(image.Pt(size, size))
	fill(dst, resample(flatten(img), w, h, box), table)
}

// table holds the normalised value of each byte, for each channel.
func (s Stats) table() *[3][256]float32 {
	var t [3][256]float32
	for c := range t {
		for v := range t[c] {
			t[c][v] = (float32(v)/255 - s.Mean[c]) / s.Std[c]
		}
	}
	return &t
}
