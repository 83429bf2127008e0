"""Writes the reference pictures of package jpeg with Pillow.

    pip install pillow==13.0.0 numpy==2.4.6     (Python 3.11; Pillow's wheel holds
    python make_vectors.py                       libjpeg-turbo 3.2.0)

Each NAME.jpg is made by Pillow, and NAME.png is what Pillow decodes it to: gray, RGB, or for
four inks the RGB that convert("RGB") gives. Pictures are small and odd-sized; they hold smooth
parts, edges and noise, from whole numbers only.
"""

import os

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))


def picture(w, h):
    x = np.arange(w, dtype=np.uint32)[None, :]
    y = np.arange(h, dtype=np.uint32)[:, None]
    noise = (x * np.uint32(2654435761) + y * np.uint32(2246822519)) ^ (x * y * np.uint32(3266489917))
    noise = noise ^ (noise >> np.uint32(15))
    red = np.where((x // 11) % 2 == 0, x * 5 + y, 200)
    green = np.where(((x // 7) + (y // 5)) % 2 == 0, np.uint32(255), (x + y * 2) & 127)
    blue = np.where(x > y, noise & 255, y * 4)
    rgb = np.stack([red + 0 * y, green, blue + 0 * x], -1)
    return Image.fromarray((rgb & 255).astype(np.uint8), "RGB")


def main():
    for old in os.listdir(HERE):
        if old.endswith((".jpg", ".png")):
            os.remove(os.path.join(HERE, old))
    full = picture(37, 29)
    cmyk = full.convert("CMYK")
    wanted = {
        "444-q90": (full, dict(quality=90, subsampling=0)),
        "422-q75": (full, dict(quality=75, subsampling=1)),
        "420-q50": (full, dict(quality=50, subsampling=2)),
        "420-q100": (full, dict(quality=100, subsampling=2)),
        "420-q1": (full, dict(quality=1, subsampling=2)),
        "420-progressive": (full, dict(quality=80, subsampling=2, progressive=True)),
        "422-progressive": (full, dict(quality=95, subsampling=1, progressive=True)),
        "444-restart": (full, dict(quality=80, subsampling=0, restart_marker_blocks=3)),
        "420-restart-progressive": (
            full, dict(quality=60, subsampling=2, progressive=True, restart_marker_rows=1)),
        "420-optimized": (full, dict(quality=85, subsampling=2, optimize=True)),
        "rgb": (full, dict(quality=90, keep_rgb=True)),
        "gray": (full.convert("L"), dict(quality=85)),
        "gray-progressive": (full.convert("L"), dict(quality=70, progressive=True)),
        "cmyk": (cmyk, dict(quality=90)),
        "one": (picture(1, 1), dict(quality=75)),
        "thin": (picture(2, 21), dict(quality=75, subsampling=2)),
        "five": (picture(5, 3), dict(quality=75, subsampling=2)),
        "eight": (picture(16, 16), dict(quality=75, subsampling=2)),
    }
    for name, (im, options) in wanted.items():
        path = os.path.join(HERE, name)
        im.save(path + ".jpg", "JPEG", **options)
        turned(path + ".jpg", path)
    with open(os.path.join(HERE, "420-q50.jpg"), "rb") as f:
        upright = f.read()
    patched("ycck", "cmyk", ycck)
    patched("bare", "422-q75", without_jfif)
    # Chroma halved along y only: the same bytes read as 1×2 make another picture.
    for name, factors in {"440": 0x12, "411": 0x41, "410": 0x42}.items():
        save_sampled(os.path.join(HERE, name), upright, factors)


def patched(name, source, change):
    """A file with some bytes changed."""
    with open(os.path.join(HERE, source + ".jpg"), "rb") as f:
        data = change(f.read())
    with open(os.path.join(HERE, name + ".jpg"), "wb") as f:
        f.write(data)
    turned(os.path.join(HERE, name + ".jpg"), os.path.join(HERE, name))


def ycck(data):
    """Adobe's marker says that the inks are stored as Y, Cb, Cr and black."""
    at = data.index(b"Adobe") + 11
    return data[:at] + b"\x02" + data[at + 1:]


def without_jfif(data):
    """Without APP0 the components' names tell what they are."""
    return data[:2] + data[20:]


def turned(jpg, path):
    im = Image.open(jpg)
    (im.convert("RGB") if im.mode == "CMYK" else im).save(path + ".png", optimize=True)


def save_sampled(path, data, factors):
    """A 4:2:0 file whose luma claims other sampling factors; its size is made to fit."""
    at = data.index(b"\xff\xc0")
    data = bytearray(data)
    h, v = factors >> 4, factors & 15
    # Groups of blocks are taken from a picture of 3×2 groups of 2×2 blocks: 6 a group.
    groups = 6 * 6 // (h * v + 2)
    data[at + 5:at + 9] = (8 * v).to_bytes(2, "big") + (8 * h * groups - 3).to_bytes(2, "big")
    data[at + 11] = factors
    with open(path + ".jpg", "wb") as f:
        f.write(data)
    turned(path + ".jpg", path)


main()
