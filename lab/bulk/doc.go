// Package bulk encodes more pictures or captions than fit in memory, and searches the features.
//
//	source, err := bulk.Pictures("photos")  // or a list of files and captions
//	result, err := bulk.EncodePictures(ctx, model, source, "features.npy", bulk.Options{})
//	features, err := bulk.Open("features.npy")
//	hits := features.Search(query, 10)
//
// Decoding, resizing and encoding overlap; memory does not grow with the number of pictures.
// Rows come in the order of the source. Beside features.npy (or .safetensors) stand
//
//	features.npy.names.tsv    file and caption of each row, in order
//	features.npy.skipped.tsv  file and reason of each picture that could not be read
//	features.npy.json         model and settings, so that a search encodes its question alike
//
// A run that ended early, by Ctrl-C or kill -9, goes on when started again: what is not in both
// the features and the names is taken away first, and what is named is not encoded again. New
// pictures in the source are appended in the same way.
//
// It trains nothing and knows no tags. No lesson teaches it; the commands encode, classify and
// search are made of it.
package bulk
