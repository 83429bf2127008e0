"""lab/bpe against ftfy, open_clip's tokenizer and transformers': pytest lab/peers/test_tokens.py

Tens of thousands of random and constructed strings: many scripts, emoji, control characters,
entities, text read by a wrong encoding. The seed is printed; SEED=… repeats a run, COUNT=… asks
for more. openai/CLIP's tokenizer is open_clip's with the other names of start and end; open_clip
says that its file is copied from there.

Only characters that Python's own Unicode tables know are used, and no lone surrogates, which a
Go string cannot hold.
"""

from __future__ import annotations

import base64
import gzip
import html.entities
import importlib.util
import os
import random
import sys
import types
import unicodedata

import ftfy
import pytest
import regex

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
COUNT = int(os.environ.get("COUNT", 20000))
BATCH = 500


# --- the peers -------------------------------------------------------------------------------


def open_clip_module():
    """open_clip/tokenizer.py alone. It imports torch for its rows; a stand-in is enough."""
    folder = os.path.dirname(importlib.util.find_spec("open_clip").origin)
    spec = importlib.util.spec_from_file_location("oc_tokenizer", folder + "/tokenizer.py")
    module = importlib.util.module_from_spec(spec)
    stand_in = types.ModuleType("torch")
    stand_in.LongTensor = stand_in.Tensor = object
    real = sys.modules.get("torch")
    sys.modules["torch"] = stand_in
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["torch"]
        if real:
            sys.modules["torch"] = real
    return module


def open_clip_tokenizer():
    return open_clip_module().SimpleTokenizer()


def openai_tokenizer():
    t = open_clip_tokenizer()
    for old, new in [("<start_of_text>", "<|startoftext|>"), ("<end_of_text>", "<|endoftext|>")]:
        t.encoder[new] = t.encoder.pop(old)
        t.decoder[t.encoder[new]] = new
        t.cache[new] = t.cache.pop(old)
    rest = t.pat.pattern.split("|", 2)[2]
    t.pat = regex.compile(r"<\|startoftext\|>|<\|endoftext\|>|" + rest, regex.IGNORECASE)
    return t


def transformers_tokenizer():
    """CLIPTokenizer with the settings of the published checkpoints' tokenizer.json."""
    from transformers import AddedToken, CLIPTokenizer

    t = open_clip_tokenizer()
    vocab = dict(t.encoder)
    vocab["<|startoftext|>"] = vocab.pop("<start_of_text>")
    vocab["<|endoftext|>"] = vocab.pop("<end_of_text>")
    merges = [pair for pair, _ in sorted(t.bpe_ranks.items(), key=lambda x: x[1])]

    def special(text):
        return AddedToken(text, normalized=True, special=True)

    return CLIPTokenizer(vocab=vocab, merges=merges, bos_token=special("<|startoftext|>"),
                         eos_token=special("<|endoftext|>"), unk_token=special("<|endoftext|>"),
                         pad_token="<|endoftext|>")


# --- the strings -----------------------------------------------------------------------------

