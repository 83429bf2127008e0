"""Writes rules.txt: the tables by which ftfy tells wrongly decoded text, out of ftfy itself.

    pip install ftfy==6.3.1                     (Python 3.11 was used)
    python extract.py > rules.txt

Lines are "class NAME BODY", the characters of a class as they stand between brackets of a Go
regular expression; "bad ALTERNATIVE", one unlikely sequence, with classes as {NAME}; and for
bytes, each read as the character of that number, "altered" and "lossy".
"""

import inspect
import re

from ftfy import badness, chardata


def escape(text):
    """Characters as Go's regexp takes them, between brackets or outside."""
    return "".join(c if c.isprintable() and c != " " else f"\\x{{{ord(c):x}}}" for c in text)


def alternatives():
    """The parts of BADNESS_RE, from its source, without comments and layout."""
    source = inspect.getsource(badness)
    source = source.split('BADNESS_RE = re.compile(')[1].split('"""')[1]
    lines = [line.strip() for line in source.split("\n")]
    text = "\n".join(line for line in lines if not line.startswith("#"))
    for part in text.split("|"):
        # Blanks count between brackets only.
        pieces = re.findall(r"\[[^]]*\]|[^\[]+", part)
        yield "".join(p if p.startswith("[") else re.sub(r"\s+", "", p) for p in pieces)


def of_bytes(pattern):
    return escape(pattern.decode("latin-1"))


print("# From ftfy 6.3.1, written by extract.py. See SOURCE.md.")
for name, body in badness.MOJIBAKE_CATEGORIES.items():
    print("class", name, escape(body))
for name, body in chardata.UTF8_CLUES.items():
    print("class", name, escape(body))
for part in alternatives():
    print("bad", part.replace(" ", r"\x{20}"))
print("altered", of_bytes(chardata.ALTERED_UTF8_RE.pattern))
print("lossy", of_bytes(chardata.LOSSY_UTF8_RE.pattern))
