"""A peer as a worker: one JSON request a line on stdin, one JSON answer a line on stdout.

The Go side is lab/bench/serve.go; both answer alike.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MOST_VALUES = 1 << 14


@dataclass
class Job:
    """A prepared case: run does it once, output is what the last run gave."""

    run: Callable[[], None]
    output: Callable[[], np.ndarray]


Prepare = Callable[[dict, str, int], Job]  # case, variant, threads


def serve(name: str, variants: dict[str, list[str]], prepare: Prepare) -> None:
    job: Job | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "info":
                answer = {"name": name, "variants": variants, "peak": peak_bytes()}
            elif request["do"] == "prepare":
                job = None  # its memory goes first
                job = prepare(request["case"], request.get("variant", ""), request.get("threads", 1))
                answer = {}
            elif request["do"] == "drop":
                job, answer = None, {}
            elif request["do"] == "run":
                answer = times(job.run, request["times"])
            elif request["do"] == "output":
                answer = {"values": thin(job.output())}
            else:
                answer = {"error": f"no request {request['do']!r}"}
        except Exception as error:  # the other side decides what a failure means
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.__stdout__.write(json.dumps(answer) + "\n")
        sys.__stdout__.flush()


def times(run: Callable[[], None], n: int) -> dict:
    cpu, start = time.process_time(), time.perf_counter()
    for _ in range(n):
        run()
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "peak": peak_bytes(),
    }


def peak_bytes() -> int:
    """The most that was resident; of the process itself, without what it was forked from."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


def thin(x: np.ndarray) -> list[float]:
    """At most 16,384 values, evenly spread, as the other side keeps them."""
    flat = np.asarray(x, np.float32).ravel()
    step = -(-flat.size // MOST_VALUES)
    return flat[:: max(1, step)].tolist()


def floats(folder: Path, name: str, *shape: int) -> np.ndarray:
    """The first values of a raw float32 file."""
    return np.fromfile(folder / name, np.float32, int(np.prod(shape))).reshape(shape)


def tensors(path: Path) -> dict[str, np.ndarray]:
    """A safetensors file of float32, mapped."""
    with path.open("rb") as f:
        size = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(size))
    data = np.memmap(path, np.uint8, "r", 8 + size)
    out = {}
    for name, t in header.items():
        if name != "__metadata__":
            lo, hi = t["data_offsets"]
            out[name] = data[lo:hi].view(np.float32).reshape(t["shape"])
    return out
