"""Small random SigLIPs in transformers, timm and open_clip, with the names of lab/tower.

Used by make_tower_vectors.py, test_towers.py and test_checkpoints.py.
"""

from __future__ import annotations

import re

import timm
import torch
from open_clip.transformer import TextTransformer
from towers import Shape
from transformers import SiglipConfig, SiglipModel


def siglip_model(s: Shape, seed: int) -> SiglipModel:
    """Random parameters without zeros and ones, which would hide mistakes."""
    act = {False: "gelu", True: "gelu_pytorch_tanh"}
    config = SiglipConfig(
        text_config=dict(vocab_size=s.VocabSize, hidden_size=s.TextWidth, projection_size=s.EmbedDim,
                         intermediate_size=s.TextMLP or 4 * s.TextWidth,
                         num_hidden_layers=s.TextLayers, num_attention_heads=s.TextHeads,
                         max_position_embeddings=s.ContextLength, hidden_act=act[s.TextTanh],
                         bos_token_id=None, eos_token_id=1),
        vision_config=dict(hidden_size=s.VisionWidth, num_hidden_layers=s.VisionLayers,
                           intermediate_size=s.VisionMLP or 4 * s.VisionWidth,
                           num_attention_heads=s.VisionHeads, image_size=s.ImageSize,
                           patch_size=s.PatchSize, hidden_act=act[s.VisionTanh]))
    config._attn_implementation = "eager"  # the others give no attention maps
    torch.manual_seed(seed)
    model = SiglipModel(config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn(p.shape) * (0.02 if "token_embedding" in name else 0.1))
        model.logit_scale.fill_(2.3)
        model.logit_bias.fill_(-4.5)
    return model.eval()


RENAMES = [
    (r"^vision_model\.", "visual."), (r"^text_model\.", ""), (r"encoder\.layers\.", "transformer.resblocks."),
    (r"\.?embeddings\.patch_embedding", ".conv1"), (r"\.?embeddings\.position_embedding\.weight", ".positional_embedding"),
    (r"\.?embeddings\.token_embedding", ".token_embedding"), (r"layer_norm([12])", r"ln_\1"),
    (r"self_attn", "attn"), (r"mlp\.fc1", "mlp.c_fc"), (r"mlp\.fc2", "mlp.c_proj"),
    (r"mlp\.activation_fn", "mlp.gelu"), (r"^visual\.post_layernorm", "visual.ln_post"),
    (r"^visual\.head", "visual.attn_pool"), (r"attn_pool\.attention", "attn_pool.attn"),
    (r"attn_pool\.layernorm", "attn_pool.ln_2"), (r"attn_pool\.probe", "attn_pool.query"),
    (r"final_layer_norm", "ln_final"), (r"^head", "text_projection"), (r"embeddings$", "positional_embedding"),
    (r"^\.", ""), (r"\.\.", "."),
]


def renamed(name: str) -> str:
    for pattern, to in RENAMES:
        name = re.sub(pattern, to, name)
    return name


def siglip_case(model: SiglipModel, pixels: torch.Tensor, tokens: torch.Tensor) -> dict:
    """What lab/peers/points.Read wants: parameters by the lab's names, and inputs."""
    state, out = model.state_dict(), {"input:pixels": pixels, "input:tokens": tokens.float()}
    for name, value in state.items():
        if ".q_proj." in name:
            parts = [state[name.replace("q_proj", x + "_proj")] for x in "qkv"]
            out[renamed(name).replace("q_proj.", "in_proj_")] = torch.cat(parts)
        elif name == "text_model.head.weight":
            out["text_projection"] = value.T
        elif name.startswith("logit_"):
            out[name] = value.reshape(())
        elif not re.search(r"\.[kv]_proj\.|position_ids", name):
            out[renamed(name)] = value[0] if name.endswith("probe") else value
    return out


