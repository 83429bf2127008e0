"""Checkpoints against transformers, open_clip and torch: what they write is read, and what is
written they read, with equal parameters bit for bit and equal features.

    pip install torch transformers open_clip_torch safetensors pytest
    pytest lab/peers/test_checkpoints.py
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPVisionModelWithProjection

ROOT = Path(__file__).resolve().parents[2]
CLOSE = dict(rtol=2e-5, atol=2e-5)  # sums in another order


@pytest.fixture(scope="session")
def go(tmp_path_factory) -> str:
    binary = tmp_path_factory.mktemp("go") / "checkpoints"
    subprocess.run(["go", "build", "-o", str(binary), "./lab/peers/checkpoints"], cwd=ROOT,
                   check=True, env={**os.environ, "CGO_ENABLED": "0"})
    return str(binary)


def call(go: str, *args: object) -> str:
    """What the program prints; its error is an AssertionError."""
    done = subprocess.run([go, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(go: str, model: object, inputs: object) -> str:
    done = subprocess.run([go, "show", str(model), str(inputs), os.devnull], capture_output=True,
                          text=True)
    assert done.returncode == 1, "it was opened"
    assert "goroutine" not in done.stderr
    return done.stderr


def hf_config(act: str = "quick_gelu", **vision: object) -> CLIPConfig:
    return CLIPConfig(
        text_config=dict(hidden_size=64, intermediate_size=200, num_hidden_layers=2,
                         num_attention_heads=4, max_position_embeddings=16, vocab_size=49408,
                         hidden_act=act, projection_dim=24),
        vision_config=dict(dict(hidden_size=96, intermediate_size=384, num_hidden_layers=3,
                                num_attention_heads=3, image_size=32, patch_size=8, hidden_act=act,
                                projection_dim=24), **vision),
        projection_dim=24)


def hf_model(act: str = "quick_gelu") -> CLIPModel:
    torch.manual_seed(4)
    model = CLIPModel(hf_config(act))
    with torch.no_grad():
        for p in model.parameters():  # biases too
            p.copy_(torch.randn_like(p) * 0.1)
        model.logit_scale.fill_(2.5)
    return model.eval()


def inputs(path: Path, size: int = 32, context: int = 16) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    tokens = torch.zeros(3, context, dtype=torch.int64)
    for row, n in zip(tokens, (3, 9, context), strict=True):
        row[:n] = torch.randint(1, 49000, (n,), generator=generator)
        row[0], row[n - 1] = 49406, 49407
    both = {"pixels": torch.randn(2, 3, size, size, generator=generator), "tokens": tokens}
    save_file(both, path)
    return both


def hf_features(model: CLIPModel, both: dict[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    with torch.no_grad():
        v = model.vision_model(pixel_values=both["pixels"]).pooler_output
        t = model.text_model(input_ids=both["tokens"]).pooler_output
        return model.visual_projection(v), model.text_projection(t)


def as_openai(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The parameters of transformers by OpenAI's names, written down apart from lab/names."""
    out = {
        "visual.class_embedding": state["vision_model.embeddings.class_embedding"],
        "visual.conv1.weight": state["vision_model.embeddings.patch_embedding.weight"],
        "visual.positional_embedding": state["vision_model.embeddings.position_embedding.weight"],
        "visual.proj": state["visual_projection.weight"].T,
        "text_projection": state["text_projection.weight"].T,
        "token_embedding.weight": state["text_model.embeddings.token_embedding.weight"],
        "positional_embedding": state["text_model.embeddings.position_embedding.weight"],
        "logit_scale": state["logit_scale"],
    }
    for kind in ("weight", "bias"):
        out[f"visual.ln_pre.{kind}"] = state[f"vision_model.pre_layrnorm.{kind}"]
        out[f"visual.ln_post.{kind}"] = state[f"vision_model.post_layernorm.{kind}"]
        out[f"ln_final.{kind}"] = state[f"text_model.final_layer_norm.{kind}"]
        for to, tower in (("visual.transformer", "vision_model"), ("transformer", "text_model")):
            for i in range(12):
                layer = f"{tower}.encoder.layers.{i}"
                if f"{layer}.layer_norm1.weight" not in state:
                    break
                block = f"{to}.resblocks.{i}"
                out[f"{block}.ln_1.{kind}"] = state[f"{layer}.layer_norm1.{kind}"]
                out[f"{block}.ln_2.{kind}"] = state[f"{layer}.layer_norm2.{kind}"]
                out[f"{block}.attn.in_proj_{kind}"] = torch.cat(
                    [state[f"{layer}.self_attn.{x}_proj.{kind}"] for x in "qkv"])
                out[f"{block}.attn.out_proj.{kind}"] = state[f"{layer}.self_attn.out_proj.{kind}"]
                out[f"{block}.mlp.c_fc.{kind}"] = state[f"{layer}.mlp.fc1.{kind}"]
                out[f"{block}.mlp.c_proj.{kind}"] = state[f"{layer}.mlp.fc2.{kind}"]
    return out


