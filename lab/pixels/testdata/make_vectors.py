"""Writes the reference vectors of package pixels with Pillow.

    pip install pillow==13.0.0 numpy==2.4.6      (Python 3.11 was used)
    python make_vectors.py                       (writes into its own folder)

sources/         small pictures of every kind of PNG, GIF, WebP, BMP and TIFF
vectors.json     for each source the SHA-256 of its flat RGB bytes, and for each size the
                 SHA-256 of the bytes of the resized picture (rows of R, G, B); for some
                 sources also what the orders of work of Hugging Face and of openai/CLIP give,
                 by filter
tiny.json        the bytes themselves for the smallest, so that a failure can be read

Transparent pictures are pasted on white with their alpha as mask; palettes are converted
to RGB first; 16-bit gray keeps its high byte. Large pictures are not stored: both sides
compute them by the formula of synthetic().
"""

import hashlib
import json
import os

import numpy as np
import PIL
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "sources")


def synthetic(w, h):
    """A w×h RGB picture: smooth parts, edges and noise, from whole numbers only."""
    x = np.arange(w, dtype=np.uint32)[None, :]
    y = np.arange(h, dtype=np.uint32)[:, None]
    noise = (x * np.uint32(2654435761) + y * np.uint32(2246822519)) ^ (x * y * np.uint32(3266489917))
    noise = noise ^ (noise >> np.uint32(15))
    red = (x * 3 + y) & 255
    green = np.where(((x // 7) + (y // 5)) % 2 == 0, np.uint32(255), (x + y * 2) & 127)
    blue = noise & 255
    return Image.fromarray(np.stack([red + 0 * y, green, blue + 0 * x], -1).astype(np.uint8), "RGB")


def flat(im):
    """The picture as RGB, laid on white."""
    if im.mode == "I;16":
        return Image.fromarray((np.asarray(im) >> 8).astype(np.uint8), "L").convert("RGB")
    if im.mode == "P" and "transparency" in im.info or im.mode in ("LA", "PA"):
        im = im.convert("RGBA")
    if im.mode == "RGBA":
        ground = Image.new("RGB", im.size, "white")
        ground.paste(im, mask=im.getchannel("A"))
        return ground
    return im.convert("RGB")


def digest(im):
    return hashlib.sha256(im.tobytes()).hexdigest()


def short(size, w, h):
    return (size, int(size * h / w)) if w <= h else (int(size * w / h), size)


def crop(im, size):
    left = int(round((im.width - size) / 2.0))
    top = int(round((im.height - size) / 2.0))
    return im.crop((left, top, left + size, top + size))


def write_sources():
    os.makedirs(SOURCES, exist_ok=True)
    rgb = synthetic(45, 31)
    a = np.asarray(rgb)
    alpha = a[..., 2]
    gray = rgb.convert("L")
    pictures = {
        "rgb.png": rgb,
        "one.png": synthetic(1, 1),
        "line.png": synthetic(7, 1),
        "column.png": synthetic(1, 7),
        "gray.png": gray,
        "gray-alpha.png": Image.merge("LA", [gray, Image.fromarray(alpha, "L")]),
        "rgba.png": Image.merge("RGBA", [*rgb.split(), Image.fromarray(alpha, "L")]),
        "palette.png": rgb.quantize(16),
        "bilevel.png": gray.convert("1"),
        "gray16.png": Image.fromarray(np.asarray(gray).astype(np.uint16) * 251 + 17),
    }
    for name, im in pictures.items():
        im.save(os.path.join(SOURCES, name))
    clear = rgb.quantize(16)
    clear.save(os.path.join(SOURCES, "palette-clear.png"), transparency=3)
    clear.save(os.path.join(SOURCES, "palette.gif"), transparency=3)
    rgb.save(os.path.join(SOURCES, "lossless.webp"), lossless=True)
    rgb.save(os.path.join(SOURCES, "lossy.webp"), quality=60)
    pictures["rgba.png"].save(os.path.join(SOURCES, "lossy-alpha.webp"), quality=80, exact=True)
    rgb.save(os.path.join(SOURCES, "rgb.bmp"))
    gray.save(os.path.join(SOURCES, "gray.bmp"))
    rgb.save(os.path.join(SOURCES, "rgb.tif"), compression="tiff_lzw")
    # Every colour value with every alpha, and every ink with every black.
    grid = np.indices((256, 256)).astype(np.uint8)
    full = np.stack([grid[0], grid[0], 255 - grid[0], grid[1]], -1)
    Image.fromarray(full, "RGBA").save(os.path.join(SOURCES, "alpha-grid.png"))


def ordered(im, order, size, short_side, number):
    """The square that transformers ("hf") or openai/CLIP ("openai") give before normalising."""
    if order == "hf":
        im = im.convert("RGB")
    im = im.resize(short(short_side, *im.size), number)
    x, y = im.width - size, im.height - size
    if order == "hf":
        return im.crop((x // 2, y // 2, x // 2 + size, y // 2 + size))
    return crop(im, size).convert("RGB")


def orders():
    """Digests by source, filter (Pillow's number) and order, 16 pixels out of 17."""
    out = {}
    for name in ["rgba.png", "gray-alpha.png", "palette-clear.png", "bilevel.png", "rgb.png",
                 "gray.bmp", "palette.png", "lossy-alpha.webp"]:
        im = Image.open(os.path.join(SOURCES, name))
        for number in range(6):
            for order in ["hf", "openai"]:
                done = ordered(im, order, 16, 17, number)
                out[f"{name} {number} {order}"] = digest(done)
    return out


def cmyk_digest():
    grid = np.indices((256, 256)).astype(np.uint8)
    ink = np.stack([grid[0], 255 - grid[0], grid[0] ^ grid[1], grid[1]], -1)
    return digest(Image.fromarray(ink, "CMYK").convert("RGB"))


def main():
    write_sources()
    files, tiny = {}, {}
    sizes = [(1, 1), (2, 3), (7, 5), (16, 16), (45, 31), (45, 10), (9, 31), (90, 62), (101, 33)]
    for name in sorted(os.listdir(SOURCES)):
        im = flat(Image.open(os.path.join(SOURCES, name)))
        wanted = sizes if im.width < 200 else [(64, 64)]
        files[name] = {
            "flat": digest(im),
            "resized": {f"{w}x{h}": digest(im.resize((w, h), Image.BICUBIC)) for w, h in wanted},
        }
        for w, h in [(1, 1), (2, 3), (7, 5)]:
            tiny[f"{name} {w}x{h}"] = list(im.resize((w, h), Image.BICUBIC).tobytes())
    made = {}
    for w, h in [(640, 480), (480, 640), (64, 64), (72, 72), (511, 1000), (300, 7), (4000, 3000),
                 (225, 224), (227, 340), (1, 500), (3, 2)]:
        im = synthetic(w, h)
        one = {"flat": digest(im)}
        for size in [224, 64, 32]:
            r = im.resize(short(size, w, h), Image.BICUBIC) if min(w, h) != size else im
            if max(r.size) > 20000:
                continue
            one[str(size)] = {"short": digest(r), "width": r.width, "height": r.height,
                              "crop": digest(crop(r, size))}
        made[f"{w}x{h}"] = one
    out = {"pillow": PIL.__version__, "files": files, "synthetic": made, "cmyk": cmyk_digest(),
           "orders": orders()}
    with open(os.path.join(HERE, "vectors.json"), "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")
    with open(os.path.join(HERE, "tiny.json"), "w") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in tiny.items()) + "\n}\n")


main()
