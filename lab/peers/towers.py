"""Small random CLIPs in open_clip and Hugging Face transformers, and every number in them.

Used by make_tower_vectors.py and test_towers.py. Names are open_clip's, which are OpenAI's; the
layout is that of the checkpoint, [batch, tokens, width], with the class token or the end of text
alone behind the last norm, as package lab/tower has it.
"""

from __future__ import annotations

import copy
import dataclasses
import json

import numpy as np
import open_clip
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from transformers import CLIPConfig, CLIPModel


@dataclasses.dataclass
class Shape:
    """The fields of lab/tower.Config."""

    ImageSize: int
    VisionWidth: int
    VisionHeads: int
    TextWidth: int
    TextHeads: int
    TextLayers: int
    EmbedDim: int
    ContextLength: int
    VocabSize: int
    PatchSize: int = 0
    VisionLayers: int = 0
    VisionStages: tuple = (0, 0, 0, 0)
    VisionMLP: int = 0
    TextMLP: int = 0
    ExactGELU: bool = False
    # Those of lab/tower.Variant.
    VisionTanh: bool = False
    TextTanh: bool = False
    NormEpsilon: float = 0
    VisionLayerScale: bool = False
    TextLayerScale: bool = False
    ImagePool: int = 0  # class, mean, attention
    NoLnPre: bool = False
    TextPool: int = 0  # largest, last, end
    EndID: int = 0
    NoMask: bool = False
    TextBias: bool = False


VIT = Shape(ImageSize=12, PatchSize=4, VisionWidth=9, VisionHeads=3, VisionLayers=2, TextWidth=6,
            TextHeads=2, TextLayers=2, EmbedDim=7, ContextLength=9, VocabSize=23)
SHAPES = {
    "vit_quickgelu": VIT,
    "vit_gelu": dataclasses.replace(VIT, VisionMLP=21, ExactGELU=True),
    "resnet": Shape(ImageSize=64, VisionWidth=2, VisionHeads=4, VisionStages=(1, 2, 1, 1),
                    TextWidth=6, TextHeads=2, TextLayers=1, EmbedDim=7, ContextLength=9,
                    VocabSize=23),
    # open_clip's ViT-M-16-alt with texts that end at an id, as of its worldwide models.
    "vit_layerscale": dataclasses.replace(VIT, ExactGELU=True, VisionLayerScale=True,
                                          TextLayerScale=True, TextPool=2, EndID=11, TextMLP=17),
    # Its CLIPA.
    "vit_means": dataclasses.replace(VIT, ExactGELU=True, TextTanh=True, ImagePool=1, NoLnPre=True,
                                     TextPool=1, NoMask=True, NormEpsilon=1e-4),
    "siglip": dataclasses.replace(VIT, ExactGELU=True, VisionTanh=True, TextTanh=True, ImagePool=2,
                                  NoLnPre=True, TextPool=1, NoMask=True, TextBias=True,
                                  NormEpsilon=1e-6, EmbedDim=9, VisionMLP=20),
}