HARD = """A photo of the Hat|I'M GOING|YOU'LL|don't|WE'D|12345|3.14|2024-09-25|e-mail|long_hair
'\u017fo|'S|'LLama|rock'n'roll|<|startoftext|>|<|endoftext|>|<|ENDOFTEXT|>|<|\u017ftartoftext|>
<start_of_text>|<end_of_text>|<START_OF_TEXT>|<\u017ftart_of_text>
ΟΔΥΣΣΕΥΣ|Σ|ΑΣ.|Α\u0301Σ|Σ'Σ|\u0130stanbul|straße|ẞ|\u1f88|\u2126|\u212a|\u212b|ͺ|\u0345|Ꭰ|\u10d0|\u1c90
ﬁn|ﬅ|ﬆ|ǆ|ŉ|Ĳ|ＡＢＣ\u3000ｶﾞ|ﾡ|“quoted”|‘it’s’|´|`|ʼ|e\u0301|A\u030a|\ufeffa|a\u200bb|a\u00a0b|a\u180eb
\u001b[31mred\u001b[0m|\u001b[3 m|\u001b[|\u0000|\u0007|\u000b|a\u0085b|\u2028|\u2029|a\u0081b|\u0092|\u001c|\u001f
&amp;|&lt;b&gt;|&EACUTE;|&eacute|&notit;|&not|&amp;amp;lt;|&semi;|&#59;|&SZLIG;|&napos;|&NTILDE;|&nTILDE;
&#65;|&#x41|&#x1F600;|&#0;|&#128;|&#x80|&#xFFFF;|&#11;|&#x1c;|&#xD800;|&#99999999999;|&#;|&#x;|&;|& && &
👍🏽|👨‍👩‍👧|🇩🇪|😀 😃 😄|日本語|한국어|שלום|مرحبا|हिन्दी|ไทย|①Ⅷ|½²|٣٤|१२|ﷺ|㎏|℃|\U0001d56c|\U0001f3f4\U000e0067
hello</w>world|</w>|supercalifragilisticexpialidocious|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
sÃ³|Ã la mode|voilÃ le travail|Ã quele|Ã quel|â€œlike thisâ€\x9d|â€œlike thisâ€\ufffd|ÃƒÂ©|itâ€™s|Â£10|Ð¿Ñ€Ð¸Ð²ÐµÑ‚
РїСЂРёРІРµС‚|Î³ÎµÎ¹Î¬|‚Äúquoted‚Äù|√©t√©|caf\u251c\u2310|l’humanitÃ©|ğŸ‘\u008d|ð\x9f\x98\x80|ðŸ˜€|æ\x97¥æ\x9c¬|\xed\xa0\xbd\xed\xb8\x80|\xc0\x80Ã©
a\u0092b Ã©|\xc0\n|Ã©\n|É\xb5|à¹€|ГўВЂВњa|вЂњtextвЂ\x9d|ÅÍÕÙ|•…®™|Œ x|×²|ºª|Ñ“|Ð\x90""".replace("\n", "|").split("|")

ENCODINGS = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250",
             "sloppy-windows-1253", "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2",
             "macroman", "cp437", "windows-1252"]
ENTITIES = sorted(html.entities.html5)
SCRIPTS = [(32, 127)] * 6 + [(0, 0x250)] * 4 + [
    (0x250, 0x370), (0x370, 0x530), (0x530, 0x800), (0x900, 0x1000), (0x1000, 0x1800),
    (0x1E00, 0x2000), (0x2000, 0x2C00), (0x3000, 0x3200), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
    (0xF900, 0x10000), (0x1D000, 0x1D800), (0x1F000, 0x1FB00), (0xE0000, 0xE0080)]


def word(rng: random.Random) -> str:
    low, high = rng.choice(SCRIPTS)
    return "".join(chr(rng.randrange(low, high)) for _ in range(rng.randrange(1, 8)))


