package cuda

import "cliplab/lab/ops"

// attentionShape is the width that kernels of a head are made for, as the end of their names, their
// grid, and the arguments of a shape.
func attentionShape(h ops.Heads) (suffix string, grid [3]uint32, args []any) {
	d := h.Width / h.Heads
	switch {
	case d <= 32:
		suffix = "_32"
	case d <= 64:
		suffix = "_64"
	default:
		suffix = "_128"
	}
	causal := int32(0)
	if h.Causal {
		causal = 1
	}
	return suffix, [3]uint32{blocks(h.Tokens, 64), uint32(h.Heads), uint32(h.Batch)},
		[]any{int32(h.Tokens), int32(h.Width), int32(d), causal}
}

var (
	attentionBlock = [3]uint32{64, 1, 1}
	tensorBlock    = [3]uint32{128, 1, 1} // four warps
)

// attention is as in ops, on tensor cores but in fp32; in bf16 arrays are of that. lse [B, H, T],
// always fp32, is what its gradient needs to have probabilities again: the logarithm of each row's
// sum. probs and lse may be 0 in fp32; on tensor cores there are no probs.
func (g *GPU) attention(dst, probs, lse, qkv pointer, h ops.Heads, p Precision) {
	suffix, grid, shape := attentionShape(h)
	if p == F32 {
		g.launch("attention"+suffix, grid, attentionBlock,
			append([]any{dst, probs, lse, qkv}, shape...)...)
		return
	}
	g.launch("attention_"+p.String()+suffix, grid, tensorBlock,
		append([]any{dst, lse, qkv}, shape...)...)
}

// attentionGrad takes either probs, in fp32, or lse and the output.
func (g *GPU) attentionGrad(dqkv, dy, out, probs, lse, qkv pointer, h ops.Heads, p Precision) {
	suffix, grid, shape := attentionShape(h)
	delta := g.scratch("delta of attention", h.Batch*h.Heads*h.Tokens*number)
	if p != F32 {
		suffix = "_" + p.String() + suffix
		g.launch("attention_grad_q"+suffix, grid, tensorBlock,
			append([]any{dqkv, delta, dy, out, lse, qkv}, shape...)...)
		g.launch("attention_grad_kv"+suffix, grid, tensorBlock,
			append([]any{dqkv, delta, dy, lse, qkv}, shape...)...)
		return
	}
	g.launch("attention_grad_q"+suffix, grid, attentionBlock,
		append([]any{dqkv, delta, dy, out, probs, lse, qkv}, shape...)...)
	g.launch("attention_grad_k"+suffix, grid, attentionBlock,
		append([]any{dqkv, delta, dy, probs, lse, qkv}, shape...)...)
	g.launch("attention_grad_v"+suffix, grid, attentionBlock,
		append([]any{dqkv, dy, probs, lse, qkv}, shape...)...)
}