def open_clip_model(s: Shape, seed: int) -> CLIP:
    """Random parameters without zeros and ones, which would hide mistakes."""
    resnet = any(s.VisionStages)
    width = 32 * s.VisionWidth if resnet else s.VisionWidth
    vision = CLIPVisionCfg(
        layers=tuple(s.VisionStages) if resnet else s.VisionLayers, width=s.VisionWidth,
        head_width=width // s.VisionHeads, patch_size=None if resnet else s.PatchSize,
        image_size=s.ImageSize, mlp_ratio=((s.VisionMLP or 4 * s.VisionWidth) + .5) / s.VisionWidth,
        ls_init_value=0.5 if s.VisionLayerScale else None, no_ln_pre=s.NoLnPre,
        pool_type=("tok", "avg")[s.ImagePool], final_ln_after_pool=s.ImagePool == 1,
        act_kwargs=tanh(s.VisionTanh), norm_kwargs=epsilon(s))
    text = CLIPTextCfg(context_length=s.ContextLength, vocab_size=s.VocabSize, width=s.TextWidth,
                       heads=s.TextHeads, layers=s.TextLayers,
                       mlp_ratio=((s.TextMLP or 4 * s.TextWidth) + .5) / s.TextWidth,
                       ls_init_value=0.5 if s.TextLayerScale else None, no_causal_mask=s.NoMask,
                       pool_type=("argmax", "last", "eos")[s.TextPool], eos_id=s.EndID,
                       act_kwargs=tanh(s.TextTanh), norm_kwargs=epsilon(s))
    torch.manual_seed(seed)
    model = CLIP(s.EmbedDim, vision, text, quick_gelu=not s.ExactGELU)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim > 0:
                p.add_(torch.randn(p.shape) * (0.02 if "token_emb" in name else 0.1))
        for name, b in model.named_buffers():
            if name.endswith("running_mean"):
                b.copy_(torch.randn(b.shape) * 0.2)
            if name.endswith("running_var"):
                b.copy_(torch.rand(b.shape) + 0.5)
    return model.eval()


def tanh(on: bool) -> dict | None:
    return {"approximate": "tanh"} if on else None


def epsilon(s: Shape) -> dict | None:
    return {"eps": s.NormEpsilon} if s.NormEpsilon else None


