package ops

import (
	"fmt"

	"cliplab/lab/ops/plain"
)

// Rows picks row index[b] of every sequence: the class token, or the end of text.
//
//	dst   [B, C]
//	x     [B, T, C]
//	index [B]
func Rows(dst, x []float32, index []int, tokens, width int) {
	need("Rows", "dst", dst, len(index), width)
	need("Rows", "x", x, len(index), tokens, width)
	numbers("Rows", "index", index, len(index), tokens)
	plain.Rows(dst, x, index, tokens, width)
}

// RowsGrad puts dy where Rows picked from, and zero elsewhere.
func RowsGrad(dx, dy []float32, index []int, tokens, width int) {
	need("RowsGrad", "dx", dx, len(index), tokens, width)
	need("RowsGrad", "dy", dy, len(index), width)
	numbers("RowsGrad", "index", index, len(index), tokens)
	plain.RowsGrad(dx, dy, index, tokens, width)
}

// EndOfText is where each text's largest id stands: its end-of-text token.
//
//	index [B]
//	ids   [B, T]
func EndOfText(index, ids []int, tokens int) {
	if len(index)*tokens != len(ids) {
		panic(fmt.Sprintf("ops: EndOfText: %d ids for %d texts of %d tokens", len(ids), len(index),
			tokens))
	}
	plain.EndOfText(index, ids, tokens)
}

// Logits compares all images with all texts: logits = eᵗ · I·Tᵀ.
//
//	logits      [N, N]  rows are images, columns texts
//	image, text [N, D]  unit features
//	t           the learned logarithm of the logit scale
func Logits(logits, image, text []float32, t float32, n, d int) {
	checkPairs("Logits", logits, image, text, n, d)
	engine.Logits(logits, image, text, t, n, d)
}

// LogitsGrad carries the gradient by the logits to the features and to t:
//
//	dI = eᵗ · dlogits·T, dT = eᵗ · dlogitsᵀ·I, dt = Σ dlogits·logits
//
//	dimage, dtext [N, D]
func LogitsGrad(dimage, dtext, dlogits, logits, image, text []float32, t float32,
	n, d int) (dt float32) {
	checkPairs("LogitsGrad", logits, image, text, n, d)
	need("LogitsGrad", "dlogits", dlogits, n, n)
	need("LogitsGrad", "dimage", dimage, n, d)
	need("LogitsGrad", "dtext", dtext, n, d)
	return engine.LogitsGrad(dimage, dtext, dlogits, logits, image, text, t, n, d)
}

// CrossEntropy judges logits by the truth that text i belongs to image i:
//
//	PerImage = −1/N Σᵢ ln softmax(row i)ᵢ, PerText = −1/N Σᵢ ln softmax(column i)ᵢ
//
// dlogits is the gradient of their mean, (softmax of rows + softmax of columns − 2·1)/2N.
//
//	logits, dlogits [N, N]
func CrossEntropy(dlogits, logits []float32, n int) Losses {
	need("CrossEntropy", "logits", logits, n, n)
	need("CrossEntropy", "dlogits", dlogits, n, n)
	return engine.CrossEntropy(dlogits, logits, n)
}

// ContrastiveLoss is CrossEntropy of Logits: the loss of a batch of N pairs, in its two halves.
// What it leaves in dlogits is the gradient for LogitsGrad.
//
//	logits, dlogits [N, N]
//	image, text     [N, D]  unit features
func ContrastiveLoss(logits, dlogits, image, text []float32, t float32, n, d int) Losses {
	Logits(logits, image, text, t, n, d)
	return CrossEntropy(dlogits, logits, n)
}

func checkPairs(op string, logits, image, text []float32, n, d int) {
	need(op, "logits", logits, n, n)
	need(op, "image", image, n, d)
	need(op, "text", text, n, d)
}

// Update is one step of AdamW on w in place, with g its gradient, m and v the running means of
// g and g²:
//
//	m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g²
//	w = (1 − lr·decay)w − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
func Update(w, m, v, g []float32, a AdamW) {
	need("Update", "m", m, len(w))
	need("Update", "v", v, len(w))
	need("Update", "g", g, len(w))
	if a.Step < 1 {
		panic(fmt.Sprintf("ops: Update: step %d, the first is 1", a.Step))
	}
	engine.AdamW(w, m, v, g, a)
}
