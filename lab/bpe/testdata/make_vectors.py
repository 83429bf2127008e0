"""Writes clip.jsonl: texts with what three published tokenizers make of them.

    pip install -r ../../peers/input/requirements.txt    (Python 3.11)
    pip install --no-deps open_clip_torch==3.3.0
    python make_vectors.py > clip.jsonl

Each line: text; clean, the text after openai/CLIP's cleaning; ids, without start and end;
decoded, what openai/CLIP's decode makes of the ids; and, where they differ from ids,
open_clip's and transformers' ids. openai/CLIP's tokenizer is open_clip's with the other names
of start and end. Texts and peers are those of lab/peers/test_tokens.py, which compares many
more of them live; only characters that Python's Unicode 14 knows are used.
"""

import json
import os
import sys

os.environ["SEED"] = "1"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../peers"))
import test_tokens as peers  # noqa: E402


def main():
    cleaner = peers.open_clip_module()
    openai, open_clip = peers.openai_tokenizer(), peers.open_clip_tokenizer()
    transformers = peers.transformers_tokenizer()
    for text in peers.strings("vectors", 250):
        if not peers.same_nfc(text):
            continue
        ids = openai.encode(text)
        row = {"text": text, "clean": cleaner._clean_lower(text), "ids": ids,
               "decoded": openai.decode(ids)}
        for name, other in [("open_clip", open_clip.encode(text)),
                            ("transformers", transformers(text, add_special_tokens=False).input_ids)]:
            if other != ids:
                row[name] = other
        print(json.dumps(row, ensure_ascii=False))


main()
