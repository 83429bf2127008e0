"""Writes clip.jsonl: texts with what openai/CLIP's own tokenizer makes of them.

    git clone https://github.com/openai/CLIP        (commit d05afc4 was used)
    pip install ftfy==6.3.1 regex                    (regex 2026.11.19, Python 3.11 were used)
    python make_vectors.py CLIP/clip > clip.jsonl

Each line: text; clean, the text after cleaning; ids, without start and end; decoded, what
decode makes of the ids. The repair of wrongly decoded text (fix_encoding) is switched off,
because package bpe does not do it. Only characters that Python's Unicode 14 knows are used.
"""

import html.entities
import json
import random
import sys
import unicodedata

import ftfy

sys.path.insert(0, sys.argv[1])
import simple_tokenizer  # noqa: E402

CONFIG = ftfy.TextFixerConfig(fix_encoding=False)
fix_text = ftfy.fix_text
simple_tokenizer.ftfy.fix_text = lambda text: fix_text(text, CONFIG)

HARD = """A photo of the Hat|I'M GOING|YOU'LL|don't|WE'D|12345|3.14|2024-09-25|e-mail|long_hair
'\u017fo|'S|'LLama|rock'n'roll
ΟΔΥΣΣΕΥΣ|Σ|ΑΣ.|Α\u0301Σ|Σ'Σ|\u0130stanbul|straße|ẞ|\u1f88|\u2126|\u212a|\u212b|ͺ|\u0345|Ꭰ|\u10d0|\u1c90
ﬁn|ﬅ|ﬆ|ǆ|ŉ|Ĳ|ＡＢＣ\u3000ｶﾞ|ﾡ|“quoted”|‘it’s’|´|`|ʼ|e\u0301|A\u030a|\ufeffa|a\u200bb|a\u00a0b|a\u180eb
\u001b[31mred\u001b[0m|\u001b[3 m|\u001b[|\u0000|\u0007|\u000b|a\u0085b|\u2028|\u2029|a\u0081b|\u0092
&amp;|&lt;b&gt;|&EACUTE;|&eacute|&notit;|&not|&amp;amp;lt;|&semi;|&#59;|&SZLIG;|&napos;|&NTILDE;|&nTILDE;
&#65;|&#x41|&#x1F600;|&#0;|&#128;|&#x80|&#xFFFF;|&#11;|&#x1c;|&#xD800;|&#99999999999;|&#;|&#x;|&;|& && &
<b> &EACUTE;|&ThickSpace;|&nGt;|&CounterClockwiseContourIntegral;|&ampfoo;|&frac12x
👍🏽|👨‍👩‍👧|🇩🇪|😀 😃 😄|日本語|한국어|שלום|مرحبا|हिन्दी|ไทย|①Ⅷ|½²|٣٤|१२|ﷺ|㎏|℃|\U0001d56c|\U0001f3f4\U000e0067
hello</w>world|</w>|supercalifragilisticexpialidocious|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
!!!!!!!!!!!! ??? ... -- ~~ ** ## @@|https://example.org/a?b=c&d=e|C:\\dir\\file.txt|x=y+z|100%|$5.00|€20""".replace(
    "\n", "|"
).split("|") + [
    "<|startoftext|>", "<|endoftext|>", "<|ENDOFTEXT|>", "!<|startoftext|>", "<|endoftext",
    "<|\u017ftartoftext|>", "a<|endoftext|>b", "|", "", " \t\n",
]


def character(rng):
    where = rng.random()
    if where < 0.3:
        return chr(rng.randrange(32, 127))
    if where < 0.6:
        return chr(rng.randrange(0, 0x600))
    block = rng.choice([(0x1E00, 0x2C00), (0xF900, 0x10000), (0x1F000, 0x1FB00), (0, 0xD800)])
    return chr(rng.randrange(*block))


def piece(rng, entities):
    what = rng.random()
    if what < 0.6:
        return rng.choice(HARD)
    if what < 0.7:
        return "&" + rng.choice(entities)
    return "".join(character(rng) for _ in range(rng.randrange(1, 5)))


def texts():
    yield from HARD
    rng = random.Random(1)
    entities = sorted(html.entities.html5)
    for _ in range(800):
        glue = rng.choice(["", " ", "\n"])
        text = glue.join(piece(rng, entities) for _ in range(rng.randrange(1, 5)))
        if all(unicodedata.category(c) not in ("Cn", "Cs") for c in text):
            yield text


def main():
    tokenizer = simple_tokenizer.SimpleTokenizer()
    for text in texts():
        clean = simple_tokenizer.basic_clean(text)
        clean = simple_tokenizer.whitespace_clean(clean).lower()
        ids = tokenizer.encode(text)
        row = {"text": text, "clean": clean, "ids": ids, "decoded": tokenizer.decode(ids)}
        print(json.dumps(row))


main()
