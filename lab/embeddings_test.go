package lab

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"cliplab/lab/tensor"
)

// Features of 500 COCO pairs from CLIP ViT-B/16 (Weixin-Liang/Modality-Gap, MIT) are not part
// of this repository. Where a copy lies beside it, the stages are held to the values published
// for them; elsewhere the test says that it skips.
func TestStagesOnRealEmbeddings(t *testing.T) {
	path := filepath.Join("..", "..", "shared", "reference", "embeddings", "coco500_vit_b16.npy")
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skip("real CLIP embeddings are absent:", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	const pairs, dim = 500, 512
	values := raw[len(raw)-2*pairs*dim*4:] // float32 after the header
	all := make([]float32, 2*pairs*dim)
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))
	}
	image := Normalize(tensor.From(all[:pairs*dim], pairs, dim))
	text := Normalize(tensor.From(all[pairs*dim:], pairs, dim))

	s := Similarity(image, text)
	var diagonal float64
	for i := range pairs {
		diagonal += s.At(i, i) / pairs
	}
	near(t, "mean diagonal cosine", diagonal, 0.309919, 1e-6)

	first := Similarity(image.Slice(0, 8), text.Slice(0, 8))
	near(t, "loss of the first 8 pairs at 1/0.07", ContrastiveLoss(Logits(first, 1/0.07)).Mean,
		0.671756, 2e-6)
}
