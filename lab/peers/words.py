"""Small models of SentencePiece and of Gemma's kind, trained here: the real ones are on hubs. Used
by test_unigram.py, test_gemma.py, test_siglip.py and make_unigram_vectors.py."""

from __future__ import annotations

import base64
import io
import json
import random
from pathlib import Path

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb2

# As T5's and so SigLIP's: ids of padding, end and unknown; a blank before texts; NFKC.
T5 = dict(model_type="unigram", vocab_size=450, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
          normalization_rule_name="nmt_nfkc")
KINDS = {
    "t5": T5,
    "bytes": T5 | dict(byte_fallback=True, vocab_size=700),
    "user": T5 | dict(user_defined_symbols=["hat", "New York", "ö"], vocab_size=450),
    "folded": T5 | dict(normalization_rule_name="nmt_nfkc_cf", vocab_size=350),
    "raw": T5 | dict(normalization_rule_name="identity", remove_extra_whitespaces=False,
                     add_dummy_prefix=False),
    "across": T5 | dict(split_by_whitespace=False, vocab_size=900),
}


def corpus() -> list[str]:
    """Sentences of made-up words, their letters those of several scripts, and real ones."""
    rng = random.Random(20261125)
    alphabets = ["abcdefghijklmnopqrstuvwxyz", "etaoinshrdlu", "абвгдежзиклмнопрсту", "αβγδεηικλνοπρστυω",
                 "一二三人大小山川犬猫", "ABCDEFGH", "0123456789", "éèüöäß", "あいうえおかきくけこ"]
    words = ["".join(rng.choices(a, k=rng.randrange(1, 9))) for a in alphabets * 40]
    words += "a photo of the cat dog hat with and in New York red blue running people s ing".split() * 9
    return [" ".join(rng.choices(words, k=rng.randrange(3, 12))) + rng.choice(["", ".", "!", "  "])
            for _ in range(4000)]


def train(path: Path, **options: object) -> spm.SentencePieceProcessor:
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(corpus()), model_writer=model,
                                   minloglevel=2, **options)
    path.write_bytes(model.getvalue())
    return spm.SentencePieceProcessor(model_file=str(path))


def as_json(model: Path) -> str:
    """The same model as tokenizer.json, by the library tokenizers, as converters write it."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    proto = pb2.ModelProto.FromString(model.read_bytes())
    t = Tokenizer(models.Unigram([(p.piece, p.score) for p in proto.pieces],
                                 unk_id=proto.trainer_spec.unk_id,
                                 byte_fallback=proto.trainer_spec.byte_fallback))
    t.normalizer = normalizers.Sequence([
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
        normalizers.Strip(left=False, right=True),
        normalizers.Replace(__import__("tokenizers").Regex(" {2,}"), "▁")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    t.post_processor = processors.TemplateProcessing(
        single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[("</s>", 1)])
    t.add_special_tokens([AddedToken(p, special=True, normalized=False)
                          for p in ("<pad>", "</s>", "<unk>")])
    return t.to_str()


# Gemma's first ids, and some of its added tokens, which are no special ones.
GEMMA = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
ADDED = ["[@BOS@]", "<unused0>", "\n", "\n\n", "\n\n\n", "▁▁", "▁▁▁", "<table>", "</table>"]


def gemma_tokenizer(size: int = 900, **more: object):
    """A Siglip2Tokenizer, or by cls= a GemmaTokenizer, of made-up words; padded on the right as
    the published ones."""
    from tokenizers import AddedToken, Tokenizer, models, trainers
    from transformers import GemmaTokenizer, Siglip2Tokenizer

    names = GEMMA + ADDED + [f"<0x{b:02X}>" for b in range(256)]
    trained = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    trained.train_from_iterator((t.lower().replace(" ", "▁") for t in corpus()),
                                trainers.BpeTrainer(vocab_size=size, special_tokens=names,
                                                    limit_alphabet=90, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    kind = {"gemma": GemmaTokenizer, "siglip2": Siglip2Tokenizer}[more.pop("cls", "siglip2")]
    t = kind(vocab=model["vocab"], merges=[tuple(m) for m in model["merges"]], padding_side="right",
             **dict(add_bos_token=False, add_eos_token=True) | more)
    t.add_tokens([AddedToken(a, normalized=False, special=False) for a in ADDED])
    return t


def siglip_tokenizer(model: Path):
    from transformers.models.siglip.tokenization_siglip import SiglipTokenizer

    return SiglipTokenizer(str(model))


def ask(lab, model: Path, dialect: str, texts: list[str], **more: object) -> dict:
    answer = lab.ask(op="words", model=str(model), dialect=dialect, **more,
                     texts=[base64.b64encode(t.encode()).decode() for t in texts])
    assert "error" not in answer, answer
    return answer


def dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
