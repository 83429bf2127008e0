"""What cliplab encode writes, read by NumPy and safetensors, and the other way round.

    pip install numpy safetensors pillow pytest && pytest lab/peers/test_bulk.py
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [f"a drawing of a {word}" for word in ("cat", "red hat", "rocket", "horse", "cat")]


@pytest.fixture(scope="module")
def cliplab(tmp_path_factory):
    binary = tmp_path_factory.mktemp("go") / "cliplab"
    subprocess.run(["go", "build", "-o", str(binary), "./kernel/cliplab"], cwd=ROOT, check=True,
                   env={**os.environ, "CGO_ENABLED": "0"})
    return lambda *args: subprocess.run([str(binary), *map(str, args)], capture_output=True,
                                        text=True, timeout=60)


@pytest.fixture
def features(cliplab, tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS))
    paths = {ext: tmp_path / f"f.{ext}" for ext in ("npy", "safetensors")}
    for path in paths.values():
        done = cliplab("encode", "--texts", tmp_path / "texts.txt", "-o", path)
        assert done.returncode == 0, done.stderr
    return paths


def test_both_formats_are_read(features):
    x = np.load(features["npy"], mmap_mode="r")
    assert x.dtype == np.dtype("<f4") and x.shape[0] == len(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(x[0], x[4])
    with safe_open(features["safetensors"], "np") as f:
        assert list(f.keys()) == ["text_features"]
        assert f.metadata()["model"] == "cliplab-s"
        np.testing.assert_array_equal(f.get_tensor("text_features"), x)
    names = Path(str(features["npy"]) + ".names.tsv").read_text().splitlines()
    assert names == TEXTS


def test_search_agrees_with_numpy(cliplab, features, tmp_path):
    """Of a million-row search in small: the same rows and cosines, also in files of NumPy's."""
    x = np.load(features["npy"])
    rng = np.random.default_rng(1)
    many = rng.standard_normal((20_000, x.shape[1]), dtype=np.float32) * 3
    many[777] = x[2] * 5
    np.save(tmp_path / "many.npy", many)
    save_file({"x": many}, tmp_path / "many.safetensors")
    cosines = many @ x[2] / np.linalg.norm(many, axis=1)
    order = np.argsort(-cosines, kind="stable")[:50]
    for name in ("many.npy", "many.safetensors"):
        done = cliplab("search", "-f", tmp_path / name, TEXTS[2], "-k", 50, "--json")
        assert done.returncode == 0, done.stderr
        hits = [json.loads(line) for line in done.stdout.splitlines()]
        assert [h["row"] for h in hits] == order.tolist()
        assert hits[0]["name"] == "row 777"
        np.testing.assert_allclose([h["cosine"] for h in hits], cosines[order], atol=1e-5)
