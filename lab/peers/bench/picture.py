"""Pillow and NumPy as a worker: python picture.py FOLDER. A JPEG to what CLIP's image tower reads."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, features
from serve import Job, serve

SIZE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # openai/CLIP, clip.py
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def plain(data: bytes) -> np.ndarray:
    """Step by step, as one writes it."""
    crop = cropped(data)
    x = np.asarray(crop, np.float32) / 255
    return ((x - MEAN) / DEVIATION).transpose(2, 0, 1).copy()


def folded(data: bytes) -> np.ndarray:
    """With the constants folded, and in place."""
    x = np.asarray(cropped(data)).transpose(2, 0, 1).astype(np.float32, order="C")
    x *= (1 / (255 * DEVIATION))[:, None, None]
    x -= (MEAN / DEVIATION)[:, None, None]
    return x


def cropped(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    w, h = image.size
    w, h = (SIZE, int(SIZE * h / w)) if w < h else (int(SIZE * w / h), SIZE)
    image = image.resize((w, h), Image.Resampling.BICUBIC)
    left, top = round((w - SIZE) / 2), round((h - SIZE) / 2)
    return image.crop((left, top, left + SIZE, top + SIZE))


def prepare(case: dict, variant: str, threads: int) -> Job:
    data = (Path(sys.argv[1]) / "picture.jpg").read_bytes()
    chain = {"plain": plain, "folded": folded}[variant]
    result: list[np.ndarray] = [None]

    def run() -> None:
        result[0] = chain(data)

    return Job(run, lambda: result[0])


if __name__ == "__main__":
    turbo = "libjpeg-turbo " + str(features.version("libjpeg_turbo"))
    name = f"Pillow {PIL.__version__} ({turbo}), NumPy {np.__version__}"
    serve(name, {"jpeg": ["plain", "folded"]}, prepare)
