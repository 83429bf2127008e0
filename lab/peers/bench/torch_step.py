"""PyTorch, eager, as a worker: python torch_step.py FOLDER. CLIP, its features and its training."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from serve import Job, floats, serve, tensors

FOLDER = Path(sys.argv[1])
HEAD = 64  # width of a head
Params = dict[str, torch.Tensor]


def attention(x: torch.Tensor, p: Params, block: str, causal: bool, own: bool) -> torch.Tensor:
    n, t, width = x.shape
    qkv = F.linear(x, p[block + "attn.in_proj_weight"], p[block + "attn.in_proj_bias"])
    q, k, v = qkv.view(n, t, 3, width // HEAD, HEAD).permute(2, 0, 3, 1, 4)
    if own:
        scores = q @ k.transpose(-1, -2) * HEAD**-0.5
        if causal:
            scores = scores + torch.full((t, t), -torch.inf).triu(1)
        mixed = scores.softmax(-1) @ v
    else:
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return mixed.transpose(1, 2).reshape(n, t, width)


def norm(x: torch.Tensor, p: Params, name: str) -> torch.Tensor:
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"])


def linear(x: torch.Tensor, p: Params, name: str) -> torch.Tensor:
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def blocks(x: torch.Tensor, p: Params, prefix: str, causal: bool, own: bool) -> torch.Tensor:
    i = 0
    while f"{prefix}{i}.ln_1.weight" in p:
        b = f"{prefix}{i}."
        mixed = attention(norm(x, p, b + "ln_1"), p, b, causal, own)
        x = x + linear(mixed, p, b + "attn.out_proj")
        h = linear(norm(x, p, b + "ln_2"), p, b + "mlp.c_fc")
        x = x + linear(h * torch.sigmoid(1.702 * h), p, b + "mlp.c_proj")
        i += 1
    return x


def encode_image(p: Params, pixels: torch.Tensor, own: bool = False) -> torch.Tensor:
    w = p["visual.conv1.weight"]
    x = F.conv2d(pixels, w, stride=w.shape[-1]).flatten(2).transpose(1, 2)
    token = p["visual.class_embedding"].expand(len(x), 1, -1)
    x = torch.cat([token, x], 1) + p["visual.positional_embedding"]
    x = blocks(norm(x, p, "visual.ln_pre"), p, "visual.transformer.resblocks.", False, own)
    return norm(x[:, 0], p, "visual.ln_post") @ p["visual.proj"]


def encode_text(p: Params, ids: torch.Tensor, own: bool = False) -> torch.Tensor:
    x = F.embedding(ids, p["token_embedding.weight"])
    x = x + p["positional_embedding"][: ids.shape[1]]
    x = norm(blocks(x, p, "transformer.resblocks.", True, own), p, "ln_final")
    return x[torch.arange(len(x)), ids.argmax(1)] @ p["text_projection"]


def loss_of(p: Params, pixels: torch.Tensor, ids: torch.Tensor, own: bool) -> torch.Tensor:
    image = F.normalize(encode_image(p, pixels, own), dim=-1)
    text = F.normalize(encode_text(p, ids, own), dim=-1)
    logits = p["logit_scale"].exp() * image @ text.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def stepping(case: dict, variant: str) -> Job:
    """Forward, backward, AdamW as openai/CLIP's paper has it: decay of matrices only."""
    name = "step-" + case["model"].replace("/", "-") + ".safetensors"
    p = {k: torch.from_numpy(np.array(v)) for k, v in tensors(FOLDER / name).items()}
    pixels, ids = p.pop("pixels"), p.pop("tokens").long()
    for t in p.values():
        t.requires_grad_()
    groups = [
        {"params": [t for t in p.values() if t.ndim > 1], "weight_decay": 0.2},
        {"params": [t for t in p.values() if t.ndim <= 1], "weight_decay": 0},
    ]
    how = {"fused": True} if "fused" in variant else {"foreach": True}
    optimizer = torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.98), eps=1e-6, **how)
    losses: list[float] = []

    def run() -> None:
        optimizer.zero_grad()
        loss = loss_of(p, pixels, ids, "own" in variant)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    return Job(run, lambda: np.array(losses))


def encoding(case: dict) -> Job:
    kind = case["kind"]
    p = {k: torch.from_numpy(np.array(v)) for k, v in tensors(FOLDER / f"{kind}.safetensors").items()}
    n = case["batch"]
    if kind == "image":
        encode, x = encode_image, torch.from_numpy(floats(FOLDER, "pixels.f32", n, 3, 224, 224))
    else:
        t = case["tokens"]
        encode, x = encode_text, torch.from_numpy(floats(FOLDER, f"tokens{t}.f32", n, t)).long()
    result: list[torch.Tensor] = [None]

    def run() -> None:
        with torch.inference_mode():
            result[0] = encode(p, x)

    return Job(run, lambda: result[0].numpy())


def prepare(case: dict, variant: str, threads: int) -> Job:
    if case["peer"] != "f32":
        raise ValueError("only fp32 here")
    torch.set_num_threads(threads)
    return stepping(case, variant) if case["kind"] == "step" else encoding(case)


if __name__ == "__main__":
    eager = ["eager"]
    step = ["sdpa, fused AdamW", "own attention, fused AdamW", "sdpa, foreach AdamW"]
    serve(f"PyTorch {torch.__version__}", {"image": eager, "text": eager, "step": step}, prepare)
