// Package safetensors reads and writes checkpoints in the safetensors format: named tensors in
// one file that can hold nothing harmful, as Hugging Face publishes models.
//
//	8 bytes    length n of the header, little-endian
//	n bytes    JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//	           and perhaps "__metadata__": {"key": "value", …}
//	the rest   values, little-endian, row-major, tensor behind tensor without gaps
//
// Open maps a file and looks at its header only; File.Tensor gives one tensor as float32,
// whatever it is stored as. OpenSharded does so for a checkpoint of several files. A wrong or
// hostile file gives an error that names the tensor and what is wrong with it, before any
// memory is taken for its values.
//
// It knows nothing of models: which names a CLIP has is package lab's affair. The notebook
// that teaches it is notebooks/01-clip-explained.ipynb, where the shipped model is opened.
//
// Source of the format: github.com/huggingface/safetensors, README, "Format".
package safetensors