def siglip_run(model: SiglipModel, pixels: torch.Tensor, tokens: torch.Tensor) -> dict:
    """Every module's output, attention maps, features, logits, loss."""
    out: dict[str, torch.Tensor] = {}

    def hook(name):
        def keep(_module, _inputs, value):
            value = value[0] if isinstance(value, tuple) else value
            if isinstance(value, torch.Tensor):
                out[renamed(name)] = value.detach()
        return keep

    silent = ("vision_model", "text_model", "encoder", "mlp", "position_embedding", "out_proj",
              "q_proj", "k_proj", "v_proj", "token_embedding")
    handles = [m.register_forward_hook(hook(n)) for n, m in model.named_modules()
               if n and n.split(".")[-1] not in silent]
    with torch.no_grad():
        o = model(input_ids=tokens, pixel_values=pixels, return_loss=True, output_attentions=True)
    for h in handles:
        h.remove()
    head, n = model.vision_model.head, len(pixels)
    with torch.no_grad():
        out["visual.attn_pool.attn.weights"] = head.attention(
            head.probe.repeat(n, 1, 1), out["visual.ln_post"], out["visual.ln_post"],
            average_attn_weights=False)[1][:, :, 0]
    conv = out["visual.conv1"]
    out["visual.conv1"] = conv.reshape(*conv.shape[:2], -1).permute(0, 2, 1)
    out["ln_final"] = out["ln_final"][:, -1]
    out["visual.attn_pool.attn"] = out["visual.attn_pool.attn"][:, 0]
    for prefix, states in (("visual.", o.vision_model_output), ("", o.text_model_output)):
        for i, a in enumerate(states.attentions):
            out[f"{prefix}transformer.resblocks.{i}.attn.weights"] = a
    return out | {"image_features": o.vision_model_output.pooler_output.detach(),
                  "text_features": o.text_model_output.pooler_output.detach(),
                  "logits_per_image": o.logits_per_image, "loss": o.loss.reshape(1)}


def as_open_clip(s: Shape, model: SiglipModel) -> tuple[torch.nn.Module, dict]:
    """The same parameters in the modules that open_clip's SigLIP has: timm's image tower and its
    own text tower; and a state by their names."""
    trunk = timm.create_model(
        "vit_base_patch16_siglip_224", img_size=s.ImageSize, patch_size=s.PatchSize, num_classes=0,
        embed_dim=s.VisionWidth, depth=s.VisionLayers, num_heads=s.VisionHeads,
        mlp_ratio=((s.VisionMLP or 4 * s.VisionWidth) + .5) / s.VisionWidth, act_layer="gelu_tanh")
    text = TextTransformer(
        context_length=s.ContextLength, vocab_size=s.VocabSize, width=s.TextWidth, heads=s.TextHeads,
        layers=s.TextLayers, output_dim=s.EmbedDim, no_causal_mask=True, pool_type="last",
        proj_bias=True, act_layer=lambda: torch.nn.GELU(approximate="tanh"),
        norm_layer=lambda w: torch.nn.LayerNorm(w, eps=1e-6))
    both = torch.nn.Module()
    both.visual, both.text = torch.nn.Module(), text
    both.visual.trunk = trunk
    ours = siglip_case(model, torch.zeros(1), torch.zeros(1))
    state = open_clip_names({n: v for n, v in ours.items() if not n.startswith("input:")})
    both.load_state_dict({n: v for n, v in state.items() if not n.startswith("logit_")})
    return both.eval(), state


# Of the image tower: the lab's names, and timm's.
TIMM = [
    ("transformer.resblocks", "blocks"), ("conv1", "patch_embed.proj"),
    ("positional_embedding", "pos_embed"), ("attn_pool.attn.out_proj", "attn_pool.proj"),
    ("attn_pool.ln_2", "attn_pool.norm"), ("attn_pool.query", "attn_pool.latent"),
    ("ln_post", "norm"), ("ln_1", "norm1"), ("ln_2", "norm2"), ("attn.in_proj_", "attn.qkv."),
    ("attn.out_proj", "attn.proj"), ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2"),
]


def open_clip_names(ours: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A SigLIP's parameters by the lab's names, under those that open_clip's files have."""
    state = {}
    for name, value in ours.items():
        if name.startswith("logit_"):
            state[name] = value
        elif name == "text_projection":
            state["text.text_projection.weight"] = value.T
        elif not name.startswith("visual."):
            state["text." + name] = value
        elif "attn_pool.attn.in_proj" in name:
            q, kind = len(value) // 3, name.rpartition("_")[2]
            state[f"visual.trunk.attn_pool.q.{kind}"] = value[:q]
            state[f"visual.trunk.attn_pool.kv.{kind}"] = value[q:]
        else:
            if name.endswith(("positional_embedding", "attn_pool.query")):
                value = value[None]
            name = name.replace("visual.", "visual.trunk.", 1)
            for lab, timm_s in TIMM:
                name = name.replace(lab, timm_s)
            state[name] = value
    return state
