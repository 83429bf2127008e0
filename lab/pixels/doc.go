// Package pixels turns pictures into what an image tower reads, in CLIP's five steps:
//
//	img    Decode(r)                 any size; jpeg, png, gif, webp, bmp, tiff
//	       ResizeShort(img, 224)     the short side is 224, the other in proportion
//	       CenterCrop(img, 224)      the middle square
//	x      ToTensor(img)             [3, 224, 224]  values in 0..1, channels R, G, B
//	       Normalize(x)              (x − mean) / std, for each channel
//
// Preprocess does the last four at once, for a picture in memory; PreprocessBatch for many.
// Unnormalize goes back, so that one can see what the tower sees. Options hold what other
// models want otherwise; CLIP are CLIP's.
//
// Bytes after the crop are those of Pillow and torchvision for the same picture: bicubic with
// a = −0.5, antialiased, in 22-bit fixed point, rows first, then columns; package simd does it
// fast where it can, resample.go holds the loops that judge it. JPEG is decoded by package
// jpeg, to libjpeg-turbo's bytes. Three choices differ from openai/CLIP's chain, which is
// silent about them:
//
//   - Transparent pictures are laid on white. (openai/CLIP drops the alpha channel, which
//     uncovers whatever colour the painter left under it: Options.Alpha.) This is done first,
//     so that palettes and alpha are resized like any other picture.
//   - 16-bit channels keep their high byte. (Pillow does so too, but not for gray, which it
//     clips: all above 255 of 65,535 is white.)
//   - Decode turns a JPEG as its EXIF orientation says, so that it stands as it was seen;
//     DecodeStored does not.
//
// It is not an image editor, and it augments nothing: that is lab/train. The notebook that
// teaches it is notebooks/01-clip-explained.ipynb, step 2.
package pixels
