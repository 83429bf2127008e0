"""SigLIP's checkpoints against transformers, timm and open_clip, positions of other sizes, and the
command line:

    pip install torch transformers open_clip_torch timm sentencepiece safetensors pillow pytest
    pytest lab/peers/test_siglip.py
"""

from __future__ import annotations

import dataclasses
import json
import types
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from siglips import as_open_clip, siglip_model
from test_bulk import cliplab  # noqa: F401
from test_checkpoints import CLOSE, call, go, hf_model, oc_config, oc_model  # noqa: F401
from towers import SHAPES, inputs
from transformers import SiglipImageProcessorPil, SiglipModel
from words import T5, gemma_tokenizer, siglip_tokenizer, train

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


@pytest.mark.parametrize("kind", ["SigLIP", "SigLIP 2"])
def test_zero_shot(go, tmp_path: Path, kind: str) -> None:  # noqa: F811
    """Probabilities by sigmoid, captions cut by the model's own words."""
    model = folder(tmp_path)
    pixels, _ = both(tmp_path / "in")
    tokenizer = siglip_tokenizer(tmp_path / "model" / "spiece.model")
    if kind == "SigLIP 2":
        (tmp_path / "model" / "spiece.model").unlink()
        tokenizer = gemma_tokenizer(size=440)
        tokenizer.save_pretrained(tmp_path / "model")
    ids = tokenizer(
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


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_positions(go, tmp_path: Path, kind: str) -> None:  # noqa: F811
    """Larger and smaller pictures: transformers' interpolate_pos_encoding."""
    model = hf_model() if kind == "clip" else folder(tmp_path)
    model.save_pretrained(tmp_path / "model")
    patch = model.config.vision_config.patch_size
    for size in (patch, 2 * patch + 1, 5 * patch, 9 * patch, 13 * patch):
        call(go, "resize", tmp_path / "model", size, tmp_path / "out")
        got = load_file(tmp_path / "out")
        with torch.no_grad():
            want = model.vision_model(pixel_values=got["pixels"],
                                      interpolate_pos_encoding=True).pooler_output
            if kind == "clip":
                want = model.visual_projection(want)
        torch.testing.assert_close(got["features.image"], want, **CLOSE)


def test_positions_open_clip(go, tmp_path: Path) -> None:  # noqa: F811
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


def test_open_clip_write(go, tmp_path: Path) -> None:  # noqa: F811
    """A base model of timm's size: open_clip's features, bias, pictures and tokens."""
    shape = dataclasses.replace(
        SHAPE, ImageSize=224, PatchSize=16, VisionWidth=768, VisionHeads=12, VisionLayers=12,
        VisionTanh=False, EmbedDim=768)
    model = siglip_model(shape, 3)
    with torch.no_grad():  # twelve random layers forget less
        for p in model.vision_model.encoder.parameters():
            p.mul_(0.3)
    model.save_pretrained(tmp_path / "model")
    train(tmp_path / "model" / "spiece.model", **T5)
    call(go, "save", tmp_path / "model", "open_clip", tmp_path / "oc")
    name = f"local-dir:{tmp_path / 'oc'}"
    theirs, _, preprocess = open_clip.create_model_and_transforms(name)
    theirs.eval()
    pixels, tokens = inputs(shape, 1, 5)
    image, text = features(model, pixels, tokens)
    with torch.no_grad():
        torch.testing.assert_close(theirs.encode_image(pixels), image, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(theirs.encode_text(tokens), text, **CLOSE)
    assert theirs.logit_bias.item() == model.logit_bias.item()
    assert list(preprocess.transforms[-1].mean) == [0.5] * 3
    ids = siglip_tokenizer(tmp_path / "oc" / "spiece.model")(
        CAPTIONS, padding="max_length", max_length=12, truncation=True)["input_ids"]
    assert open_clip.get_tokenizer(name)(CAPTIONS).tolist() == ids


def test_command(cliplab, tmp_path: Path) -> None:  # noqa: F811
    """cliplab classify, encode and search with a folder that transformers wrote: its numbers."""
    model = folder(tmp_path)
    processor = SiglipImageProcessorPil(size={"height": 12, "width": 12})
    processor.save_pretrained(tmp_path / "model")
    rng, pictures = np.random.default_rng(3), []
    (tmp_path / "in").mkdir()
    for i, size in enumerate([(12, 12), (31, 17), (9, 40)]):
        picture = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
        picture.save(tmp_path / "in" / f"{i}.png")
        pictures.append(picture)
    pixels = processor(pictures, return_tensors="pt")["pixel_values"]
    ids = siglip_tokenizer(tmp_path / "model" / "spiece.model")(
        CAPTIONS, padding="max_length", max_length=12, truncation=True, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        want = model(input_ids=ids, pixel_values=pixels)
    probabilities, paths = torch.sigmoid(want.logits_per_image), sorted((tmp_path / "in").iterdir())
    use = ("--model", tmp_path / "model")

    (tmp_path / "labels.txt").write_text("\n".join(CAPTIONS))
    done = cliplab("classify", *paths, *use, "--labels", tmp_path / "labels.txt", "--json")
    assert done.returncode == 0, done.stderr
    for line, row in zip(done.stdout.splitlines(), probabilities, strict=True):
        got = {x["label"]: x["probability"] for x in json.loads(line)["labels"]}
        np.testing.assert_allclose([got[c] for c in CAPTIONS], row.numpy(), rtol=1e-4)

    done = cliplab("encode", *use, "--images", tmp_path / "in", "-o", tmp_path / "f.npy")
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "f.npy"), want.image_embeds.numpy(), atol=2e-5)
    done = cliplab("encode", *use, "--texts", tmp_path / "labels.txt", "-o", tmp_path / "t.npy")
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "t.npy"), want.text_embeds.numpy(), atol=2e-5)

    done = cliplab("search", *use, "-f", tmp_path / "f.npy", CAPTIONS[1], "--json")
    assert done.returncode == 0, done.stderr
    hits = {h["row"]: h["cosine"] for h in map(json.loads, done.stdout.splitlines())}
    cosines = want.image_embeds @ want.text_embeds[1]
    np.testing.assert_allclose([hits[i] for i in range(3)], cosines.numpy(), atol=2e-5)

    (tmp_path / "model" / "spiece.model").unlink()
    done = cliplab("classify", *paths, *use, "--labels", "a cat,a dog")
    assert done.returncode == 1 and "spiece.model" in done.stderr, done.stderr
    assert "goroutine" not in done.stderr
    done = cliplab("encode", *use, "--images", tmp_path / "in", "-o", tmp_path / "g.npy")
    assert done.returncode == 0, done.stderr  # pictures need no words
