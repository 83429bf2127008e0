"""lab/unigram against sentencepiece, transformers' SiglipTokenizer and open_clip's cleaning:

    pip install sentencepiece protobuf transformers tokenizers ftfy
    pytest lab/peers/test_unigram.py

Models are trained here (words.py); the strings are those of test_tokens.py, any script and many
broken ones, with the models' own words among them. SEED=… and COUNT=… as there.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from test_tokens import COUNT, SEED, batches, fail, open_clip_module
from words import KINDS, T5, as_json, ask, corpus, siglip_tokenizer, train


def texts(name: str, count: int):
    """Batches of strings, half of them mixed with sentences that the model knows."""
    rng, known = random.Random(f"{SEED} words {name}"), corpus()
    marks = ["", " ", "  ", "\n", "▁", "</s>", " </s> ", "<unk>", "<pad>", ", ", "_", "'", "\u3000", "ﬁ"]
    for batch in batches(name, count):
        yield [t if rng.random() < 0.5 else
               rng.choice(marks).join(rng.choices(known + [t], k=rng.randrange(1, 4))) +
               rng.choice(marks) + t[:20] for t in batch]


@pytest.mark.parametrize("kind", KINDS)
def test_sentencepiece(kind: str, lab, tmp_path: Path) -> None:
    peer, wrong, n = train(tmp_path / "m.model", **KINDS[kind]), [], 0
    for batch in texts(kind, COUNT // 4):
        got = ask(lab, tmp_path / "m.model", "plain", batch)
        for text, normal, ids in zip(batch, got["Clean"], got["IDs"], strict=True):
            n += 1
            if normal != peer.normalize(text) or ids != peer.encode(text):
                wrong.append(f"{text!r}: {normal!r} {ids}, want {peer.normalize(text)!r} "
                             f"{peer.encode(text)}")
    print(f"{kind}: {n} strings")
    fail(wrong)


@pytest.mark.parametrize("kind", ["t5", "bytes", "folded", "across"])
def test_siglip(kind: str, lab, tmp_path: Path) -> None:
    train(tmp_path / "m.model", **KINDS[kind])
    peer, wrong, n = siglip_tokenizer(tmp_path / "m.model"), [], 0
    for batch in texts("siglip " + kind, COUNT // 2):
        got = ask(lab, tmp_path / "m.model", "siglip", batch, context=64)["Rows"]
        want = peer(batch, padding="max_length", max_length=64, truncation=True)["input_ids"]
        n += len(batch)
        wrong += [f"{t!r}: {a}, want {b}" for t, a, b in zip(batch, got, want, strict=True) if a != b]
    print(f"{kind}: {n} strings")
    fail(wrong)


def test_open_clip(lab, tmp_path: Path) -> None:
    peer, wrong = train(tmp_path / "m.model", **T5), []
    clean = open_clip_module()._clean_canonicalize
    for batch in texts("open_clip", COUNT // 2):
        got = ask(lab, tmp_path / "m.model", "open_clip", batch)["IDs"]
        wrong += [f"{t!r}: {a}, want {b}" for t, a in zip(batch, got, strict=True)
                  if a != (b := peer.encode(clean(t)))]
    fail(wrong)


def test_json(lab, tmp_path: Path) -> None:
    """tokenizer.json gives what spiece.model gives, and the library tokenizers nearly always."""
    from tokenizers import Tokenizer

    train(tmp_path / "m.model", **T5)
    (tmp_path / "tokenizer.json").write_text(as_json(tmp_path / "m.model"))
    peer, wrong, other, n = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), [], 0, 0
    clean = open_clip_module()._clean_canonicalize
    for batch in texts("json", COUNT // 4):
        ours = ask(lab, tmp_path / "tokenizer.json", "open_clip", batch, context=400)["Rows"]
        same = ask(lab, tmp_path / "m.model", "open_clip", batch, context=400)["Rows"]
        for text, a, b in zip(batch, ours, same, strict=True):
            n += 1
            if a != b:
                wrong.append(f"{text!r}: {a}, from the model {b}")
            want = peer.encode(clean(text)).ids
            other += a[: len(want)] != want
    print(f"{n} strings, {other} of which tokenizers cuts otherwise")
    fail(wrong)
    assert other < n / 50
