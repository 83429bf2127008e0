package names

import "strings"

// entry is a parameter, or the start of the names of a module's parameters (both end in a dot,
// or neither does).
type entry struct {
	openai, hf string
	transposed bool
}

// outer are the names outside the blocks.
var outer = []entry{
	{"visual.class_embedding", "vision_model.embeddings.class_embedding", false},
	{"visual.positional_embedding", "vision_model.embeddings.position_embedding.weight", false},
	{"visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight", false},
	{"visual.ln_pre.", "vision_model.pre_layrnorm.", false}, // so it is spelt
	{"visual.ln_post.", "vision_model.post_layernorm.", false},
	{"visual.proj", "visual_projection.weight", true},
	{"token_embedding.weight", "text_model.embeddings.token_embedding.weight", false},
	{"positional_embedding", "text_model.embeddings.position_embedding.weight", false},
	{"ln_final.", "text_model.final_layer_norm.", false},
	{"text_projection", "text_projection.weight", true},
	{"logit_scale", "logit_scale", false},
}

// towers are the starts of the names of blocks; a number and a dot follow.
var towers = []entry{
	{"visual.transformer.resblocks.", "vision_model.encoder.layers.", false},
	{"transformer.resblocks.", "text_model.encoder.layers.", false},
}

// inner are the names within a block, after its number.
var inner = []entry{
	{"ln_1.", "layer_norm1.", false},
	{"ln_2.", "layer_norm2.", false},
	{"attn.out_proj.", "self_attn.out_proj.", false},
	{"mlp.c_fc.", "mlp.fc1.", false},
	{"mlp.c_proj.", "mlp.fc2.", false},
}

// fused are queries, keys and values, which OpenAI keeps in one, in this order.
var fused = []struct {
	openai string
	hf     [3]string
}{
	{"attn.in_proj_weight", [3]string{"self_attn.q_proj.weight", "self_attn.k_proj.weight",
		"self_attn.v_proj.weight"}},
	{"attn.in_proj_bias", [3]string{"self_attn.q_proj.bias", "self_attn.k_proj.bias",
		"self_attn.v_proj.bias"}},
}

// textTower are OpenAI's names of the text tower, which open_clip's custom models put text.
// before.
var textTower = []string{"transformer.", "token_embedding.", "positional_embedding", "ln_final.",
	"text_projection"}

// extras are tensors that are no parameters: counters, masks and indices that can be made again.
func extra(name string) bool {
	for _, end := range []string{"position_ids", "num_batches_tracked", "attn_mask"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	switch name {
	case "input_resolution", "context_length", "vocab_size": // of OpenAI's archives
		return true
	}
	return false
}

// translate is the other name of a part by a list; rest is what may follow a module.
func (e entry) translate(name, from, to string) (string, bool) {
	if strings.HasSuffix(from, ".") {
		rest, ok := strings.CutPrefix(name, from)
		if !ok || rest != "weight" && rest != "bias" {
			return "", false
		}
		return to + rest, true
	}
	return to, name == from
}

// cutBlock splits "visual.transformer.resblocks.11.ln_1.bias" behind the number.
func cutBlock(name, start string) (number, rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, start)
	if !ok {
		return "", "", false
	}
	number, rest, ok = strings.Cut(rest, ".")
	if !ok || number == "" || strings.Trim(number, "0123456789") != "" {
		return "", "", false
	}
	return number, rest, true
}