def same_parameters(got: dict[str, torch.Tensor], want: dict[str, torch.Tensor]) -> None:
    ours = {k for k in got if not k.startswith(("features.", "pixels."))}
    want = {k: v for k, v in want.items()
            if not k.endswith(("num_batches_tracked", "attn_mask", "position_ids"))}
    assert ours == set(want)
    for name, tensor in want.items():
        assert torch.equal(got[name], tensor.float()), name


@pytest.mark.parametrize("save", ["float32", "float16", "bfloat16", "sharded", "bin", "bin sharded",
                                  "gelu", "old config"])
def test_transformers_read(go: str, tmp_path: Path, save: str) -> None:
    model = hf_model("gelu" if save == "gelu" else "quick_gelu")
    if save in ("float16", "bfloat16"):
        model = model.to(getattr(torch, save))
    folder = tmp_path / "model"
    model.save_pretrained(folder, **({"max_shard_size": "300KB"} if save == "sharded" else {}))
    if save.startswith("bin"):
        to_bin(folder, shards=3 if "sharded" in save else 1)
    if save == "sharded":
        assert len(list(folder.glob("*.safetensors"))) > 2
    if save == "old config":
        old_config(folder)
    both = inputs(tmp_path / "in.safetensors")
    call(go, "show", folder, tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    got = load_file(tmp_path / "out.safetensors")
    same_parameters(got, as_openai(model.state_dict()))
    image, text = hf_features(model.float(), both)
    torch.testing.assert_close(got["features.image"], image, **CLOSE)
    torch.testing.assert_close(got["features.text"], text, **CLOSE)


def to_bin(folder: Path, shards: int) -> None:
    """As transformers wrote until version 4."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    state["vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    if shards == 1:
        torch.save(state, folder / "pytorch_model.bin")
        return
    names = sorted(state)
    weights = {}
    for i in range(shards):
        file = f"pytorch_model-{i + 1:05}-of-{shards:05}.bin"
        torch.save({n: state[n] for n in names[i::shards]}, folder / file)
        weights |= dict.fromkeys(names[i::shards], file)
    index = {"metadata": {"total_size": 1}, "weight_map": weights}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))


def old_config(folder: Path) -> None:
    """As OpenAI's models on the hub: what differs from the defaults stands in a second place, and
    the end of text is said to be 2."""
    config = json.loads((folder / "config.json").read_text())
    for tower in ("text_config", "vision_config"):
        config[f"{tower}_dict"] = {k: v for k, v in config[tower].items()
                                   if k not in ("eos_token_id", "bos_token_id")}
        config[tower] = {"model_type": config[tower]["model_type"], "eos_token_id": 2}
    (folder / "config.json").write_text(json.dumps(config))


OPEN_CLIP = {
    "vit": dict(embed_dim=24, quick_gelu=True,
                vision_cfg=dict(image_size=32, layers=3, width=128, patch_size=8),
                text_cfg=dict(context_length=16, vocab_size=49408, width=64, heads=4, layers=2)),
    "vit gelu": dict(embed_dim=24,
                     vision_cfg=dict(image_size=32, layers=2, width=96, head_width=32, patch_size=16,
                                     mlp_ratio=3.5),
                     text_cfg=dict(context_length=16, vocab_size=49408, width=64, heads=2, layers=1)),
    "custom text": dict(embed_dim=24, custom_text=True,
                        vision_cfg=dict(image_size=32, layers=2, width=64, patch_size=16),
                        text_cfg=dict(context_length=16, vocab_size=49408, width=64, heads=4,
                                      layers=2)),
    "resnet": dict(embed_dim=24, quick_gelu=True,
                   vision_cfg=dict(image_size=64, layers=[1, 2, 1, 1], width=16, patch_size=None),
                   text_cfg=dict(context_length=16, vocab_size=49408, width=64, heads=4, layers=2)),
}


def oc_model(kind: str) -> torch.nn.Module:
    torch.manual_seed(9)
    config = dict(OPEN_CLIP[kind])
    custom = config.pop("custom_text", False)
    model = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if not name.endswith(("ln_1.weight", "ln_2.weight")):
                p.add_(torch.randn_like(p) * 0.02)
        for name, b in model.named_buffers():
            if name.endswith("running_var"):
                b.add_(torch.rand_like(b))
            elif name.endswith("running_mean"):
                b.add_(torch.randn_like(b) * 0.1)
    return model.eval()


def oc_parameters(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {k.removeprefix("text."): v for k, v in model.state_dict().items()}


def oc_config(kind: str) -> str:
    return json.dumps({
        "model_cfg": OPEN_CLIP[kind],
        "preprocess_cfg": {"mean": [0.5, 0.25, 0.125], "std": [0.5, 1, 2],
                           "interpolation": "bicubic", "resize_mode": "shortest"},
    })


@pytest.mark.parametrize("save", ["safetensors", "bin", "training", "jit"])
@pytest.mark.parametrize("kind", OPEN_CLIP)
def test_open_clip_read(go: str, tmp_path: Path, kind: str, save: str) -> None:
    model = oc_model(kind)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(oc_config(kind))
    size = OPEN_CLIP[kind]["vision_cfg"]["image_size"]
    both = inputs(tmp_path / "in.safetensors", size)
    state = model.state_dict()
    if save == "safetensors":
        save_file({k: v.contiguous().clone() for k, v in state.items()},
                  folder / "open_clip_model.safetensors")
    elif save == "bin":
        torch.save(state, folder / "open_clip_pytorch_model.bin")
    elif save == "training":
        torch.save({"epoch": 3, "state_dict": {f"module.{k}": v for k, v in state.items()},
                    "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}}}, folder / "epoch_3.pt")
    else:
        scripted = torch.jit.trace(model, (both["pixels"], both["tokens"]), strict=False,
                                   check_trace=False)
        torch.jit.save(scripted, str(folder / "model.pt"))
    call(go, "show", folder, tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    got = load_file(tmp_path / "out.safetensors")
    same_parameters(got, oc_parameters(model))
    with torch.no_grad():
        image, text = model.encode_image(both["pixels"]), model.encode_text(both["tokens"])
    torch.testing.assert_close(got["features.image"], image, **CLOSE)
    torch.testing.assert_close(got["features.text"], text, **CLOSE)
    assert got["pixels.mean"].tolist() == [0.5, 0.25, 0.125]
    assert got["pixels.std"].tolist() == [0.5, 1, 2]


@pytest.mark.parametrize("act", ["quick_gelu", "gelu"])
def test_transformers_write(go: str, tmp_path: Path, act: str) -> None:
    model = hf_model(act)
    model.save_pretrained(tmp_path / "model")
    call(go, "save", tmp_path / "model", "hf", tmp_path / "ours")
    again = CLIPModel.from_pretrained(tmp_path / "ours").eval()
    for name, p in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], p), name
    both = inputs(tmp_path / "in.safetensors")
    for a, b in zip(hf_features(again, both), hf_features(model, both), strict=True):
        assert torch.equal(a, b)
    processor = CLIPProcessor.from_pretrained(tmp_path / "ours")
    assert processor.image_processor.crop_size["height"] == 32
    caption = "A photo of a naïve dog, 42 <🐕>!"
    ids = open_clip.get_tokenizer("ViT-B-32")([caption])[0].tolist()
    assert processor.tokenizer([caption])["input_ids"] == [ids[: ids.index(49407) + 1]]


@pytest.mark.parametrize("kind", ["vit", "vit gelu", "custom text", "resnet"])
def test_open_clip_write(go: str, tmp_path: Path, kind: str) -> None:
    model = oc_model(kind)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(oc_config(kind))
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    call(go, "save", folder, "open_clip", tmp_path / "ours")
    again, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{tmp_path / 'ours'}")
    again.eval()
    want = oc_parameters(model)
    for name, p in oc_parameters(again).items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(p, want[name]), name
    size = OPEN_CLIP[kind]["vision_cfg"]["image_size"]
    both = inputs(tmp_path / "in.safetensors", size)
    with torch.no_grad():
        assert torch.equal(again.encode_image(both["pixels"]), model.encode_image(both["pixels"]))
        assert torch.equal(again.encode_text(both["tokens"]), model.encode_text(both["tokens"]))
    assert list(preprocess.transforms[-1].mean) == [0.5, 0.25, 0.125]


def test_squash_write(go: str, tmp_path: Path) -> None:
    """open_clip's models that stretch pictures do so in transformers."""
    folder = tmp_path / "model"
    folder.mkdir()
    config = json.loads(oc_config("vit"))
    config["preprocess_cfg"]["resize_mode"] = "squash"
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.save(oc_model("vit").state_dict(), folder / "open_clip_pytorch_model.bin")
    call(go, "save", folder, "hf", tmp_path / "hf")
    processor = CLIPProcessor.from_pretrained(tmp_path / "hf").image_processor
    wide = Image.effect_noise((100, 40), 90).convert("RGB")
    squashed = wide.resize((32, 32), Image.Resampling.BICUBIC)
    got, want = (processor(p, return_tensors="pt")["pixel_values"] for p in (wide, squashed))
    assert got.shape == (1, 3, 32, 32) and (got - want).abs().max() < 0.05


def test_shipped_write(go: str, tmp_path: Path) -> None:
    """The small model's own vocabulary becomes CLIP's: any caption has its features."""
    call(go, "save", "cliplab-s", "hf", tmp_path / "hf")
    call(go, "save", "cliplab-s", "open_clip", tmp_path / "oc")
    config = json.loads((tmp_path / "hf" / "config.json").read_text())
    size = config["vision_config"]["image_size"]
    context = config["text_config"]["max_position_embeddings"]
    both = inputs(tmp_path / "in.safetensors", size, context)
    call(go, "show", "cliplab-s", tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    got = load_file(tmp_path / "out.safetensors")
    image, text = hf_features(CLIPModel.from_pretrained(tmp_path / "hf").eval(), both)
    oc = open_clip.create_model_and_transforms(f"local-dir:{tmp_path / 'oc'}")[0].eval()
    with torch.no_grad():
        for want_image, want_text in (
            (image, text), (oc.encode_image(both["pixels"]), oc.encode_text(both["tokens"]))):
            torch.testing.assert_close(got["features.image"], want_image, **CLOSE)
            torch.testing.assert_close(got["features.text"], want_text, **CLOSE)


def test_few_ids_write(go: str, tmp_path: Path) -> None:
    """A vocabulary that is not CLIP's: transformers still finds the end of a text."""
    vectors = load_file(ROOT / "lab" / "testdata" / "checkpoints" / "vectors.safetensors")
    call(go, "save", ROOT / "lab" / "testdata" / "checkpoints" / "transformers", "hf", tmp_path / "hf")
    image, text = hf_features(CLIPModel.from_pretrained(tmp_path / "hf").eval(), vectors)
    torch.testing.assert_close(image, vectors["transformers.image"], **CLOSE)
    torch.testing.assert_close(text, vectors["transformers.text"], **CLOSE)


def test_own_format(go: str, tmp_path: Path) -> None:
    """What Save writes opens with its heads, activations and preprocessing."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(oc_config("vit gelu"))
    save_file({k: v.half().float().contiguous() for k, v in oc_model("vit gelu").state_dict().items()},
              folder / "open_clip_model.safetensors")
    inputs(tmp_path / "in.safetensors")
    call(go, "save", folder, "lab", tmp_path / "ours.safetensors")
    for model, out in ((folder, "a"), (tmp_path / "ours.safetensors", "b")):
        call(go, "show", model, tmp_path / "in.safetensors", tmp_path / out)
    a, b = load_file(tmp_path / "a"), load_file(tmp_path / "b")
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def test_refused(go: str, tmp_path: Path) -> None:
    """What is no whole CLIP, or lies, is told by name."""
    both = tmp_path / "in.safetensors"
    inputs(both)
    CLIPVisionModelWithProjection(hf_config().vision_config).save_pretrained(tmp_path / "vision")
    assert "text tower is missing" in refused(go, tmp_path / "vision" / "model.safetensors", both)
    hf_model().save_pretrained(tmp_path / "wrong")
    config = json.loads((tmp_path / "wrong" / "config.json").read_text())
    for part, field, value, tensor, shape in (
        ("text_config", "hidden_size", 32, "token_embedding.weight", "[49408 64]"),
        ("vision_config", "num_hidden_layers", 2, "encoder.layers.2.", "[288]"),
        ("vision_config", "num_hidden_layers", 4, "encoder.layers.3.", "[96]"),
        ("vision_config", "image_size", 48, "position_embedding.weight", "[17 96]"),
    ):
        changed = json.loads(json.dumps(config))
        changed[part][field] = value
        (tmp_path / "wrong" / "config.json").write_text(json.dumps(changed))
        error = refused(go, tmp_path / "wrong", both)
        assert tensor in error and shape in error and "config.json" in error
    torch.save(hf_model(), tmp_path / "object.pt")
    assert "transformers.models.clip" in refused(go, tmp_path / "object.pt", both)


def test_openai_archive(go: str, tmp_path: Path) -> None:
    """As OpenAI's .pt: a TorchScript module in fp16 with the sizes beside the parameters."""
    state = {k: v.half() if v.is_floating_point() else v for k, v in oc_model("vit").state_dict().items()}
    module = build(state | {"input_resolution": torch.tensor(32), "context_length": torch.tensor(16),
                            "vocab_size": torch.tensor(49408)})
    torch.jit.save(torch.jit.script(module), str(tmp_path / "ViT.pt"))
    inputs(tmp_path / "in.safetensors")
    call(go, "show", tmp_path / "ViT.pt", tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    same_parameters(load_file(tmp_path / "out.safetensors"), state)


class Holder(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def build(state: dict[str, torch.Tensor]) -> torch.nn.Module:
    """Modules within modules that hold a state dict."""
    root = Holder()
    for name, value in state.items():
        *path, last = name.split(".")
        module = root
        for step in path:
            if not hasattr(module, step):
                module.add_module(step, Holder())
            module = getattr(module, step)
        module.register_buffer(last, value)
    return root
