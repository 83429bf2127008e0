"""OpenBLAS as a worker: python blas.py numpy|wheel FOLDER, within NumPy or in a wheel of its own.

OPENBLAS_CORETYPE chooses its kernels; without it, it guesses.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np
from serve import Job, serve

ROW_MAJOR, PLAIN, TURNED = 101, 111, 112


def wave(n: int, step: float) -> np.ndarray:
    """sin(i·step), as lab/bench has it."""
    return np.sin(np.arange(n) * step).astype(np.float32)


class Wheel:
    """cblas of the wheel scipy-openblas32."""

    def __init__(self) -> None:
        import scipy_openblas32

        folder = Path(scipy_openblas32.get_lib_dir())
        self.lib = ctypes.CDLL(str(next(folder.glob("libscipy_openblas*"))))
        self.prefix, self.suffix = "scipy_", ""

    def call(self, name: str):
        return getattr(self.lib, self.prefix + name + self.suffix)

    def core(self) -> str:
        f = self.call("openblas_get_corename")
        f.restype = ctypes.c_char_p
        return f().decode()

    def config(self) -> str:
        f = self.call("openblas_get_config")
        f.restype = ctypes.c_char_p
        return f().decode()

    def threads(self, n: int) -> None:
        self.call("openblas_set_num_threads")(ctypes.c_int(n))


class Numpys(Wheel):
    """The OpenBLAS that NumPy brings, for its settings only; products are NumPy's own calls."""

    def __init__(self) -> None:
        folder = Path(np.__file__).parents[1] / "numpy.libs"
        self.lib = ctypes.CDLL(str(next(folder.glob("libscipy_openblas*"))))
        self.prefix, self.suffix = "scipy_", "64_"


BLAS = Numpys() if sys.argv[1] == "numpy" else Wheel()


def product(case: dict) -> Job:
    m, n, k, form = (case[key] for key in ("m", "n", "k", "form"))
    a, b = wave(m * k, 0.37), wave(k * n, 0.71)
    c = np.zeros((m, n), np.float32)
    turn_a, turn_b = form == "AᵀB", form in ("ABᵀ", "packed")
    if sys.argv[1] == "numpy":
        left = a.reshape(k, m).T if turn_a else a.reshape(m, k)
        right = b.reshape(n, k).T if turn_b else b.reshape(k, n)
        return Job(lambda: np.matmul(left, right, out=c), lambda: c)
    sgemm, i, f = BLAS.call("cblas_sgemm"), ctypes.c_int, ctypes.c_float
    pa, pb, pc = (ctypes.c_void_p(x.ctypes.data) for x in (a, b, c))
    arguments = (i(ROW_MAJOR), i(TURNED if turn_a else PLAIN), i(TURNED if turn_b else PLAIN), i(m),
                 i(n), i(k), f(1), pa, i(m if turn_a else k), pb, i(k if turn_b else n), f(0), pc,
                 i(n))
    keep = (a, b, c)
    return Job(lambda: sgemm(*arguments), lambda: keep[2])


def attention(case: dict) -> Job:
    """Both products of all heads, each a call of sgemm from NumPy's loop in C, from queries, keys
    and values as they lie; with form "softmax" NumPy's softmax between them."""
    batch, tokens, width, heads = (case[key] for key in ("batch", "tokens", "width", "heads"))
    qkv = wave(batch * tokens * 3 * width, 0.37).reshape(batch, tokens, 3, heads, width // heads)
    q, k, v = (qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
    keys = k.swapaxes(-1, -2)
    scores = np.zeros((batch, heads, tokens, tokens), np.float32)
    lying = np.zeros((batch, tokens, heads, width // heads), np.float32)
    mixed = lying.transpose(0, 2, 1, 3)
    scale = np.float32((width // heads) ** -0.5)

    def products() -> None:
        np.matmul(q, keys, out=scores)
        np.matmul(scores, v, out=mixed)

    def whole() -> None:
        np.matmul(q, keys, out=scores)
        np.subtract(scores, scores.max(-1, keepdims=True), out=scores)
        np.multiply(scores, scale, out=scores)
        np.exp(scores, out=scores)
        np.divide(scores, scores.sum(-1, keepdims=True), out=scores)
        np.matmul(scores, v, out=mixed)

    return Job(whole if case["form"] == "softmax" else products, lambda: lying)


def prepare(case: dict, variant: str, threads: int) -> Job:
    BLAS.threads(threads)
    return product(case) if case["kind"] == "gemm" else attention(case)


if __name__ == "__main__":
    core = BLAS.core()
    version = BLAS.config().split()[1]
    kinds = ["gemm", "attention"] if sys.argv[1] == "numpy" else ["gemm"]
    name = f"OpenBLAS {version} ({sys.argv[1]}, {core})"
    serve(name, {kind: [""] for kind in kinds}, prepare)
