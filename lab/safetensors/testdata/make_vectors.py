"""Writes the reference files of package safetensors with Hugging Face's own library.

    pip install safetensors==0.8.0 numpy==2.4.6 ml_dtypes==0.6.0     (Python 3.11 was used)
    python make_vectors.py                                (writes into its own folder)

types.safetensors    one small tensor of each type that the package reads
f32, f16, bf16       the same two tensors as the package must write them, byte for byte
rounding.json        float32 bit patterns with the bits of their F16 and BF16
half.sha256          SHA-256 of all 65,536 half-precision numbers as float32, little-endian
                     (numbers that are no number left out)
"""

import hashlib
import json
import os

import ml_dtypes
import numpy as np
from safetensors.numpy import save

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def types():
    x = np.array([[0, 1, -2], [0.5, 96, -0.125]])
    n = np.array([[0, 1, 2], [3, 100, 127]])
    tensors = {
        "f64": x,
        "f32": x.astype(np.float32),
        "f16": x.astype(np.float16),
        "bf16": x.astype(ml_dtypes.bfloat16),
        "i64": n.astype(np.int64) * -(2**40),
        "i32": n.astype(np.int32) * -(2**20),
        "i16": n.astype(np.int16) * -200,
        "i8": -n.astype(np.int8),
        "u8": (n * 2).astype(np.uint8),
        "bool": n > 1,
        "scalar": np.array(2.6592, np.float32),
        "empty": np.zeros((0, 4), np.float32),
    }
    with open(path("types.safetensors"), "wb") as f:
        f.write(save(tensors, {"format": "np", "größe": "klein <&>"}))


def written():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(3, 5)).astype(np.float32), rng.normal(size=7).astype(np.float32)
    for name, t in [("f32", np.float32), ("f16", np.float16), ("bf16", ml_dtypes.bfloat16)]:
        tensors = {"visual.proj": a.astype(t), "bias <&> é": b.astype(t)}
        with open(path(name + ".safetensors"), "wb") as f:
            f.write(save(tensors, {"format": "pt"}))


def rounding():
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2**32, 200, dtype=np.uint32)
    edges = [0, 1, 0x33000000, 0x33000001, 0x33800000, 0x33C00000, 0x387FC000, 0x387FE000,
             0x387FFFFF, 0x38800000, 0x38801000, 0x38803000, 0x477FE000, 0x477FEFFF, 0x477FF000,
             0x47800000, 0x7F7FFFFF, 0x7F800000, 0x3F808000, 0x3F818000, 0x3F808001, 0x7F7F7FFF,
             0x7F7F8000]
    halves = (rng.integers(0x33000000, 0x47800000, 400, dtype=np.uint32) & ~np.uint32(0xFFF))
    bits = np.concatenate([bits, np.array(edges, np.uint32), np.array(edges, np.uint32) | 0x80000000,
                           halves]).astype(np.uint32)
    v = bits.view(np.float32)
    bits, v = bits[~np.isnan(v)], v[~np.isnan(v)]
    with np.errstate(over="ignore"):
        f16, bf16 = v.astype(np.float16).view(np.uint16), v.astype(ml_dtypes.bfloat16).view(np.uint16)
    with open(path("rounding.json"), "w") as f:
        rows = [f"[{b}, {h}, {g}]" for b, h, g in zip(bits, f16, bf16)]
        f.write("[\n" + ",\n".join(rows) + "\n]\n")
    every = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    with open(path("half.sha256"), "w") as f:
        f.write(hashlib.sha256(every[~np.isnan(every)].tobytes()).hexdigest() + "\n")


types()
written()
rounding()
