"""lab/tower and lab/graph against open_clip and transformers: pytest lab/peers/test_towers.py

Random checkpoints of several shapes, odd widths and heads among them: every module's output, the
attention maps, features, logits, loss and, of CLIP's own transformers and ResNets, the gradient
of every parameter; of ResNets also in training mode, with the running statistics that a step
moves. SigLIP is transformers' alone here.

lab computes in float32. Its numbers must lie within 1e-5 of what both peers compute in float64,
relative to the largest number of the tensor. Where a random checkpoint is so badly conditioned
that open_clip's own float32 is farther than that from its float64, twice its error is allowed (of a ResNet five
times).
SEED=… makes other checkpoints; some of those are so near to a saturated softmax that a gradient
of one implementation alone is 1.3e-5 off. Parameter counts of open_clip's configurations are
compared without their weights.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file
from siglips import siglip_case, siglip_model, siglip_run
from towers import (SHAPES, VIT, Shape, case, error, hugging_face_model, hugging_face_names,
                    hugging_face_run, inputs, measure, metadata, open_clip_model, open_clip_run,
                    train_run)

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("SEED", 1))
BOUND = 1e-5

# What the module tree of open_clip has beyond the points of a trace: what does nothing, and sums
# up what is compared already.
SILENT = ("ls_1", "ls_2", "mlp", "patch_dropout", "visual", "transformer", "token_embedding",
          "attn_pool")

# Those that transformers' CLIPModel is not, and that are not trained here: no gradients.
VARIANTS = ("vit_layerscale", "vit_means", "siglip")

LARGER = {
    "one_head": dataclasses.replace(VIT, VisionHeads=1, VisionLayers=3, TextHeads=1, TextLayers=3),
    "wide": dataclasses.replace(VIT, ImageSize=35, PatchSize=7, VisionWidth=132, VisionHeads=11,
                                VisionMLP=301, TextWidth=70, TextHeads=7, EmbedDim=51,
                                ContextLength=77, VocabSize=211),
    "patches_that_leave_a_rest": dataclasses.replace(VIT, ImageSize=18),
    "base": Shape(ImageSize=64, PatchSize=16, VisionWidth=192, VisionHeads=3, VisionLayers=12,
                  TextWidth=128, TextHeads=2, TextLayers=12, EmbedDim=64, ContextLength=77,
                  VocabSize=500),
    "resnet_wider": dataclasses.replace(SHAPES["resnet"], ImageSize=96, VisionWidth=10,
                                        VisionHeads=5, VisionStages=(2, 1, 3, 2)),
}


@pytest.fixture(scope="session")
def tower(tmp_path_factory) -> Path:
    print(f"SEED={SEED}")
    binary = tmp_path_factory.mktemp("bin") / "tower"
    subprocess.run(["go", "build", "-o", str(binary), "./lab/peers/tower"], cwd=ROOT, check=True,
                   env={**os.environ, "CGO_ENABLED": "0"})
    return binary


@pytest.mark.parametrize("kind", [*SHAPES, *LARGER])
def test_equal(kind: str, tower: Path, tmp_path: Path) -> None:
    shape = (SHAPES | LARGER)[kind]
    pixels, tokens = inputs(shape, 3, SEED)
    usual = shape.PatchSize > 0 and kind not in VARIANTS
    resnet = shape.PatchSize == 0
    if kind == "siglip":
        model, numbers, run = siglip_model(shape, SEED), siglip_case, siglip_run
    else:
        model, numbers = open_clip_model(shape, SEED), functools.partial(case, shape)
        run = functools.partial(open_clip_run, gradients=usual or resnet)
    single = run(model, pixels, tokens)
    if resnet:
        single |= train_run(model, pixels, tokens)
    tensors = {k: v.detach().clone().contiguous()
               for k, v in numbers(model, pixels, tokens).items()}
    model, pixels = model.double(), pixels.double()
    want = run(model, pixels, tokens)
    if resnet:
        want |= train_run(model, pixels, tokens)
    save_file(tensors, tmp_path / "case.safetensors", metadata(shape))
    subprocess.run([tower, tmp_path / "case.safetensors", tmp_path / "out.safetensors"], check=True)
    got = load_file(tmp_path / "out.safetensors")

    worst, torchs = {}, 0.0
    for name, value in want.items():
        inner = name.startswith("visual.layer") and name.count(".") != 2
        if "grad:" in name or not (inner or name.split(".")[-1] in SILENT):
            beside = want[measure(name)].numpy() if measure(name) != name else None
            worst["peer " + name] = error(got[name], value.numpy(), beside)
            torchs = max(torchs, error(single[name].numpy(), value.numpy(), beside))
    if usual:
        theirs = hugging_face_run(hugging_face_model(shape, model).double(), pixels, tokens, True)
        worst |= against_transformers(got, theirs)
    assert len(worst) >= 15, worst
    name = max(worst, key=worst.get)
    print(f"{kind}: {len(worst)} tensors, largest error {worst[name]:.1e}, of {name}; "
          f"torch's own in float32 {torchs:.1e}")
    # In training mode batch norms undo what those before them scale: gradients of gains are what
    # is left of sums that cancel, and errors of two orders of summation lie farther apart.
    assert worst[name] <= max(BOUND, (5 if resnet else 2) * torchs), worst


def against_transformers(got: dict, theirs: dict) -> dict[str, float]:
    worst = {"transformers " + name: error(got[name], value.numpy())
             for name, value in theirs.items() if not name.startswith("grad:")}
    # Keys' biases move no loss: their gradient is the rounding of 0, seen beside the others.
    for name in [n for n in got if n.startswith("grad:") and "in_proj" not in n]:
        for new, part in hugging_face_names(name[5:], torch.from_numpy(got[name])):
            worst["transformers " + name] = error(part.numpy(), theirs["grad:" + new].numpy())
    return worst


def test_parameter_counts() -> None:
    """tower.Published against open_clip's own configurations, on torch's meta device."""
    counts = json.loads(subprocess.run(
        ["go", "run", "./lab/peers/tower", "counts"], cwd=ROOT, check=True, capture_output=True,
        env={**os.environ, "CGO_ENABLED": "0"}).stdout)
    assert len(counts) >= 28
    for name, c in counts.items():
        config = open_clip.get_model_config(name)
        with torch.device("meta"):
            model = open_clip.model.CLIP(config["embed_dim"], config["vision_cfg"],
                                         config["text_cfg"])
        assert c["parameters"] == sum(p.numel() for p in model.parameters()), name
        attention = (model.visual.attnpool if "RN" in name
                     else model.visual.transformer.resblocks[0].attn)
        assert c["vision_heads"] == attention.num_heads, name
        assert c["text_heads"] == model.transformer.resblocks[0].attn.num_heads, name
