"""Makes lab/gemma/testdata: a small tokenizer of Gemma's kind, and what transformers makes of texts.

    pip install transformers==5.24.0 tokenizers==0.23.3 sentencepiece==0.2.3 protobuf
    python lab/peers/make_gemma_vectors.py
"""

from __future__ import annotations

import json
from pathlib import Path

from words import dump, gemma_tokenizer

FOLDER = Path(__file__).resolve().parents[1] / "gemma" / "testdata"
TEXTS = ["", "a photo of the cat", "A Photo, of a hat!", "  two   blanks  ", "New York", "a\n\n\n\nb",
         "▁▁▁▁▁x", " ", "\n", "<eos>", "a <pad> b<unused0>", "<table>running</table>", "[@BOS@]", "[@bos@]",
         "猫 犬 山川", "привет", "ΟΔΥΣΣΕΥΣ", "İstanbul", "\u3000", "ﬁ", "👍🏽 unknown ☃☃", "zzzzzzzzzzzzzzzz",
         "don't 123 4567", "e\u0301", "the cat and the dog with a red hat in New York"]

FOLDER.mkdir(parents=True, exist_ok=True)
peer = gemma_tokenizer(size=440)
peer.save_pretrained(FOLDER)
ids = [peer(t, add_special_tokens=False)["input_ids"] for t in TEXTS]
rows = peer(TEXTS, padding="max_length", max_length=16, truncation=True)["input_ids"]
dump(FOLDER / "vectors.json", [{"text": t, "ids": i, "row": r}
                               for t, i, r in zip(TEXTS, ids, rows, strict=True)])
file = FOLDER / "tokenizer.json"
model = json.loads(file.read_text())
model["truncation"] = model["padding"] = None
file.write_text(json.dumps(model, ensure_ascii=False, separators=(",", ":")) + "\n")
