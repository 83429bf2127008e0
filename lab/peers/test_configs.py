"""Every architecture that open_clip knows: ours has its parameters, name by name, or says why not.

    pytest lab/peers/test_configs.py
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import open_clip
import pytest
import torch
from open_clip.model import CLIP, CustomTextCLIP
from siglips import open_clip_names

ROOT = Path(__file__).resolve().parents[2]

# Image towers of other libraries, text towers of other models, captioners: not CLIP's own.
FOREIGN = ("timm_model_name", "hf_model_name", "multimodal_cfg")

# Those of open_clip's own towers that compute something else: the field that says so.
REFUSED = {"SigLIP-i18n": "text_cfg.proj_type"}  # texts are not projected


def configurations() -> list[str]:
    return sorted(open_clip.list_models())


@pytest.fixture(scope="module")
def ours() -> dict[str, dict]:
    lines = [
        json.dumps({"model_cfg": open_clip.get_model_config(n), "preprocess_cfg": {}})
        for n in configurations()
    ]
    out = subprocess.run(
        ["go", "run", "./lab/peers/shapes"], cwd=ROOT, check=True, text=True,
        input="\n".join(lines), stdout=subprocess.PIPE,
    ).stdout
    return dict(zip(configurations(), map(json.loads, out.splitlines()), strict=True))


def foreign(config: dict) -> bool:
    parts = [config, config.get("vision_cfg", {}), config.get("text_cfg", {})]
    return any(p.get(f) for p in parts for f in FOREIGN if not (
        f == "timm_model_name" and siglip(config)))


def siglip(config: dict) -> bool:
    """Its image tower is timm's, and the lab's too."""
    return "_siglip_" in config["vision_cfg"].get("timm_model_name", "")


@pytest.mark.parametrize("name", configurations())
def test_shapes(name: str, ours: dict[str, dict]) -> None:
    config = dict(open_clip.get_model_config(name))
    got = ours[name]
    if foreign(config):
        assert "error" in got, "an architecture that is not CLIP's own was taken"
        return
    if "error" in got:
        assert "cannot compute" in got["error"]
        why = [f for k, f in REFUSED.items() if k in name]
        assert why and why[0] in got["error"], got["error"]
        return
    custom = config.pop("custom_text", False)
    with torch.device("meta"):
        model = (CustomTextCLIP if custom else CLIP)(**config)
    want = {k.removeprefix("text."): list(p.shape) for k, p in model.state_dict().items()
            if not k.endswith(("num_batches_tracked", "attn_mask", "logit_bias"))}
    heads = config["text_cfg"]["heads"]
    assert got["heads"][1] == heads
    if siglip(config):
        with torch.device("meta"):
            ours = open_clip_names({n: torch.empty(s) for n, s in got["shapes"].items()})
        want = {k: list(v.shape) for k, v in model.state_dict().items() if k != "logit_bias"}
        assert {k: list(v.shape) for k, v in ours.items()} == want
        assert got["heads"][0] == model.visual.trunk.blocks[0].attn.num_heads
        return
    assert got["shapes"] == want
    trunk = getattr(model.visual, "transformer", None)
    if trunk is not None:
        assert got["heads"][0] == trunk.resblocks[0].attn.num_heads
    else:
        assert got["heads"][0] == model.visual.attnpool.num_heads


def test_which_are_taken(ours: dict[str, dict]) -> None:
    own = [n for n in ours if not foreign(open_clip.get_model_config(n))]
    taken = [n for n in own if "shapes" in ours[n]]
    print(f"{len(taken)} of {len(own)} architectures of open_clip {open_clip.__version__}'s own,",
          f"{len(ours)} with those of other libraries")
    assert len(taken) >= 80  # those of version 3.3.0
