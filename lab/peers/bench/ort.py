"""ONNX Runtime of PyPI as a worker: python ort.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from graphs import VARIANTS, model
from serve import Job, floats, serve

FOLDER = Path(sys.argv[1])


def options(threads: int) -> ort.SessionOptions:
    o = ort.SessionOptions()
    o.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    o.intra_op_num_threads = threads
    o.inter_op_num_threads = 1
    o.add_session_config_entry("session.intra_op.allow_spinning", "1" if threads > 1 else "0")
    o.log_severity_level = 3
    return o


def source(case: dict) -> dict[str, np.ndarray]:
    if case["kind"] == "text":
        tokens = case["tokens"]
        return {"ids": floats(FOLDER, f"tokens{tokens}.f32", case["batch"], tokens).astype(np.int64)}
    return {"pixels": floats(FOLDER, "pixels.f32", case["batch"], 3, 224, 224)}


def prepare(case: dict, variant: str, threads: int) -> Job:
    kind = "text" if case["kind"] == "text" else "image"
    path = str(model(FOLDER, kind, case["tokens"], variant, case["peer"] == "i8"))
    inputs = source(case)
    o = options(threads)
    o.add_free_dimension_override_by_name("N", case["batch"])
    result: list[np.ndarray] = []

    def run_of(session: ort.InferenceSession) -> None:
        result[:] = session.run(None, inputs)

    if case["kind"] == "open":
        return Job(lambda: run_of(ort.InferenceSession(path, o, ["CPUExecutionProvider"])),
                   lambda: result[0])
    session = ort.InferenceSession(path, o, ["CPUExecutionProvider"])
    return Job(lambda: run_of(session), lambda: result[0])


if __name__ == "__main__":
    variants = {"image": VARIANTS, "text": VARIANTS, "open": ["plain", "attention"]}
    serve(f"ONNX Runtime {ort.__version__} (PyPI)", variants, prepare)
