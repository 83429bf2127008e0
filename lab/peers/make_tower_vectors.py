"""Makes lab/tower/testdata/*.safetensors: small random CLIPs with all that open_clip computes of
them, after checking that transformers computes the same.

    pip install torch open_clip_torch transformers
    python lab/peers/make_tower_vectors.py
"""

from __future__ import annotations

from pathlib import Path

import open_clip
import torch
import transformers
from safetensors.torch import save_file
from siglips import siglip_case, siglip_model, siglip_run
from towers import (SHAPES, case, error, hugging_face_model, hugging_face_run, inputs, metadata,
                    open_clip_model, open_clip_run)

FOLDER = Path(__file__).resolve().parents[1] / "tower" / "testdata"
SEED = 20261125
BATCH = 2

# Those that transformers' CLIPModel has too, and whose gradients are compared.
USUAL = ("vit_quickgelu", "vit_gelu")


def clip(kind: str, shape) -> tuple[dict, dict]:
    model = open_clip_model(shape, SEED)
    pixels, tokens = inputs(shape, BATCH, SEED)
    out = open_clip_run(model, pixels, tokens, gradients=kind in USUAL)
    if kind in USUAL:
        theirs = hugging_face_run(hugging_face_model(shape, model), pixels, tokens, False)
        for name, value in theirs.items():
            if name in out:
                assert error(value.numpy(), out[name].numpy()) < 2e-6, name
        out |= {k: v for k, v in theirs.items() if k.endswith(".attn.weights")}
    same = ("mlp", "patch_dropout", "visual", "transformer", "token_embedding")
    return case(shape, model, pixels, tokens), {
        k: v for k, v in out.items()
        if k.split(".")[-1] not in same and (kind != "resnet" or not k.startswith("visual.layer")
                                             or k.count(".") == 2)}


def siglip(shape) -> tuple[dict, dict]:
    model = siglip_model(shape, SEED)
    pixels, tokens = inputs(shape, BATCH, SEED)
    return siglip_case(model, pixels, tokens), siglip_run(model, pixels, tokens)


for kind, shape in SHAPES.items():
    tensors, out = siglip(shape) if kind == "siglip" else clip(kind, shape)
    want = {"want:" + k: v.float().clone().contiguous() for k, v in out.items()}
    tensors = {k: v.clone().contiguous() for k, v in tensors.items()}
    path = FOLDER / f"{kind}.safetensors"
    save_file(tensors | want, path, metadata(
        shape, made_by=f"lab/peers/make_tower_vectors.py, torch {torch.__version__}, "
        f"open_clip {open_clip.__version__}, transformers {transformers.__version__}, "
        f"seed {SEED}, float32 on a CPU"))
    print(path.name, path.stat().st_size, len(want))
