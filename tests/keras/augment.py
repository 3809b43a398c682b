#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Layers that vary images in training, replayed: what they make of a batch is computed again here, from the
random numbers that the program is said to draw, and the numbers are held to their distributions.

    augment.py check CNNC      programs against the replay; needs nothing but Python
    augment.py keras           the replay against Keras's own layers, which get the same random numbers. Run
                               by hand where Keras 3, TensorFlow and numpy are installed

A program computes a stored case (`verify`), whose batch stands at step 0 of epoch 0."""
import math
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.append(str(Path(__file__).resolve().parents[1] / "rows"))
import case

SEED, LAYER = 11, 1  # of the program; the varying layer is behind a Rescaling
SHAPE, SAMPLES = (7, 9, 2), 40
NEAR = 1e-4  # to a jump, where a float may be on either side


# ---- random numbers

def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q & 0xFFFFFFFF, p >> 32 ^ c[3] ^ k[1], p & 0xFFFFFFFF]
        k = [k[0] + 0x9E3779B9 & 0xFFFFFFFF, k[1] + 0xBB67AE85 & 0xFFFFFFFF]
    return c


def drawn(sample, count, stream, seed=SEED):
    """So many numbers of one sample, in (0, 1)."""
    words = [w for block in range(-(-count // 4)) for w in philox((block, sample, 0, stream), (seed, 0))]
    return [((w >> 8) + 0.5) / 2**24 for w in words[:count]]


def numbers(sample, count, seed=None):
    return drawn(sample, count, 0x100 + LAYER) if seed is None else drawn(sample, count, 0xFF, seed)


def between(u, factor, least=-1.0):
    """A number from the range that a factor means."""
    low, high = sorted(factor) if isinstance(factor, tuple) else (max(-abs(factor), least), abs(factor))
    return low + (high - low) * u


# ---- what layers do: a pixel's place in the image, from the sample's numbers

def flip(u, y, x, mode="horizontal_and_vertical"):
    if u[0] > 0.5:
        return y, x
    return (SHAPE[0] - 1 - y if "vertical" in mode else y), (SHAPE[1] - 1 - x if "horizontal" in mode else x)


def translate(u, y, x, height, width):
    return y - SHAPE[0] * between(u[0], height), x - SHAPE[1] * between(u[1], width)


def rotate(u, y, x, factor):
    angle, middle = 2 * math.pi * between(u[0], factor), ((SHAPE[0] - 1) / 2, (SHAPE[1] - 1) / 2)
    y, x = y - middle[0], x - middle[1]
    return middle[0] + x * math.sin(angle) + y * math.cos(angle), middle[1] + x * math.cos(angle) - y * math.sin(angle)


def zoom(u, y, x, height, width=None):
    middle = (SHAPE[0] - 1) / 2, (SHAPE[1] - 1) / 2
    by = [1 + between(u[0], height)]
    by.append(by[0] if width is None else 1 + between(u[1], width))
    return tuple(m + b * (p - m) for m, b, p in zip(middle, by, (y, x)))


def crop(u, y, x, height, width):
    return y + int((SHAPE[0] - height + 1) * u[0]), x + int((SHAPE[1] - width + 1) * u[1])


def folded(mode, x, count):
    """The place within an axis, and how far it is from a jump."""
    jump = 1
    if mode == "reflect":
        x = x % (2 * count)
        x = min(x, 2 * count - 1 - x)
    if mode == "wrap":
        jump = abs(math.remainder(x, count - 1))
        if x < 0:
            x += count * (int(-x / (count - 1)) + 1)
        elif x > count - 1:
            x -= count * int(x / (count - 1))
    return (x if mode == "constant" else min(max(x, 0), count - 1)), jump


def read(image, y, x, fill):
    inside = 0 <= y < len(image) and 0 <= x < len(image[0])
    return image[y][x] if inside else [fill] * len(image[0][0])


def looked_up(image, place, mode, how, fill):
    (y, near_y), (x, near_x) = folded(mode, place[0], len(image)), folded(mode, place[1], len(image[0]))
    near = min(near_y, near_x)
    if how == "nearest":
        near = min([near] + [abs(v % 1 - 0.5) for v in (y, x)])
        return read(image, math.floor(y + 0.5), math.floor(x + 0.5), fill), near
    top, left = math.floor(y), math.floor(x)
    down, right = y - top, x - left
    sums = [0.0] * len(image[0][0])
    for dy, dx in (0, 0), (0, 1), (1, 0), (1, 1):
        share = (down if dy else 1 - down) * (right if dx else 1 - right)
        pixel = read(image, top + dy, left + dx, fill)
        sums = [s + share * p for s, p in zip(sums, pixel)]
    return sums, near


def view(where, image, u, *args, rows=None, columns=None, fill_mode="reflect", interpolation="bilinear",
         fill_value=0.0, **more):
    made = []
    for y in range(rows or len(image)):
        for x in range(columns or len(image[0])):
            made.append(looked_up(image, where(u, y, x, *args, **more), fill_mode, interpolation, fill_value))
    return [value for pixel, _ in made for value in pixel], [near for pixel, near in made for _ in pixel]


def contrast(image, u, factor, value_range=(0, 255)):
    low, high = sorted(factor) if isinstance(factor, tuple) else (0, factor)
    by, pixels = 1 - low + (low + high) * u[0], [p for row in image for p in row]
    means = [sum(p[c] for p in pixels) / len(pixels) for c in range(len(pixels[0]))]
    return [min(max((v - m) * by + m, value_range[0]), value_range[1])
            for p in pixels for v, m in zip(p, means)], None


def brightness(image, u, factor, value_range=(0, 255)):
    low, high = sorted(value_range)
    add = between(u[0], factor) * (high - low)
    return [min(max(v + add, low), high) for row in image for p in row for v in p], None


def viewed(where):
    return lambda image, u, *args, **more: view(where, image, u, *args, **more)


def flipped(image, u, *args, seed=None):
    return view(flip, image, u, *args, fill_mode="nearest")


def cropped(image, u, height, width):
    return view(crop, image, u, height, width, rows=height, columns=width, fill_mode="nearest")


REPLAY = {"RandomFlip": (1, flipped), "RandomTranslation": (2, viewed(translate)), "RandomCrop": (2, cropped),
          "RandomRotation": (1, viewed(rotate)), "RandomZoom": (2, viewed(zoom)),
          "RandomContrast": (1, contrast), "RandomBrightness": (1, brightness)}
RANGE = {"value_range": (-1, 1.5)}
CASES = [("RandomFlip", (), {}), ("RandomFlip", ("horizontal",), {}), ("RandomFlip", ("vertical",), {"seed": 3}),
         ("RandomTranslation", (0.3, (-0.2, 0.6)), {}),
         ("RandomTranslation", ((0.1, 0.9), 0.4), {"fill_mode": "wrap", "interpolation": "nearest"}),
         ("RandomRotation", (0.3,), {"fill_mode": "constant", "fill_value": 0.7}),
         ("RandomRotation", ((-0.1, 1.0),), {"interpolation": "nearest", "fill_mode": "nearest"}),
         ("RandomRotation", (-0.5,), {"fill_mode": "wrap"}),
         ("RandomZoom", (0.4,), {}), ("RandomZoom", ((0.5, 1.0), (-0.9, 0.3)), {"fill_mode": "wrap"}),
         ("RandomZoom", (0.9, 0.2), {"fill_mode": "reflect", "interpolation": "nearest"}),
         ("RandomZoom", (1, 0.5), {"fill_mode": "constant", "interpolation": "nearest", "fill_value": -2.5}),
         ("RandomCrop", (4, 5), {}), ("RandomContrast", (0.6,), RANGE), ("RandomContrast", ((0.9, 0.2),), RANGE),
         ("RandomBrightness", (0.3,), RANGE), ("RandomBrightness", ((0.5, -0.1),), RANGE)]


def replayed(name, args, more, images):
    """What becomes of a batch, and how near each value is to a jump."""
    count, of = REPLAY[name]
    more = dict(more)
    seed = more.pop("seed", None)
    made = [of(image, numbers(0 if name == "RandomCrop" else i, count, seed), *args, **more)
            for i, image in enumerate(images)]
    return [v for values, _ in made for v in values], [n for values, near in made for n in near or [1] * len(values)]


def written(name, args, more):
    return f"{name}({', '.join([*map(repr, args), *(f'{k}={v!r}' for k, v in more.items())])})"


def drawn_images(samples=SAMPLES):
    draw = random.Random(5)
    return [[[[draw.gauss(0, 1) for _ in range(SHAPE[2])] for _ in range(SHAPE[1])] for _ in range(SHAPE[0])]
            for _ in range(samples)]


def flat(images):
    return [v for image in images for row in image for pixel in row for v in pixel]


def compare(what, seen, wanted, near, limit):
    off = [abs(a - b) for a, b, n in zip(seen, wanted, near) if n > NEAR]
    if len(seen) != len(wanted) or len(off) < 0.98 * len(wanted):
        sys.exit(f"{what}: {len(seen)} values, {len(wanted)} wanted, of which {len(off)} say something")
    if not max(off) <= limit:
        sys.exit(f"{what}: off by {max(off)}")
    return max(off)


# ---- programs

def trained(cnnc, folder, script, what, x, shape, out, *options):
    """What a script's program makes of images x in training, on one thread and on several."""
    text, given, result = folder / "model.cnn", folder / "case.safetensors", folder / "out.safetensors"
    text.write_text(script)
    size = len(x), *out
    empty = case.floats(size, [0.0] * math.prod(size))
    case.write(given, {"x": case.floats((len(x), *shape), flat(x)), "y": empty, "train_output": empty})
    subprocess.run([cnnc, "build", text, "-o", folder / "program", "-g0", *options], check=True)
    bits = set()
    for threads in 1, 3:
        done = subprocess.run([folder / "program", "verify", given, "-o", result, "--threads", str(threads)],
                              capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{what}: {done.stdout}{done.stderr}")
        bits.add(result.read_bytes())
    if len(bits) > 1:
        sys.exit(f"{what}: one thread and several give different bits")
    return case.read(result)["train_output"][2]


def computed(cnnc, folder, layer, images, shape=SHAPE, out=None):
    """Images by a layer of this text."""
    script = (f"keras.utils.set_random_seed({SEED})\n"
              f"model = Sequential([Input({shape}), Rescaling(1), {layer}])\n"
              'model.compile(loss="mse", optimizer="sgd")\n')
    return trained(cnnc, folder, script, layer, images, shape, out or shape)


def check_replay(cnnc, folder):
    images = drawn_images()
    for name, args, more in CASES:
        out = (*args, SHAPE[2]) if name == "RandomCrop" else SHAPE
        wanted, near = replayed(name, args, more, images)
        compare(written(name, args, more), computed(cnnc, folder, written(name, args, more), images, out=out), wanted,
                near, 2e-5)


# ---- distributions, as programs' images show them

def evenly(what, seen, low, high):
    """Numbers between low and high, any as likely: bounds, moments, the largest gap of their distribution."""
    n, u = len(seen), sorted((v - low) / (high - low) for v in seen)
    if u[0] < -1e-4 or u[-1] > 1 + 1e-4 or u[0] > 10 / n or u[-1] < 1 - 10 / n:
        sys.exit(f"{what}: from {seen and min(seen)} to {max(seen)}, not from {low} to {high}")
    gap = max(abs(v - (i + 0.5) / n) for i, v in enumerate(u))
    if gap > 1.63 / math.sqrt(n):  # once in a hundred seeds; the seed is this one
        sys.exit(f"{what}: not even, a gap of {gap}")


def check_distributions(cnnc, folder):
    n, side = 4000, 5  # a pixel's two channels say where it is
    where = [[[float(y), float(x)] for x in range(side)] for y in range(side)]
    shape, middle = (side, side, 2), side // 2

    def pixel(layer, y, x):
        """Where one pixel of each image came from."""
        values, size = computed(cnnc, folder, layer, [where] * n, shape), side * side * 2
        return [tuple(values[i * size + 2 * (y * side + x) + c] for c in range(2)) for i in range(n)]

    flips = [x == 0 for _, x in pixel('RandomFlip("horizontal")', 0, side - 1)]
    if abs(sum(flips) - n / 2) > 3 * math.sqrt(n) / 2:
        sys.exit(f"{sum(flips)} of {n} images are flipped")
    alike = sum(a == b for a, b in zip(flips, flips[1:]))
    if abs(alike - n / 2) > 3 * math.sqrt(n) / 2:
        sys.exit(f"{alike} of {n} images are flipped as the one before")
    places = pixel("RandomTranslation(0.2, (-0.1, 0.3))", middle, middle)
    evenly("down", [middle - y for y, _ in places], -0.2 * side, 0.2 * side)
    evenly("right", [middle - x for _, x in places], -0.1 * side, 0.3 * side)
    turned = pixel("RandomRotation((-0.05, 0.3))", middle, middle + 1)
    evenly("turns", [math.atan2(y - middle, x - middle) / (2 * math.pi) for y, x in turned], -0.05, 0.3)
    zoomed = pixel("RandomZoom((-0.5, 0.2), 0.3)", middle + 1, middle + 1)
    evenly("higher", [y - middle for y, _ in zoomed], 0.5, 1.2)
    evenly("wider", [x - middle for _, x in zoomed], 0.7, 1.3)
    evenly("brightness", [y for y, _ in pixel("RandomBrightness(0.2, (-10, 10))", 0, 0)], -4, 4)
    toned = pixel("RandomContrast((0.5, 0.8), (-9, 9))", 0, 0)  # the mean is 2
    evenly("contrast", [(2 - y) / 2 for y, _ in toned], 0.5, 1.8)


# ---- Keras

def check_keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import numpy as np

    images = drawn_images()
    x = np.array(images, dtype="float32")
    for name, args, more in CASES:
        count, _ = REPLAY[name]
        seed = more.get("seed")
        rows = [numbers(0 if name == "RandomCrop" else i, count, seed) for i in range(SAMPLES)]
        draws = iter(range(count))

        def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
            k, size = next(draws), int(np.prod(shape))  # a crop has one draw for all
            u = np.array([row[k] for row in rows[:size]]).reshape(shape)
            return keras.ops.convert_to_tensor((minval + (maxval - minval) * u).astype("float32"))

        layer = getattr(keras.layers, name)(*args, **more)
        layer.backend.random.uniform, kept = uniform, layer.backend.random.uniform
        seen = keras.ops.convert_to_numpy(layer(x, training=True)).ravel().tolist()
        layer.backend.random.uniform = kept
        wanted, near = replayed(name, args, more, images)
        print(written(name, args, more), compare(name, seen, wanted, near, 5e-5))


def main():
    if sys.argv[1] == "keras":
        check_keras()
        return
    with tempfile.TemporaryDirectory() as folder:
        check_replay(sys.argv[2], Path(folder))
        check_distributions(sys.argv[2], Path(folder))


if __name__ == "__main__":
    main()
