# SPDX-License-Identifier: MIT
"""Makes the images of this folder by Pillow: one picture in many forms, and for each what it is in bytes.
    python3 make.py FOLDER
A row of `cases`: file, height, width, channels, how it is turned (EXIF), by how much a byte may differ; its bytes
in hexadecimal."""
import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

H, W = 5, 7
place = Path(sys.argv[1])
draw = np.random.default_rng(1)
rgb = draw.integers(0, 256, (H, W, 3), dtype=np.uint8)
rgba = draw.integers(0, 256, (H, W, 4), dtype=np.uint8)
grey = draw.integers(0, 256, (H, W), dtype=np.uint8)
bits = draw.integers(0, 2, (H, W), dtype=np.uint8)
rows = []


def case(name, data, pixels, turned=1, tolerance=0):
    (place / name).write_bytes(data)
    pixels = pixels.reshape(H, W, -1)
    rows.append(f"{name} {H} {W} {pixels.shape[2]} {turned} {tolerance} {pixels.tobytes().hex()}")


def saved(image, kind, **more):
    to = io.BytesIO()
    image.save(to, kind, **more)
    return to.getvalue()


def png(bit_depth, colour, lines, more=b"", interlace=0):
    """By hand, as Pillow does not write all forms. lines: of packed bytes, with the filter's."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    header = struct.pack(">IIBBBBB", W, H, bit_depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def packed(values, depth):
    """Rows of values of `depth` bits, each with filter 0 in front."""
    out = b""
    for row in values:
        text = "".join(f"{v:0{depth}b}" for v in row)
        text += "0" * (-len(text) % 8)
        out += b"\0" + int(text, 2).to_bytes(len(text) // 8, "big")
    return out


# PNG
case("rgb.png", saved(Image.fromarray(rgb), "PNG"), rgb)
case("rgba.png", saved(Image.fromarray(rgba), "PNG"), rgba)
case("grey.png", saved(Image.fromarray(grey), "PNG"), grey)
case("grey_alpha.png", saved(Image.fromarray(rgba[:, :, :2].copy(), "LA"), "PNG"), rgba[:, :, :2])
case("grey1.png", png(1, 0, packed(bits, 1)), bits * 255)
case("grey4.png", png(4, 0, packed(grey >> 4, 4)), (grey >> 4) * 17)
wide = grey.astype(np.uint16) << 8 | 0x7f
case("grey16.png", png(16, 0, packed(wide, 16)), grey)
palette = draw.integers(0, 256, (4, 3), dtype=np.uint8)
index = draw.integers(0, 4, (H, W), dtype=np.uint8)
plte = struct.pack(">I", 12) + b"PLTE" + palette.tobytes()
plte += struct.pack(">I", zlib.crc32(plte[4:]))
case("palette2.png", png(2, 3, packed(index, 2), plte), palette[index])
passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
parts = [grey[y::dy, x::dx] for y, x, dy, dx in passes]
case("interlaced.png", png(8, 0, b"".join(packed(p, 8) for p in parts if p.size), interlace=1), grey)

# JPEG: smooth, as it would lose the rest
y, x = np.mgrid[0:H, 0:W]
soft = np.stack([20 * x + 40, 30 * y + 50, 10 * x + 10 * y + 60], -1).astype(np.uint8)
for name, image, more in (("rgb", soft, {}), ("grey", soft[:, :, 0], {}), ("progressive", soft, {"progressive": True}),
                          ("sub", soft, {"subsampling": 2})):
    data = saved(Image.fromarray(image), "JPEG", quality=95, **more)
    case(f"{name}.jpg", data, np.asarray(Image.open(io.BytesIO(data))), tolerance=2)
for order in "big", "little":
    exif = Image.Exif()
    exif.endian = ">" if order == "big" else "<"
    exif[0x0112] = 6 if order == "big" else 3
    exif[0x010F] = "camera"
    data = saved(Image.fromarray(soft), "JPEG", quality=95, exif=exif)
    case(f"turned_{order}.jpg", data, np.asarray(Image.open(io.BytesIO(data))), turned=exif[0x0112], tolerance=2)

# BMP
case("rgb.bmp", saved(Image.fromarray(rgb), "BMP"), rgb)
case("grey.bmp", saved(Image.fromarray(grey), "BMP"), grey)
case("bits.bmp", saved(Image.fromarray(bits * 255).convert("1"), "BMP"), bits * 255)
case("rgbx.bmp", saved(Image.fromarray(rgba), "BMP"), rgba[:, :, :3])
down = bytearray(saved(Image.fromarray(rgb[::-1].copy()), "BMP"))
down[22:26] = struct.pack("<i", -H)
case("top_down.bmp", bytes(down), rgb)
coloured = Image.fromarray(index, "P")
coloured.putpalette(palette.tobytes())
case("palette.bmp", saved(coloured, "BMP"), palette[index])
core = b"BM" + struct.pack("<IHHI", 26 + H * 24, 0, 0, 26) + struct.pack("<IHHHH", 12, W, H, 1, 24)
core += b"".join(row[:, ::-1].tobytes() + bytes(-W * 3 % 4) for row in rgb[::-1])
case("core.bmp", core, rgb)

# PGM and PPM
case("grey.pgm", saved(Image.fromarray(grey), "PPM"), grey)
case("rgb.ppm", saved(Image.fromarray(rgb), "PPM"), rgb)
text = " ".join(str(v) for v in grey.ravel())
case("text.pgm", f"P2\n# seven by five\n{W} {H} # wide\n255\n{text}\n".encode(), grey)
text = " ".join(str(v) for v in (rgb >> 4).ravel())
case("text.ppm", f"P3 {W} {H} 15 {text}".encode(), (rgb >> 4) * 17)
case("wide.pgm", f"P5 {W} {H} 65535\n".encode() + (grey.astype(">u2") * 257).tobytes(), grey)
(place / "cases").write_text("\n".join(rows) + "\n")
