package tower

import (
	"fmt"
	"math"
	"slices"

	"cliplab/lab/ops"
)

// Variant is in what a model differs from OpenAI's, whose is the zero value.
type Variant struct {
	// VisionTanh and TextTanh take GELU's approximation by tanh where ExactGELU is set.
	VisionTanh  bool    `json:",omitzero"`
	TextTanh    bool    `json:",omitzero"`
	NormEpsilon float64 `json:",omitzero"` // of all layer norms; 0 is 1e-5

	// Layer scale is a learned gain of what attention and MLP add (Touvron et al. 2021, CaiT).
	VisionLayerScale bool `json:",omitzero"`
	TextLayerScale   bool `json:",omitzero"`

	ImagePool ImagePool `json:",omitzero"`
	NoLnPre   bool      `json:",omitzero"` // no norm before the blocks of the image tower

	TextPool TextPool `json:",omitzero"`
	EndID    int      `json:",omitzero"` // of PoolEnd
	NoMask   bool     `json:",omitzero"` // tokens see those behind them, padding too
	TextBias bool     `json:",omitzero"` // the text projection has a bias
}

// ImagePool says how a transformer's tokens become one.
type ImagePool int

const (
	PoolClass ImagePool = iota // the class token: CLIP
	PoolMean                   // the mean of the patches; the class token is there, unread: CLIPA
	// PoolAttention lets a learned query ask the patches; an MLP follows, and no projection. There
	// is no class token and no norm before the blocks, and patches have a bias: SigLIP.
	PoolAttention
)

// TextPool says which token stands for a text.
type TextPool int

const (
	PoolLargest TextPool = iota // the first of the largest id, CLIP's end of text
	PoolLast                    // that in the last place of the context, be it padding: SigLIP
	PoolEnd                     // the first of EndID
)

// ends says which token stands for each text.
//
//	dst [B]
//	ids [B, T]
func (c Config) ends(dst, ids []int, tokens int) {
	if c.TextPool == PoolLargest {
		ops.EndOfText(dst, ids, tokens)
		return
	}
	for i := range dst {
		dst[i] = tokens - 1
		if c.TextPool == PoolEnd { // the first token where there is none, as torch's argmax
			dst[i] = max(0, slices.Index(ids[i*tokens:(i+1)*tokens], c.EndID))
		}
	}
}

// Sequence is the number of tokens of a picture.
func (c Config) Sequence() int {
	if c.ImagePool == PoolAttention {
		return c.Patches()
	}
	return 1 + c.Patches()
}

func (v Variant) check() error {
	switch {
	case v.NormEpsilon < 0 || math.IsInf(v.NormEpsilon, 0) || v.NormEpsilon != v.NormEpsilon:
		return fmt.Errorf("tower: NormEpsilon is %v", v.NormEpsilon)
	case v.ImagePool < PoolClass || v.ImagePool > PoolAttention:
		return fmt.Errorf("tower: no ImagePool %d", v.ImagePool)
	case v.TextPool < PoolLargest || v.TextPool > PoolEnd:
		return fmt.Errorf("tower: no TextPool %d", v.TextPool)
	case v.EndID < 0:
		return fmt.Errorf("tower: EndID is %d", v.EndID)
	}
	return nil
}

// Usual says that the model is OpenAI's kind, but for GELU and sizes, or in what it is not:
// training (package graph, package cuda) is built for that kind alone.
func (v Variant) Usual() error {
	for _, f := range []struct {
		otherwise bool
		what      string
	}{
		{v.VisionTanh || v.TextTanh, "GELU by tanh"},
		{v.NormEpsilon != 0, "another epsilon of layer norms"},
		{v.VisionLayerScale || v.TextLayerScale, "layer scale"},
		{v.ImagePool != PoolClass || v.NoLnPre, "pictures without class token or ln_pre (SigLIP, CLIPA)"},
		{v.TextPool != PoolLargest || v.NoMask,
			"texts without causal mask or end of text (SigLIP, CLIPA)"},
		{v.TextBias, "a bias of text features (SigLIP)"},
	} {
		if f.otherwise {
			return fmt.Errorf("tower: %s can be encoded, but training it is not built", f.what)
		}
	}
	return nil
}
