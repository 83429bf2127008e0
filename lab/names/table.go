package names

import "strings"

// entry is a parameter, or the start of the names of a module's parameters (both end in a dot,
// or neither does).
type entry struct {
	openai, file string
	transposed   bool
	ones         int // dimensions of 1 that the file has before those of the parameter
}

// join is a parameter of which a file keeps the rows in several tensors, in this order.
type join struct {
	openai string
	parts  []part
}

// part is a tensor and how many thirds of the parameter's rows it has.
type part struct {
	name   string
	thirds int
}

// blocks are the names of a tower's blocks; a number and a dot follow the starts.
type blocks struct {
	openai, file string
	inner        []entry
	joins        []join
}

// dialect is the names of a layout that does not follow OpenAI's.
type dialect struct {
	outer  []entry
	joins  []join
	towers []blocks
}

// dialectOf is the names of a layout other than OpenAI's.
func dialectOf(l Layout) dialect {
	switch l {
	case Transformers:
		return dialect{outer: append(clipEnds, hfOuter...), towers: hfBlocks}
	case TransformersSigLIP:
		return dialect{outer: append(sigLIPEnds, hfOuter...), towers: hfBlocks}
	}
	return dialect{timmOuter, timmJoins, timmBlocks}
}

// clipEnds are what transformers' CLIPModel has alone.
var clipEnds = []entry{
	{openai: "visual.class_embedding", file: "vision_model.embeddings.class_embedding"},
	{openai: "visual.ln_pre.", file: "vision_model.pre_layrnorm."}, // so it is spelt
	{openai: "visual.proj", file: "visual_projection.weight", transposed: true},
	{openai: "text_projection", file: "text_projection.weight", transposed: true},
}

// sigLIPEnds are what its SiglipModel has alone.
var sigLIPEnds = []entry{
	{openai: "visual.conv1.bias", file: "vision_model.embeddings.patch_embedding.bias"},
	{openai: "visual.attn_pool.query", file: "vision_model.head.probe", ones: 1},
	{openai: "visual.attn_pool.attn.in_proj_weight",
		file: "vision_model.head.attention.in_proj_weight"},
	{openai: "visual.attn_pool.attn.in_proj_bias", file: "vision_model.head.attention.in_proj_bias"},
	{openai: "visual.attn_pool.attn.out_proj.", file: "vision_model.head.attention.out_proj."},
	{openai: "visual.attn_pool.ln_2.", file: "vision_model.head.layernorm."},
	{openai: "visual.attn_pool.mlp.c_fc.", file: "vision_model.head.mlp.fc1."},
	{openai: "visual.attn_pool.mlp.c_proj.", file: "vision_model.head.mlp.fc2."},
	{openai: "text_projection", file: "text_model.head.weight", transposed: true},
	{openai: "text_projection.bias", file: "text_model.head.bias"},
	{openai: "logit_scale", file: "logit_scale", ones: 1},
	{openai: "logit_bias", file: "logit_bias", ones: 1},
}

// hfOuter are transformers' names outside the blocks.
var hfOuter = []entry{
	{openai: "visual.positional_embedding",
		file: "vision_model.embeddings.position_embedding.weight"},
	{openai: "visual.conv1.weight", file: "vision_model.embeddings.patch_embedding.weight"},
	{openai: "visual.ln_post.", file: "vision_model.post_layernorm."},
	{openai: "token_embedding.weight", file: "text_model.embeddings.token_embedding.weight"},
	{openai: "positional_embedding", file: "text_model.embeddings.position_embedding.weight"},
	{openai: "ln_final.", file: "text_model.final_layer_norm."},
	{openai: "logit_scale", file: "logit_scale"},
}

var hfBlocks = []blocks{
	{"visual.transformer.resblocks.", "vision_model.encoder.layers.", hfInner, hfJoins},
	{"transformer.resblocks.", "text_model.encoder.layers.", hfInner, hfJoins},
}

var hfInner = []entry{
	{openai: "ln_1.", file: "layer_norm1."},
	{openai: "ln_2.", file: "layer_norm2."},
	{openai: "attn.out_proj.", file: "self_attn.out_proj."},
	{openai: "mlp.c_fc.", file: "mlp.fc1."},
	{openai: "mlp.c_proj.", file: "mlp.fc2."},
}

// hfJoins are queries, keys and values, which OpenAI keeps in one.
var hfJoins = []join{
	{"attn.in_proj_weight", []part{{"self_attn.q_proj.weight", 1}, {"self_attn.k_proj.weight", 1},
		{"self_attn.v_proj.weight", 1}}},
	{"attn.in_proj_bias", []part{{"self_attn.q_proj.bias", 1}, {"self_attn.k_proj.bias", 1},
		{"self_attn.v_proj.bias", 1}}},
}

// timmOuter, timmJoins and timmBlocks are timm's names of SigLIP's image tower, in open_clip's
// files; texts are open_clip's own.
var timmOuter = []entry{
	{openai: "visual.conv1.", file: "visual.trunk.patch_embed.proj."},
	{openai: "visual.positional_embedding", file: "visual.trunk.pos_embed", ones: 1},
	{openai: "visual.ln_post.", file: "visual.trunk.norm."},
	{openai: "visual.attn_pool.query", file: "visual.trunk.attn_pool.latent", ones: 1},
	{openai: "visual.attn_pool.attn.out_proj.", file: "visual.trunk.attn_pool.proj."},
	{openai: "visual.attn_pool.ln_2.", file: "visual.trunk.attn_pool.norm."},
	{openai: "visual.attn_pool.mlp.c_fc.", file: "visual.trunk.attn_pool.mlp.fc1."},
	{openai: "visual.attn_pool.mlp.c_proj.", file: "visual.trunk.attn_pool.mlp.fc2."},
}

var timmJoins = []join{
	{"visual.attn_pool.attn.in_proj_weight", []part{{"visual.trunk.attn_pool.q.weight", 1},
		{"visual.trunk.attn_pool.kv.weight", 2}}},
	{"visual.attn_pool.attn.in_proj_bias", []part{{"visual.trunk.attn_pool.q.bias", 1},
		{"visual.trunk.attn_pool.kv.bias", 2}}},
}

var timmBlocks = []blocks{{"visual.transformer.resblocks.", "visual.trunk.blocks.", []entry{
	{openai: "ln_1.", file: "norm1."},
	{openai: "ln_2.", file: "norm2."},
	{openai: "attn.in_proj_weight", file: "attn.qkv.weight"},
	{openai: "attn.in_proj_bias", file: "attn.qkv.bias"},
	{openai: "attn.out_proj.", file: "attn.proj."},
	{openai: "mlp.c_fc.", file: "mlp.fc1."},
	{openai: "mlp.c_proj.", file: "mlp.fc2."},
}, nil}}

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
func translate(name, from, to string) (string, bool) {
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