def misread(rng: random.Random, text: str) -> str:
    """Text written as UTF-8 and read by something else, perhaps twice, perhaps with losses."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        data = text.encode("utf-8", "surrogatepass")
        if rng.random() < 0.2:
            data = data.replace(b"\xa0", b" ")
        if rng.random() < 0.1:  # CESU-8
            data = b"".join(c.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
                            .encode() if ord(c) < 0x10000 else cesu(c) for c in text)
        text = data.decode(rng.choice(ENCODINGS), rng.choice(["replace", "ignore"]))
    return text


def cesu(c: str) -> bytes:
    n = ord(c) - 0x10000
    return b"".join(chr(s).encode("utf-8", "surrogatepass")
                    for s in (0xD800 + (n >> 10), 0xDC00 + (n & 0x3FF)))


def piece(rng: random.Random) -> str:
    what = rng.random()
    if what < 0.35:
        return rng.choice(HARD)
    if what < 0.42:
        return "&" + rng.choice(ENTITIES)
    if what < 0.7:
        return misread(rng, rng.choice(HARD) if rng.random() < 0.4 else word(rng))
    return word(rng)


def known(text: str) -> bool:
    return all(unicodedata.category(c) not in ("Cn", "Cs", "Co") or c == "\uf8ff" for c in text)


def strings(name: str, count: int):
    yield from (t for t in HARD if known(t) and known(ftfy.fix_text(t)))
    rng = random.Random(f"{SEED} {name}")
    while count > 0:
        text = rng.choice(["", " ", " ", "\n"]).join(piece(rng) for _ in range(rng.randrange(1, 6)))
        if rng.random() < 0.1:
            text = misread(rng, text)
        if known(text) and known(ftfy.fix_text(text)):
            count -= 1
            yield text


def ask(lab: Lab, dialect: str, texts: list[str], **more) -> dict:
    answer = lab.ask(op="tokens", dialect=dialect, **more,
                     texts=[base64.b64encode(t.encode()).decode() for t in texts])
    assert "error" not in answer, answer
    return answer


def batches(name: str, count: int = COUNT):
    batch = []
    for text in strings(name, count):
        batch.append(text)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def fail(wrong: list[str]) -> None:
    assert not wrong, f"SEED={SEED}, {len(wrong)} differ\n" + "\n".join(wrong[:20])


# --- the checks ------------------------------------------------------------------------------


def test_clean(lab):
    """What is tokenized: ftfy, entities, white space, lower case."""
    module, wrong, n = open_clip_module(), [], 0
    for texts in batches("clean"):
        for text, got in zip(texts, ask(lab, "openai", texts)["Clean"]):
            want = module._clean_lower(text)
            n += 1
            if got != want:
                wrong.append(f"{text!r}\n   got {got!r}\n  want {want!r}")
    print(f"{n} strings, {len(wrong)} differ")
    fail(wrong)


@pytest.mark.parametrize("dialect", ["openai", "open_clip"])
def test_ids(lab, dialect):
    peer = openai_tokenizer() if dialect == "openai" else open_clip_tokenizer()
    wrong = []
    for texts in batches(dialect):
        answer = ask(lab, dialect, texts, context=20)
        for text, got, decoded, row in zip(texts, answer["IDs"], answer["Decoded"],
                                           answer["Rows"]):
            want = peer.encode(text)
            full = [49406] + want + [49407]  # as both __call__ and clip.tokenize(truncate=True)
            full = full[:19] + [49407] if len(full) > 20 else full + [0] * (20 - len(full))
            if row != full:
                wrong.append(f"{text!r}\n   row {row}\n  want {full}")
            if got != want:
                wrong.append(f"{text!r}\n   got {got}\n  want {want}")
            elif decoded != peer.decode(want):
                wrong.append(f"{want}\n   decoded {decoded!r}\n  want {peer.decode(want)!r}")
    fail(wrong)


def same_nfc(text: str) -> bool:
    """tokenizers normalises by Unicode 9, in which some marks have no place in the order yet."""
    from tokenizers import normalizers

    return normalizers.NFC().normalize_str(text) == unicodedata.normalize("NFC", text)


def test_transformers(lab):
    peer, wrong = transformers_tokenizer(), []
    assert (peer.bos_token_id, peer.eos_token_id, peer.pad_token_id) == (49406, 49407, 49407)
    for texts in batches("transformers"):
        texts = [t for t in texts if same_nfc(t)]
        answer = ask(lab, "transformers", texts, context=20)
        rows = peer(texts, padding="max_length", max_length=20, truncation=True)["input_ids"]
        ids = peer(texts, add_special_tokens=False)["input_ids"]
        for i, text in enumerate(texts):
            if answer["IDs"][i] != ids[i]:
                wrong.append(f"{text!r}\n   got {answer['IDs'][i]}\n  want {ids[i]}")
            elif answer["Rows"][i] != rows[i]:
                wrong.append(f"{text!r}\n   row {answer['Rows'][i]}\n  want {rows[i]}")
            elif answer["Decoded"][i] != peer.decode(ids[i]):
                wrong.append(f"{ids[i]}\n   decoded {answer['Decoded'][i]!r}\n"
                             f"  want {peer.decode(ids[i])!r}")
    fail(wrong)


def test_rules_are_fresh():
    """mojibake/rules.txt is what ftfy holds."""
    import contextlib
    import io
    import runpy

    from lab import ROOT

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(ROOT / "lab/bpe/mojibake/extract.py"))
    assert ftfy.__version__ != "6.3.1" or \
        out.getvalue() == (ROOT / "lab/bpe/mojibake/rules.txt").read_text("utf-8")


def test_vocabulary():
    """Our merge rules are open_clip's."""
    from lab import ROOT

    with gzip.open(ROOT / "lab/bpe/vocab/merges.txt.gz", "rt", encoding="utf-8") as f:
        ours = [tuple(line.split()) for line in f]
    assert ours == [pair for pair, _ in
                    sorted(open_clip_tokenizer().bpe_ranks.items(), key=lambda x: x[1])]
