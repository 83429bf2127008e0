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
func Preprocess(img image.Image, size int) *tensor.Tensor { return clip(size).Preprocess(img) }

// PreprocessBatch preprocesses several pictures, on all processors.
//
//	x [len(imgs), 3, size, size]
func PreprocessBatch(imgs []image.Image, size int) *tensor.Tensor {
	return clip(size).PreprocessBatch(imgs)
}

// clip are CLIP's options for another size.
func clip(size int) Options {
	if size < 1 {
		panic(fmt.Sprintf("pixels: cannot make a picture of %d×%d", size, size))
	}
	o := CLIP
	o.Size = size
	return o
}

// Preprocess gives what an image tower with these options reads for a picture.
//
//	x [3, Size, Size]
//
// It panics on a picture without pixels, and on options that do not pass Check.
func (o Options) Preprocess(img image.Image) *tensor.Tensor {
	size := o.side()
	x := tensor.New(3, size, size)
	o.PreprocessInto(x.Data, img)
	return x
}

// PreprocessInto is Preprocess into memory that is there already.
//
//	dst [3, Size, Size]
func (o Options) PreprocessInto(dst []float32, img image.Image) {
	o.check()
	if size := o.side(); len(dst) != 3*size*size {
		panic(fmt.Sprintf("pixels: room for %d values, want 3·%d·%d = %d",
			len(dst), size, size, 3*size*size))
	}
	o.preprocess(dst, img, o.table())
}

// PreprocessBatch preprocesses several pictures, on all processors.
//
//	x [len(imgs), 3, Size, Size]
func (o Options) PreprocessBatch(imgs []image.Image) *tensor.Tensor {
	o.check()
	size := o.side()
	x := tensor.New(len(imgs), 3, size, size)
	table := o.table()
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
				o.preprocess(x.Data[i*n:(i+1)*n], imgs[i], table)
			}
		})
	}
	wg.Wait()
	if p := failure.Load(); p != nil {
		panic(p)
	}
	return x
}

// Picture gives the square that Preprocess turns into numbers: resized and cropped, 8 bits.
// Its bytes are those that Pillow gives before CLIP normalises.
func (o Options) Picture(img image.Image) *image.RGBA {
	o.check()
	w, h, box := o.plan(img.Bounds())
	src, filter, after := o.prepare(img, w, h)
	dst := filter.resample(src, w, h, box, o.Passes)
	if after != nil {
		after(dst.Pix)
	}
	return dst
}

// preprocess fills dst [3, size, size]. Of the resized picture it computes only the square that
// the crop keeps.
func (o Options) preprocess(dst []float32, img image.Image, table *[3][256]float32) {
	fill(dst, o.Picture(img), table)
}

// table holds the normalised value of each byte, for each channel.
func (o Options) table() *[3][256]float32 {
	var t [3][256]float32
	for c := range t {
		for v := range t[c] {
			t[c][v] = (float32(v)/255 - o.Mean[c]) / o.Std[c]
		}
	}
	return &t
}
