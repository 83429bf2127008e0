// Package jpeg decodes JPEG pictures to the bytes that libjpeg-turbo gives, and so Pillow:
// baseline and progressive, 8 bits, gray, RGB, YCbCr, CMYK and YCCK, any whole ratio of
// subsampling.
//
//	marker.go       segments: sizes, tables, what a scan holds
//	bits.go         the bit stream, huffman.go its codes
//	sequential.go   coefficients of baseline scans, progressive.go of the others
//	idct.go         coefficients → samples: libjpeg's "islow", exact in whole numbers
//	upsample.go     chroma to full size: libjpeg's "fancy", a triangle filter
//	color.go        Y, Cb, Cr → R, G, B
//
// image/jpeg takes the nearest chroma sample instead, which moves colours at edges by up to
// 39, and takes twice the time.
//
// It is strict: a file that is cut off or damaged is an error, where libjpeg warns and fills up
// with gray. It does not decode arithmetic codes, 12 bits or lossless JPEG, never decodes to a
// smaller size ("draft"), reads no EXIF (that is package pixels) and does not encode.
// Notebook 01-clip-explained teaches what comes after it.
//
// Sources: ITU-T T.81; libjpeg's algorithms as its documentation and behaviour give them.
package jpeg
