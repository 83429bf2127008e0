// Package tower is CLIP's two encoders: their shape (Config), their parameters by the names of
// OpenAI's checkpoints (Params, Init), and the forward pass (Encoder).
//
//	cfg, err := tower.ConfigOf(params)              // or Published("ViT-B/32"), or by hand
//	e, err := tower.NewEncoder(params, cfg, ops.F32) // or ops.BF16, ops.I8
//	e.EncodeImage(features, pixels)                  // [n, embed] of [n, 3, size, size]
//	e.TraceImage(features, pixels, t)                // and what passed on the way
//
// The image tower is a vision transformer or OpenAI's modified ResNet, with QuickGELU or GELU in
// the transformers. A Variant says what other models have otherwise: layer scale; SigLIP's
// attention pooling, its texts without mask, its biases; CLIPA's means. An Encoder packs each layer
// once, when it is first used, and computes only what is read: of the last block the token that
// stands for the sequence, of texts no token behind the longest. Its numbers are those of open_clip
// and Hugging Face transformers (TestEqualsPeers, lab/peers/test_towers.py).
//
// It runs on package lab/ops alone. Training, which needs gradients, is package lab/graph, which
// builds CLIPs of OpenAI's kind (Variant.Usual) as Gorgonia graphs, with either image tower; tests
// hold the two together. Not built are timm's other towers and CoCa's pooling; ConfigOf refuses
// them by name.
//
// It does not read pictures, captions or files: pixels are lab/pixels, tokens lab/bpe,
// checkpoints lab/safetensors. Notebook 01 encodes in step 4, notebook 02 looks inside.
package tower
