"""SigLIP's checkpoints against transformers, timm and open_clip, and positions of other sizes:

    pytest lab/peers/test_siglip.py
"""

from __future__ import annotations

import dataclasses
import json
import types
from pathlib import Path

import numpy as np
import open_clip.model
import torch
from safetensors.torch import load_file, save_file
from siglips import as_open_clip, siglip_model
from test_checkpoints import CLOSE, call, go, oc_config, oc_model  # noqa: F401
from towers import SHAPES, inputs
from transformers import SiglipModel
from words import T5, siglip_tokenizer, train

SHAPE = dataclasses.replace(SHAPES["siglip"], VisionWidth=128, VisionHeads=2, TextWidth=64,
                            TextHeads=1, EmbedDim=128, VocabSize=450, ContextLength=12, VisionMLP=0)
CAPTIONS = ["a photo of a cat.", "Two dogs!", "猫"]


def both(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    pixels, tokens = inputs(SHAPE, 3, 5)
    tokens[:, -1] = 1
    save_file({"pixels": pixels, "tokens": tokens}, path)
    return pixels, tokens


def features(model: SiglipModel, pixels: torch.Tensor, tokens: torch.Tensor):
    with torch.no_grad():
        return (model.vision_model(pixel_values=pixels).pooler_output,
                model.text_model(input_ids=tokens).pooler_output)


def folder(tmp_path: Path) -> SiglipModel:
    model = siglip_model(SHAPE, 3)
    model.save_pretrained(tmp_path / "model")
    train(tmp_path / "model" / "spiece.model", **T5)
    return model


def test_transformers(go, tmp_path: Path) -> None:  # noqa: F811
    """Read, written back, and read by transformers: the same features, bit for bit parameters."""
    model = folder(tmp_path)
    pixels, tokens = both(tmp_path / "in")
    call(go, "save", tmp_path / "model", "hf", tmp_path / "again")
    again = SiglipModel.from_pretrained(tmp_path / "again").eval()
    for name, p in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], p), name
    for where in ("model", "again"):
        call(go, "show", tmp_path / where, tmp_path / "in", tmp_path / "out")
        got = load_file(tmp_path / "out")
        image, text = features(model, pixels, tokens)
        torch.testing.assert_close(got["features.image"], image, **CLOSE)
        torch.testing.assert_close(got["features.text"], text, **CLOSE)
    assert got["pixels.mean"].tolist() == [0.5] * 3
    assert siglip_tokenizer(tmp_path / "again" / "spiece.model")("a cat")["input_ids"][-1] == 1


def test_zero_shot(go, tmp_path: Path) -> None:  # noqa: F811
    """Probabilities by sigmoid, captions cut by the model's own words."""
    model = folder(tmp_path)
    pixels, _ = both(tmp_path / "in")
    ids = siglip_tokenizer(tmp_path / "model" / "spiece.model")(
        CAPTIONS, padding="max_length", max_length=12, truncation=True, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        want = torch.sigmoid(model(input_ids=ids, pixel_values=pixels).logits_per_image)
    got = json.loads(call(go, "classify", tmp_path / "model", tmp_path / "in", *CAPTIONS))
    np.testing.assert_allclose(np.array(got).reshape(3, 3), want.numpy(), rtol=1e-4)


def test_timm(go, tmp_path: Path) -> None:  # noqa: F811
    """open_clip's names, in a file without a configuration."""
    model = siglip_model(SHAPE, 3)
    modules, state = as_open_clip(SHAPE, model)
    pixels, tokens = both(tmp_path / "in")
    save_file({k: v.contiguous().clone() for k, v in state.items()}, tmp_path / "m.safetensors")
    call(go, "show", tmp_path / "m.safetensors", tmp_path / "in", tmp_path / "out")
    got = load_file(tmp_path / "out")
    with torch.no_grad():
        torch.testing.assert_close(got["features.image"], modules.visual.trunk(pixels), **CLOSE)
        torch.testing.assert_close(got["features.text"], modules.text(tokens), **CLOSE)


def test_positions(go, tmp_path: Path) -> None:  # noqa: F811
    """Larger and smaller pictures: open_clip's resize_pos_embed."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "open_clip_config.json").write_text(oc_config("vit"))
    state = oc_model("vit").state_dict()
    save_file({k: v.contiguous().clone() for k, v in state.items()},
              tmp_path / "model" / "open_clip_model.safetensors")
    for size in (8, 16, 40, 64, 104):
        call(go, "resize", tmp_path / "model", size, tmp_path / "out")
        resized = {"visual.positional_embedding": state["visual.positional_embedding"]}
        visual = types.SimpleNamespace(grid_size=(size // 8, size // 8))
        open_clip.model.resize_pos_embed(resized, types.SimpleNamespace(visual=visual))
        torch.testing.assert_close(load_file(tmp_path / "out")["positions"],
                                   resized["visual.positional_embedding"], rtol=1e-5, atol=1e-6)