def inputs(s: Shape, n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of noise, and texts of different length, none as long as the context."""
    rng = np.random.default_rng(seed)
    pixels = rng.standard_normal((n, 3, s.ImageSize, s.ImageSize)).astype(np.float32)
    tokens = np.zeros((n, s.ContextLength), np.int64)
    for i in range(n):
        end = 2 + i % (s.ContextLength - 4)
        tokens[i, :end] = rng.integers(1, s.VocabSize - 1, end)
        tokens[i, end] = s.EndID or s.VocabSize - 1
    return torch.from_numpy(pixels), torch.from_numpy(tokens)


def open_clip_run(model: CLIP, pixels: torch.Tensor, tokens: torch.Tensor,
                  gradients: bool) -> dict[str, torch.Tensor]:
    """Every module's output, features, logits, loss; gradients as "grad:" + name."""
    out: dict[str, torch.Tensor] = {}

    def hook(name):
        def keep(_module, _inputs, value):
            out[name] = (value[0] if isinstance(value, tuple) else value).detach()
        return keep

    handles = [m.register_forward_hook(hook(n)) for n, m in model.named_modules() if n]
    model.zero_grad()
    with torch.set_grad_enabled(gradients):
        image, text = model.encode_image(pixels), model.encode_text(tokens)
        unit = torch.nn.functional.normalize
        scale = model.logit_scale.exp()
        logits = scale * unit(image, dim=-1) @ unit(text, dim=-1).T
        loss = open_clip.ClipLoss()(unit(image, dim=-1), unit(text, dim=-1), scale)
    for h in handles:
        h.remove()
    if gradients:
        loss.backward()
        for name, p in model.named_parameters():
            out["grad:" + name] = p.grad
    out |= {"image_features": image.detach(), "text_features": text.detach(),
            "logits_per_image": logits.detach(), "loss": loss.detach().reshape(1)}
    return laid_out(model, out, tokens)


def train_run(model: CLIP, pixels: torch.Tensor, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """A pass in training mode, where batch norms take the batch's statistics: loss, gradients and
    the running statistics as the pass has moved them, all behind "train:"."""
    model = copy.deepcopy(model).train()
    model.zero_grad()
    image, text = model.encode_image(pixels), model.encode_text(tokens)
    unit = torch.nn.functional.normalize
    loss = open_clip.ClipLoss()(unit(image, dim=-1), unit(text, dim=-1), model.logit_scale.exp())
    loss.backward()
    out = {"train:loss": loss.reshape(1)}
    out |= {"train:grad:" + name: p.grad for name, p in model.named_parameters()}
    out |= {"train:" + name: b for name, b in model.named_buffers() if ".running_" in name}
    return {name: value.detach() for name, value in out.items()}


def laid_out(model: CLIP, out: dict, tokens: torch.Tensor) -> dict:
    if model.text_pool_type == "last":
        ends = torch.full((len(tokens),), tokens.shape[1] - 1)
    else:
        found = (tokens == model.text_eos_id).int() if model.text_pool_type == "eos" else tokens
        ends = found.argmax(dim=-1)
    out["ln_final"] = out["ln_final"][torch.arange(len(ends)), ends]
    for name in [n for n in out if n.endswith(".ls_1")]:
        block = name.removesuffix(".ls_1")
        if not isinstance(model.get_submodule(name), torch.nn.Identity):
            # Folded into the layer before it, which shows with it.
            del out[block + ".attn"], out[block + ".mlp.c_proj"]
        else:
            del out[name], out[block + ".ls_2"]
    if "visual.ln_post" in out:
        conv = out["visual.conv1"]
        out["visual.conv1"] = conv.reshape(*conv.shape[:2], -1).permute(0, 2, 1)
        if out["visual.ln_post"].ndim == 3:
            out["visual.ln_post"] = out["visual.ln_post"][:, 0]
        if isinstance(model.visual.ln_pre, torch.nn.Identity):
            del out["visual.ln_pre"]
    else:  # batch norms are folded into convolutions: what is behind the ReLU is compared
        for name in [n for n in out if ".bn" in n or ".conv" in n]:
            if not name.startswith("grad:"):
                del out[name]
    return out


# --- transformers ----------------------------------------------------------------------------


def hugging_face_model(s: Shape, model: CLIP) -> CLIPModel:
    """The same parameters in transformers; see the table of lab/names."""
    act = "gelu" if s.ExactGELU else "quick_gelu"
    config = CLIPConfig(
        projection_dim=s.EmbedDim,
        text_config=dict(vocab_size=s.VocabSize, hidden_size=s.TextWidth,
                         intermediate_size=4 * s.TextWidth, num_hidden_layers=s.TextLayers,
                         num_attention_heads=s.TextHeads, hidden_act=act,
                         max_position_embeddings=s.ContextLength, eos_token_id=s.VocabSize - 1,
                         bos_token_id=1, pad_token_id=0),
        vision_config=dict(hidden_size=s.VisionWidth,
                           intermediate_size=s.VisionMLP or 4 * s.VisionWidth,
                           num_hidden_layers=s.VisionLayers, num_attention_heads=s.VisionHeads,
                           image_size=s.ImageSize, patch_size=s.PatchSize, hidden_act=act))
    config._attn_implementation = "eager"  # the others give no attention maps
    hf = CLIPModel(config)
    state = {}
    for name, value in model.state_dict().items():
        for new, part in hugging_face_names(name, value):
            state[new] = part
    missing, extra = hf.load_state_dict(state, strict=False)
    assert not extra and all("position_ids" in m for m in missing), (missing, extra)
    return hf.eval()


def hugging_face_names(name: str, value: torch.Tensor):
    fixed = {
        "visual.class_embedding": "vision_model.embeddings.class_embedding",
        "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
        "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
        "visual.ln_pre": "vision_model.pre_layrnorm",
        "visual.ln_post": "vision_model.post_layernorm",
        "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
        "positional_embedding": "text_model.embeddings.position_embedding.weight",
        "ln_final": "text_model.final_layer_norm",
        "logit_scale": "logit_scale",
    }
    if name in ("visual.proj", "text_projection"):
        yield {"visual.proj": "visual_projection.weight",
               "text_projection": "text_projection.weight"}[name], value.T.contiguous()
        return
    stem, _, kind = name.rpartition(".")
    if name in fixed or stem in fixed:
        yield fixed.get(name) or f"{fixed[stem]}.{kind}", value
        return
    if "resblocks" not in name:
        return  # attn_mask
    tower = "vision_model" if name.startswith("visual.") else "text_model"
    layer, rest = name.split("resblocks.")[1].split(".", 1)
    base = f"{tower}.encoder.layers.{layer}."
    if rest.startswith("attn.in_proj_"):
        for part, rows in zip("qkv", value.chunk(3)):
            yield f"{base}self_attn.{part}_proj.{rest[len('attn.in_proj_'):]}", rows
        return
    for ours, theirs in (("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("mlp.c_fc", "mlp.fc1"),
                         ("mlp.c_proj", "mlp.fc2"), ("attn.out_proj", "self_attn.out_proj")):
        if rest.startswith(ours):
            yield base + theirs + rest[len(ours):], value


def hugging_face_run(hf: CLIPModel, pixels: torch.Tensor, tokens: torch.Tensor,
                     gradients: bool) -> dict[str, torch.Tensor]:
    """Hidden states, attention maps, features, logits, loss; gradients by their own names."""
    hf.zero_grad()
    with torch.set_grad_enabled(gradients):
        o = hf(input_ids=tokens, pixel_values=pixels, return_loss=True, output_attentions=True,
               output_hidden_states=True)
    out = {"logits_per_image": o.logits_per_image, "loss": o.loss.reshape(1)}
    for prefix, states in (("visual.", o.vision_model_output), ("", o.text_model_output)):
        first = "visual.ln_pre" if prefix else "positional_embedding"
        out[first] = states.hidden_states[0]
        for i, h in enumerate(states.hidden_states[1:]):
            out[f"{prefix}transformer.resblocks.{i}"] = h
        for i, a in enumerate(states.attentions):
            out[f"{prefix}transformer.resblocks.{i}.attn.weights"] = a
    with torch.no_grad():
        image, text = hf.vision_model(pixel_values=pixels), hf.text_model(input_ids=tokens)
        out["image_features"] = hf.visual_projection(image.pooler_output)
        out["text_features"] = hf.text_projection(text.pooler_output)
    if gradients:
        o.loss.backward()
        for name, p in hf.named_parameters():
            out["grad:" + name] = p.grad
    return {k: v.detach() for k, v in out.items()}


# --- comparing -------------------------------------------------------------------------------


def error(got: np.ndarray, want: np.ndarray, beside: np.ndarray | None = None) -> float:
    """The largest difference, relative to the largest number of the tensor, or of another."""
    want = cut_to(got, want)
    assert got.shape == want.shape, (got.shape, want.shape)
    largest = np.abs(want if beside is None else beside).max()
    return float(np.abs(got - want).max() / max(largest, 1e-12))


def measure(name: str) -> str:
    """The tensor beside whose numbers an error of a tensor is seen. Biases of the keys move no
    loss: their gradient is the rounding of 0, seen beside that of the queries' biases."""
    if "grad:" in name:
        return name.replace("attnpool.k_proj.bias", "attnpool.q_proj.bias")
    return name


def cut_to(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """lab computes no token behind the longest text; causality keeps the others as they are."""
    if got.ndim == want.ndim and got.ndim >= 3:
        return want[tuple(slice(0, n) for n in got.shape)]
    return want


def case(s: Shape, model: CLIP, pixels: torch.Tensor, tokens: torch.Tensor) -> dict:
    """What lab/peers/points.Read wants: parameters and inputs."""
    tensors = {k: v for k, v in model.state_dict().items()
               if v.dtype == torch.float32 and k != "attn_mask"}
    return tensors | {"input:pixels": pixels, "input:tokens": tokens.float()}


def metadata(s: Shape, **more: str) -> dict[str, str]:
    return {"config": json.dumps(dataclasses.asdict(s)), **more}
