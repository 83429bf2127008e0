"""lab/gemma against the library tokenizers, by transformers' Siglip2Tokenizer and GemmaTokenizer:

    pip install transformers tokenizers sentencepiece protobuf ftfy open_clip_torch
    pytest lab/peers/test_gemma.py

Merges are learned here (words.py); the strings are those of test_unigram.py, with the added tokens
among them. SEED=… and COUNT=… as there.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from test_tokens import COUNT, SEED, batches, fail, open_clip_module
from words import ADDED, GEMMA, ask, corpus, gemma_tokenizer

LONG = 64
KINDS = {
    "siglip2": dict(),
    "gemma": dict(cls="gemma", size=1500),
    "framed": dict(add_bos_token=True),
    "bare": dict(add_eos_token=False),
}


def texts(name: str, count: int):
    rng, known = random.Random(f"{SEED} gemma {name}"), corpus()
    marks = ["", " ", "  ", "\n", "\n\n\n\n", "▁", "▁▁▁▁", *GEMMA, *ADDED, ", ", "\u3000", "Σ", "İ"]
    for batch in batches(name, count):
        yield [t if rng.random() < 0.4 else
               rng.choice(marks).join(rng.choices(known + [t], k=rng.randrange(1, 4))) +
               rng.choice(marks) + t[:20] for t in batch]


def save(peer, folder: Path) -> dict:
    peer.save_pretrained(folder)
    return dict(model=folder / "tokenizer.json", config=str(folder / "tokenizer_config.json"))


@pytest.mark.parametrize("kind", KINDS)
def test_ids(kind: str, lab, tmp_path: Path) -> None:
    """Ids and padded rows."""
    peer, wrong, n = gemma_tokenizer(**KINDS[kind]), [], 0
    files = save(peer, tmp_path)
    for batch in texts(kind, COUNT // 2):
        got = ask(lab, files["model"], "gemma", batch, config=files["config"], context=LONG)
        rows = peer(batch, padding="max_length", max_length=LONG, truncation=True)["input_ids"]
        n += len(batch)
        wrong += [f"{t!r}: {a}, want {b}" for t, a, b in zip(batch, got["Rows"], rows, strict=True)
                  if a != b]
        ids = [peer(t, add_special_tokens=False)["input_ids"] for t in batch[:20]]
        wrong += [f"{t!r}: {a}, want {b}" for t, a, b in zip(batch, got["IDs"], ids) if a != b]
    print(f"{kind}: {n} strings")
    fail(wrong)


def test_open_clip(lab, tmp_path: Path) -> None:
    """open_clip cleans the text before."""
    peer, wrong = gemma_tokenizer(cls="gemma"), []
    files, clean = save(peer, tmp_path), open_clip_module()._clean_canonicalize
    for batch in texts("open_clip", COUNT // 4):
        got = ask(lab, files["model"], "gemma_open_clip", batch, config=files["config"],
                  context=LONG)["Rows"]
        rows = peer([clean(t) for t in batch], padding="max_length", max_length=LONG,
                    truncation=True)["input_ids"]
        wrong += [f"{t!r}: {a}, want {b}" for t, a, b in zip(batch, got, rows, strict=True) if a != b]
    fail(wrong)
