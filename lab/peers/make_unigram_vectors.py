"""Makes lab/unigram/testdata: a small model of SentencePiece, the same as tokenizer.json, and what
sentencepiece and transformers' SiglipTokenizer make of some texts.

    pip install sentencepiece==0.2.3 protobuf transformers==5.24.0 tokenizers==0.23.3
    python lab/peers/make_unigram_vectors.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from words import T5, as_json, dump, siglip_tokenizer, train

FOLDER = Path(__file__).resolve().parents[1] / "unigram" / "testdata"
# A table of characters of its own: that of NFKC takes 237 kB.
RULES = [("\u00a0", " "), ("\u3000", " "), ("\t", " "), ("\n", " "), ("ﬁ", "fi"), ("ﬀ", "ff"), ("ﬀi", "ffi"),
         ("Ａ", "A"), ("①", "1"), ("a\u0308", "ä"), ("\u200b", ""), ("½", "1⁄2"), ("㎏", "kg"), ("…", " ... ")]
TEXTS = """|a photo of the cat|A photo, of a hat!|  two   blanks  |New York|running people's dog|
ﬁnal ﬀiﬁ ①Ａ㎏|a\u0308\u0308 \u200b|\u200b|…a…|\u3000|猫 犬 山川|привет|ελληνικά ΟΔΥΣΣΕΥΣ|\u0130stanbul|
▁a ▁|▁|</s>|a </s> b|hat</s>hat|<unk> x|<UNK>|a</S>b|<pad>|_under_score_|don't|123 4567|
👍🏽 unknown 👍 ☃☃☃ x|zzzzzzzzzzzzzzzzzzzzzzzz|the-cat|\u001c a|a\u0085b""".replace("\n", "").split("|")


def rules(folder: str) -> str:
    path = Path(folder) / "rules.tsv"
    path.write_text("".join(" ".join(f"{ord(c):X}" for c in a) + "\t" +
                            " ".join(f"{ord(c):X}" for c in b) + "\n" for a, b in RULES))
    return str(path)


with tempfile.TemporaryDirectory() as folder:
    options = {k: v for k, v in T5.items() if k != "normalization_rule_name"}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, more in (("small", {}), ("bytes", dict(byte_fallback=True, vocab_size=600,
                                                     user_defined_symbols=["hat"]))):
        model = FOLDER / f"{name}.model"
        plain = train(model, **options | dict(normalization_rule_tsv=rules(folder)) | more)
        siglip = siglip_tokenizer(model)
        rows = siglip(TEXTS, padding="max_length", max_length=16, truncation=True)["input_ids"]
        dump(FOLDER / f"{name}.vectors.json", [
            {"text": t, "normal": plain.normalize(t), "ids": plain.encode(t), "siglip": row}
            for t, row in zip(TEXTS, rows, strict=True)])
    (FOLDER / "small.tokenizer.json").write_text(as_json(FOLDER / "small.model"))
