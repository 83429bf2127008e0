"""Makes lab/tower/testdata/*.safetensors: small random CLIPs with all that open_clip computes of
them, after checking that transformers computes the same.

    pip install torch open_clip_torch transformers
    python lab/peers/make_tower_vectors.py          all, or those that are named
"""

from __future__ import annotations

import sys
from pathlib import Path

import open_clip
import torch
import transformers
from safetensors.torch import save_file
from siglips import siglip_case, siglip_model, siglip_run
from towers import (SHAPES, case, error, hugging_face_model, hugging_face_run, inputs, metadata,
                    open_clip_model, open_clip_run, train_run)

FOLDER = Path(__file__).resolve().parents[1] / "tower" / "testdata"
SEED = 20261125
# One of whose random ResNet the gradients are not all but lost in cancellation.
RESNET_SEED = 5
BATCH = 2

# Those that transformers' CLIPModel has too.
USUAL = ("vit_quickgelu", "vit_gelu")
# Those whose gradients are compared.
TRAINED = (*USUAL, "resnet")


def clip(kind: str, shape) -> tuple[dict, dict]:
    seed = RESNET_SEED if kind == "resnet" else SEED
    model = open_clip_model(shape, seed)
    pixels, tokens = inputs(shape, BATCH, seed)
    tensors = {k: v.clone() for k, v in case(shape, model, pixels, tokens).items()}
    if kind == "resnet":  # in float64: its gradients lose digits, in float32 torch's as ours
        model, pixels = model.double(), pixels.double()
    out = open_clip_run(model, pixels, tokens, gradients=kind in TRAINED)
    if kind == "resnet":
        out |= train_run(model, pixels, tokens)
    if kind in USUAL:
        theirs = hugging_face_run(hugging_face_model(shape, model), pixels, tokens, False)
        for name, value in theirs.items():
            if name in out:
                assert error(value.numpy(), out[name].numpy()) < 2e-6, name
        out |= {k: v for k, v in theirs.items() if k.endswith(".attn.weights")}
    same = ("mlp", "patch_dropout", "visual", "transformer", "token_embedding")
    return tensors, {
        k: v for k, v in out.items()
        if k.split(".")[-1] not in same and (kind != "resnet" or not k.startswith("visual.layer")
                                             or k.count(".") == 2)}


def siglip(shape) -> tuple[dict, dict]:
    model = siglip_model(shape, SEED)
    pixels, tokens = inputs(shape, BATCH, SEED)
    return siglip_case(model, pixels, tokens), siglip_run(model, pixels, tokens)


for kind, shape in SHAPES.items():
    if sys.argv[1:] and kind not in sys.argv[1:]:
        continue
    tensors, out = siglip(shape) if kind == "siglip" else clip(kind, shape)
    want = {"want:" + k: v.float().clone().contiguous() for k, v in out.items()}
    tensors = {k: v.clone().contiguous() for k, v in tensors.items()}
    path = FOLDER / f"{kind}.safetensors"
    save_file(tensors | want, path, metadata(
        shape, made_by=f"lab/peers/make_tower_vectors.py, torch {torch.__version__}, "
        f"open_clip {open_clip.__version__}, transformers {transformers.__version__}, "
        f"seed {RESNET_SEED if kind == 'resnet' else SEED}, "
        f"float{64 if kind == 'resnet' else 32} on a CPU"))
    print(path.name, path.stat().st_size, len(want))
