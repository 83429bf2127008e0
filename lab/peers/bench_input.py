"""Times of what lies before the towers, beside Pillow + NumPy and the Python tokenizers:

    python lab/peers/bench_input.py [PHOTO.jpg …]

One-thread CPU time (user + system), medians of nine rounds taken in turn. Without arguments a
picture of smooth parts and edges is made; a photo of your own, brought to 640×480, says more.
Linux only: the Go side's time is read from /proc.
"""

from __future__ import annotations

import base64
import io
import os
import statistics
import sys
import tempfile
import time

os.environ.update(GOMAXPROCS="1", OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

import test_tokens as peers  # noqa: E402
from lab import Lab  # noqa: E402

ROUNDS, TIMES = 9, 40
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
CAPTIONS = ["A photo of an astronaut riding a horse, wearing a wide-brimmed hat.",
            "a photo of a dog", "two cats lying on a pink couch next to remote controls",
            "a man in a red shirt with the number 23"]
FOREIGN = ["Ein schöner Tag – für ‘große’ Hüte", "Фотография собаки в шляпе",
           "帽子をかぶった犬の写真", "🎩🐶 dog in a top hat", "sÃ³ uma foto"]


def go_time(lab: Lab) -> float:
    """CPU seconds of the Go side so far."""
    with open(f"/proc/{lab.process.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def race(unit: float, **runners) -> dict[str, float]:
    """Median seconds of each runner, divided by unit. A runner returns its CPU seconds."""
    taken = {name: [] for name in runners}
    for _ in range(ROUNDS):
        for name, run in runners.items():
            taken[name].append(run() / unit)
    return {name: statistics.median(t) for name, t in taken.items()}


def timed(f):
    def run() -> float:
        start = time.process_time()
        f()
        return time.process_time() - start
    return run


def chain(data: bytes) -> np.ndarray:
    im = Image.open(io.BytesIO(data))
    w, h = im.size
    size = (224, int(224 * h / w)) if w <= h else (int(224 * w / h), 224)
    im = im.resize(size, Image.BICUBIC)
    left, top = round((im.width - 224) / 2), round((im.height - 224) / 2)
    a = np.asarray(im.crop((left, top, left + 224, top + 224)).convert("RGB"))
    a = a.transpose(2, 0, 1).astype(np.float32)
    a *= (1 / (255 * STD))[:, None, None]
    a -= (MEAN / STD)[:, None, None]
    return a


def pictures(lab: Lab, folder: str) -> None:
    if sys.argv[1:]:
        im = Image.open(sys.argv[1]).convert("RGB").resize((640, 480), Image.BICUBIC)
    else:
        y, x = np.mgrid[:480, :640]
        wave = np.sin(x / 9) * np.cos(y / 13) * 60 + 128 + (x // 40 + y // 60) % 2 * 50
        rgb = np.stack([wave, wave[::-1], 255 - wave], -1)
        im = Image.fromarray(rgb.clip(0, 255).astype(np.uint8))
    for name, options in {"4:2:0, quality 85": {}, "4:4:4": dict(subsampling=0),
                          "progressive": dict(progressive=True)}.items():
        path = folder + "/photo.jpg"
        im.save(path, quality=85, **options)
        data = open(path, "rb").read()

        def ours() -> float:
            start = go_time(lab)
            lab.ask(op="picture", path=path, size=224, filter="bicubic", times=TIMES)
            return go_time(lab) - start

        def theirs() -> None:
            for _ in range(TIMES):
                chain(data)

        t = race(TIMES / 1e3, ours=ours, pillow=timed(theirs))
        print(f"640×480 JPEG to [3, 224, 224], {name} ({len(data):,} bytes): "
              f"cliplab {t['ours']:.2f} ms, Pillow + NumPy {t['pillow']:.2f} ms, "
              f"{t['pillow'] / t['ours']:.2f}×")


def captions(lab: Lab) -> None:
    open_clip, transformers = peers.open_clip_tokenizer(), peers.transformers_tokenizer()
    for name, texts in {"English": CAPTIONS, "other scripts": FOREIGN}.items():
        texts = texts * 64
        sent = [base64.b64encode(t.encode()).decode() for t in texts]

        def ours(dialect: str):
            def run() -> float:
                start = go_time(lab)
                lab.ask(op="tokens", dialect=dialect, texts=sent, context=77, rounds=TIMES)
                return (go_time(lab) - start) / TIMES
            return run

        t = race(len(texts) / 1e6, openai=ours("openai"), hf=ours("transformers"),
                 open_clip=timed(lambda: [open_clip.encode(x) for x in texts]),
                 transformers=timed(lambda: transformers(texts)))
        print(f"a caption, {name}: cliplab {t['openai']:.1f} µs, "
              f"open_clip {t['open_clip']:.1f} µs; as transformers "
              f"{t['hf']:.1f} µs, transformers {t['transformers']:.1f} µs")


def main() -> None:
    lab = Lab()
    with tempfile.TemporaryDirectory() as folder:
        pictures(lab, folder)
    captions(lab)
    lab.close()


main()
