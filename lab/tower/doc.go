// Package tower is CLIP's two encoders: their shape (Config), their parameters by the names of
// OpenAI's checkpoints (Params, Init), and the forward pass (EncodeImage, EncodeText).
//
//	cfg := tower.Config{ImageSize: 64, PatchSize: 8, VisionWidth: 192, ...}
//	params := tower.Init(cfg, 1)
//	features := tensor.New(n, cfg.EmbedDim)
//	tower.EncodeImage(features, params, cfg, pixels)
//
// It runs on package lab/ops alone. Training, which needs gradients, is package lab/graph, which
// builds the same towers as a Gorgonia graph; a test holds the two together.
//
// It does not read pictures, captions or files: pixels are lab/pixels, tokens lab/bpe,
// checkpoints lab/safetensors. Notebook 01 encodes in step 4.
package tower
