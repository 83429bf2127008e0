package ops

import "fmt"

// Softmax turns each row of α·x into probabilities; α > 0.
//
//	pᵢ = exp(α(zᵢ − max z)) / Σⱼ exp(α(zⱼ − max z))
//
//	dst, x [rows, columns]
func Softmax(dst, x []float32, alpha float32, rows, columns int) {
	need("Softmax", "dst", dst, rows, columns)
	need("Softmax", "x", x, rows, columns)
	if !(alpha > 0) {
		panic(fmt.Sprintf("ops: Softmax: alpha is %v, not above 0", alpha))
	}
	if len(dst) > 0 {
		engine.Softmax(dst, x, alpha, rows, columns)
	}
}

// SoftmaxGrad is dx = α p (dy − Σ dy·p) per row, p being what Softmax gave.
func SoftmaxGrad(dx, dy, p []float32, alpha float32, rows, columns int) {
	need("SoftmaxGrad", "dx", dx, rows, columns)
	need("SoftmaxGrad", "dy", dy, rows, columns)
	need("SoftmaxGrad", "p", p, rows, columns)
	if len(dx) > 0 {
		engine.SoftmaxGrad(dx, dy, p, alpha, rows, columns)
	}
}

// SoftmaxColumns is Softmax down each column.
func SoftmaxColumns(dst, x []float32, alpha float32, rows, columns int) {
	need("SoftmaxColumns", "x", x, rows, columns)
	turned := make([]float32, len(x))
	for i := range x {
		turned[i%columns*rows+i/columns] = x[i]
	}
	Softmax(turned, turned, alpha, columns, rows)
	need("SoftmaxColumns", "dst", dst, rows, columns)
	for i := range dst {
		dst[i] = turned[i%columns*rows+i/columns]
	}
}

// Attention is dst = softmax(Q·Kᵀ/√d)·V for every head; probs keeps the probabilities for the
// gradient, and may be nil when none is wanted: that is quicker.
//
//	dst   [B, T, C]
//	probs [B, H, T, T]  zero where a token must not look
//	qkv   [B, T, 3·C]   queries, keys, values; each C is H heads side by side
func Attention(dst, probs, qkv []float32, h Heads) {
	checkHeads("Attention", qkv, h)
	may("Attention", "probs", probs, h.Batch, h.Heads, h.Tokens, h.Tokens)
	need("Attention", "dst", dst, h.Batch, h.Tokens, h.Width)
	if len(dst) > 0 {
		engine.Attention(dst, probs, qkv, h)
	}
}

// AttentionProducts is dst = (Q·Kᵀ)·V for every head: what of Attention a BLAS can do, to set
// beside one. Every token sees all, whatever h.Causal says.
//
//	dst [B, T, C]
//	qkv [B, T, 3·C]
func AttentionProducts(dst, qkv []float32, h Heads) {
	checkHeads("AttentionProducts", qkv, h)
	need("AttentionProducts", "dst", dst, h.Batch, h.Tokens, h.Width)
	if len(dst) > 0 {
		engine.AttentionProducts(dst, qkv, h)
	}
}

// AttentionGrad is the gradient by queries, keys and values, packed as they are.
//
//	dqkv [B, T, 3·C]
//	dy   [B, T, C]
func AttentionGrad(dqkv, dy, qkv, probs []float32, h Heads) {
	checkHeads("AttentionGrad", qkv, h)
	need("AttentionGrad", "probs", probs, h.Batch, h.Heads, h.Tokens, h.Tokens)
	need("AttentionGrad", "dqkv", dqkv, h.Batch, h.Tokens, 3, h.Width)
	need("AttentionGrad", "dy", dy, h.Batch, h.Tokens, h.Width)
	if len(dy) > 0 {
		engine.AttentionGrad(dqkv, dy, qkv, probs, h)
	}
}

func checkHeads(op string, qkv []float32, h Heads) {
	whole(op, "width", h.Width, h.Heads)
	need(op, "qkv", qkv, h.Batch, h.Tokens, 3, h.Width)
}

// Embedding is dst[b, t] = table[ids[b, t]] + positions[t]. The gradient by positions is
// ColumnSums of dy as [B, T·C].
//
//	dst       [B, T, C]
//	ids       [B, T]
//	table     [vocabulary, C]
//	positions [T, C]
func Embedding(dst []float32, ids []int, table, positions []float32, tokens, width int) {
	whole("Embedding", "number of ids", len(ids), tokens)
	need("Embedding", "dst", dst, len(ids), width)
	need("Embedding", "positions", positions, tokens, width)
	whole("Embedding", "size of table", len(table), width)
	numbers("Embedding", "ids", ids, len(ids), len(table)/width)
	engine.Embedding(dst, ids, table, positions, tokens, width)
}

// EmbeddingGrad adds each row of dy to the row of dtable that it came from.
//
//	dtable [vocabulary, C]
//	dy     [B, T, C]
func EmbeddingGrad(dtable, dy []float32, ids []int, width int) {
	whole("EmbeddingGrad", "size of dtable", len(dtable), width)
	need("EmbeddingGrad", "dy", dy, len(ids), width)
	numbers("EmbeddingGrad", "ids", ids, len(ids), len(dtable)/width)
	engine.EmbeddingGrad(dtable, dy, ids, width)
}

// Patches cuts pictures into squares, row by row, each laid out as conv1's weights are: channel,
// line, column. Lines and columns that fill no square are left out.
//
//	dst    [B, (size/patch)², 3·patch²]
//	images [B, 3, size, size]
func Patches(dst, images []float32, batch, size, patch int) {
	checkPatches("Patches", dst, images, batch, size, patch)
	engine.Patches(dst, images, batch, size, patch)
}

// PatchesGrad puts the squares back where they were cut; what was left out is zero.
func PatchesGrad(dimages, dy []float32, batch, size, patch int) {
	checkPatches("PatchesGrad", dy, dimages, batch, size, patch)
	if size%patch > 0 {
		clear(dimages)
	}
	engine.PatchesGrad(dimages, dy, batch, size, patch)
}

func checkPatches(op string, patches, images []float32, batch, size, patch int) {
	if patch <= 0 || patch > size {
		panic(fmt.Sprintf("ops: %s: no patch of size %d in a picture of size %d", op, patch, size))
	}
	need(op, "patches", patches, batch, size/patch, size/patch, 3, patch, patch)
	need(op, "images", images, batch, 3, size, size)
}

// Sequence puts the class token before the patches and adds the positions. The gradient by
// positions is ColumnSums of dy as [B, (1+P)·C], that by class its first row.
//
//	dst       [B, 1+P, C]
//	patches   [B, P, C]
//	class     [C]
//	positions [1+P, C]
func Sequence(dst, patches, class, positions []float32, batch, count, width int) {
	need("Sequence", "dst", dst, batch, 1+count, width)
	need("Sequence", "patches", patches, batch, count, width)
	need("Sequence", "class", class, width)
	need("Sequence", "positions", positions, 1+count, width)
	engine.Sequence(dst, patches, class, positions, batch, count, width)
}

// SequenceGrad is the gradient by the patches: dy without its class tokens.
func SequenceGrad(dpatches, dy []float32, batch, count, width int) {
	need("SequenceGrad", "dpatches", dpatches, batch, count, width)
	need("SequenceGrad", "dy", dy, batch, 1+count, width)
	engine.SequenceGrad(dpatches, dy, batch, count, width)
}
