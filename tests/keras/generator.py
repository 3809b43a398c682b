#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Images that an ImageDataGenerator changes in training, replayed: what the program makes of a batch is computed
again here, from the random numbers that it is said to draw; and the numbers are held to their distributions.

    generator.py check CNNC      programs against the replay; needs nothing but Python
    generator.py keras           the replay against Keras's own apply_transform and standardize, which get the same
                                 numbers. Run by hand where Keras 3, scipy and numpy are installed"""
import array
import math
import os
import random
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
from augment import SAMPLES, SEED, SHAPE, compare, drawn, drawn_images, evenly, flat, looked_up, trained

STREAM = 0xFE
CASES = [dict(rotation_range=40), dict(width_shift_range=0.3), dict(height_shift_range=0.2, cval=0.7, fill_mode="constant"),
         dict(width_shift_range=3, height_shift_range=[-0.4, 0.25, 0.1], fill_mode="wrap"),
         dict(height_shift_range=2.5, fill_mode="reflect"), dict(height_shift_range=[1, 4], width_shift_range=1.0),
         dict(shear_range=30, fill_mode="reflect"), dict(zoom_range=0.5, fill_mode="wrap"),
         dict(zoom_range=[0.6, 1.7], fill_mode="constant", cval=-1.5, rescale=0.5),
         dict(zoom_range=[1, 3], interpolation_order=0, fill_mode="wrap"), dict(horizontal_flip=True),
         dict(vertical_flip=True, rescale=-2.0, channel_shift_range=0.4), dict(channel_shift_range=1.5, rescale=0.1),
         dict(rotation_range=25, width_shift_range=0.1, height_shift_range=0.2, shear_range=15, zoom_range=0.3,
              horizontal_flip=True, vertical_flip=True, channel_shift_range=0.2, fill_mode="constant", rescale=0.25),
         dict(rotation_range=180, shear_range=90, horizontal_flip=True, interpolation_order=0, fill_mode="constant", cval=2),
         dict(rotation_range=30, zoom_range=0.2, samplewise_center=True, horizontal_flip=True),
         dict(rotation_range=30, shear_range=20, samplewise_std_normalization=True, rescale=3.0, fill_mode="reflect"),
         dict(width_shift_range=0.3, zoom_range=0.2, featurewise_center=True, fill_mode="wrap"),
         dict(rotation_range=90, vertical_flip=True, featurewise_std_normalization=True, rescale=0.5),
         dict(brightness_range=(0.3, 1.8)), dict(brightness_range=[0.5, 1.0], rescale=1 / 255, horizontal_flip=True),
         dict(brightness_range=(0.2, 1.2), rotation_range=30, zoom_range=0.2, rescale=1 / 128, channel_shift_range=40),
         dict(brightness_range=(-0.5, 3), width_shift_range=0.4, fill_mode="constant", cval=77.5, rescale=2.0),
         dict(rotation_range=40, zoom_range=0.2, channel_shift_range=0.5, preprocessing_function="lambda v: 3 - v / 0.5", rescale=0.5),
         dict(rotation_range=40, shear_range=20, fill_mode="constant", cval=-1.5, horizontal_flip=True,
              preprocessing_function="lambda v: 2 * (v - 0.25)", samplewise_std_normalization=False),
         dict(brightness_range=(0.4, 1.3), width_shift_range=0.3, preprocessing_function="lambda v: v * -2", rescale=1 / 255)]


# ---- the numbers of a sample, in the order in which a program draws them

def pair(zoom):
    return list(zoom) if isinstance(zoom, (list, tuple)) else [1 - zoom, 1 + zoom]


def shift(draw, given, size):
    if isinstance(given, int):
        given = list(range(given))
    unit = size if (max(given) if isinstance(given, list) else given) < 1 else 1
    if not isinstance(given, list):
        return (2 * draw - 1) * given * unit
    place = int(draw * 2 * len(given))
    return (given[place // 2] if place % 2 else -given[place // 2]) * unit


def chosen(sample, of, shape=SHAPE):
    """Keras's transform_parameters."""
    u = iter(drawn(sample, 11, STREAM))
    theta = (2 * next(u) - 1) * of["rotation_range"] if of.get("rotation_range") else 0
    shear = (2 * next(u) - 1) * of["shear_range"] if of.get("shear_range") else 0
    tx = shift(next(u), of["height_shift_range"], shape[0]) if of.get("height_shift_range") else 0
    ty = shift(next(u), of["width_shift_range"], shape[1]) if of.get("width_shift_range") else 0
    low, high = pair(of.get("zoom_range", 0))
    zx, zy = (low + (high - low) * next(u), low + (high - low) * next(u)) if (low, high) != (1, 1) else (1, 1)
    mirror = bool(of.get("horizontal_flip")) and next(u) < 0.5
    upside = bool(of.get("vertical_flip")) and next(u) < 0.5
    add = (2 * next(u) - 1) * of["channel_shift_range"] if of.get("channel_shift_range") else None
    bright = pair(of["brightness_range"]) if of.get("brightness_range") else None
    bright = bright[0] + (bright[1] - bright[0]) * next(u) if bright else None
    return {"brightness": bright, "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy, "flip_horizontal": mirror,
            "flip_vertical": upside, "channel_shift_intensity": add}


# ---- what becomes of an image

def product(*matrices):
    made, *rest = matrices
    for m in rest:
        made = [[sum(made[i][k] * m[k][j] for k in range(3)) for j in range(3)] for i in range(3)]
    return made


def moved(x, y):
    return [[1, 0, x], [0, 1, y], [0, 0, 1]]


def matrix(p, shape):
    t, k = math.radians(p["theta"]), math.radians(p["shear"])
    middle = shape[0] / 2 - 0.5, shape[1] / 2 - 0.5
    return product(moved(*middle), [[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0], [0, 0, 1]],
                   moved(p["tx"], p["ty"]), [[1, -math.sin(k), 0], [0, math.cos(k), 0], [0, 0, 1]],
                   [[p["zx"], 0, 0], [0, p["zy"], 0], [0, 0, 1]], moved(-middle[0], -middle[1]))


def folded(mode, x, count):
    """scipy's place within an axis, or None beyond it; and how far it is from a jump."""
    last, jump = count - 1, 1
    if mode == "constant":
        return (x if 0 <= x <= last else None), min(abs(x), abs(x - last)) or 1
    if mode == "reflect":
        x = x % (2 * count)
        x = min(x, 2 * count - 1 - x)
    if mode == "wrap":
        jump = abs(math.remainder(x, last)) or 1
        if x < 0:
            x += last * (int(-x / last) + 1)
        elif x > last:
            x -= last * int(x / last)
    return min(max(x, 0), last), jump


def pixel(image, row, column, of):
    mode, order = of.get("fill_mode", "nearest"), of.get("interpolation_order", 1)
    (y, near_y), (x, near_x) = folded(mode, row, len(image)), folded(mode, column, len(image[0]))
    if y is None or x is None:
        return [float(of.get("cval", 0))] * len(image[0][0]), min(near_y, near_x)
    value, near = looked_up(image, (y, x), "nearest", "bilinear" if order else "nearest", 0)
    return value, min(near, near_y, near_x)


def changed(image, p, of):
    shape, m = (len(image), len(image[0])), None
    m, made, near = matrix(p, shape), [], []
    for y in range(shape[0]):
        for x in range(shape[1]):
            i = shape[0] - 1 - y if p["flip_vertical"] else y
            j = shape[1] - 1 - x if p["flip_horizontal"] else x
            value, n = pixel(image, m[1][0] * j + m[1][1] * i + m[1][2], m[0][0] * j + m[0][1] * i + m[0][2], of)
            made += value
            near += [n] * len(value)
    add = p["channel_shift_intensity"]
    if add is not None:
        low, high = min(made), max(made)
        made = [min(max(v + add, low), high) for v in made]
        near = [min(near)] * len(near)  # a pixel that jumps changes the least and the most
    return brightened(made, near, p["brightness"])


def jump(value):
    return abs(value - round(value)) or 1


def brightened(values, near, by):
    """PIL's: whole numbers, multiplied, and whole numbers again. Keras's own are as they are up to 1/1024 below one."""
    if by is None:
        return values, near
    by, made = array.array("f", [by])[0], []
    for k, value in enumerate(values):
        whole = math.trunc(value + 1 / 1024)
        made.append(float(math.trunc(min(max(by * whole, 0), 255))))
        same = whole == math.trunc(value)  # else Keras has one less
        near[k] = min(near[k], jump(value + 1 / 1024), jump(value), jump(by * whole)) if same else 0
    return made, near


def mean(values):
    return sum(values) / len(values)


def deviation(values):
    middle = mean(values)
    return math.sqrt(mean([(v - middle) ** 2 for v in values]))


def standard(values, images, of, channels=SHAPE[2]):
    """One image, by its own figures and those of all images."""
    function = eval(of.get("preprocessing_function", "lambda v: v"))  # pylint: disable=eval-used
    values = [function(v) * (of.get("rescale") or 1) for v in values]
    if of.get("samplewise_center") or of.get("samplewise_std_normalization"):
        by = deviation(values) + 1e-6 if of.get("samplewise_std_normalization") else 1
        middle = mean(values)
        values = [(v - middle) / by for v in values]
    if of.get("featurewise_center") or of.get("featurewise_std_normalization"):
        for c in range(channels):
            every = [v * (of.get("rescale") or 1) for v in flat(images)[c::channels]]
            by = deviation(every) + 1e-6 if of.get("featurewise_std_normalization") else 1
            values[c::channels] = [(v - mean(every)) / by for v in values[c::channels]]
    return values


def replayed(of, images):
    made, near = [], []
    for i, image in enumerate(images):
        values, jumps = changed(image, chosen(i, of), of)
        made += standard(values, images, of)
        near += [min(jumps)] * len(jumps) if of.get("samplewise_center") or of.get("samplewise_std_normalization") else jumps
    return made, near


# ---- programs

def is_bytes(of):
    return bool(of.get("brightness_range"))


def images_for(of):
    if not is_bytes(of):
        return drawn_images()
    draw = random.Random(6)
    return [[[[float(draw.randrange(256)) for _ in range(SHAPE[2])] for _ in range(SHAPE[1])] for _ in range(SHAPE[0])]
            for _ in range(SAMPLES)]


def write_npy(path, shape, values, kind="<f4"):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() +
                     (bytes(map(int, values)) if kind == "|u1" else array.array("f", values).tobytes()))


def written(of):
    arguments = (f"{k}={v if k.endswith('function') else repr(v)}" for k, v in of.items())
    return f"ImageDataGenerator({', '.join(arguments)})"


def computed(cnnc, folder, of, images, x=None):
    shape = (len(images[0]), len(images[0][0]), len(images[0][0][0]))
    write_npy(folder / "x.npy", (len(images), *shape), flat(images), "|u1" if is_bytes(of) else "<f4")
    write_npy(folder / "y.npy", (len(images), *shape), flat(images))
    script = ("import keras, numpy as np\n"
              "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n"
              f"keras.utils.set_random_seed({SEED})\n"
              f"datagen = {written(of)}\n"
              "x = np.load('x.npy')\n"
              "datagen.fit(x)\n"
              f"model = keras.Sequential([keras.Input({shape}), keras.layers.Rescaling(1)])\n"
              "model.compile(loss='mse', optimizer='sgd')\n"
              f"model.fit(datagen.flow(x, np.load('y.npy'), batch_size={len(images)}))\n")
    return trained(cnnc, folder, script, written(of), x or images, shape, shape, "--data", str(folder))


def prepared(of, images):
    """As the steps on the data leave them, which the step of the training gets."""
    values = [standard(flat([image]), images, of) for image in images]
    return [[[v[(y * SHAPE[1] + x) * SHAPE[2]:][:SHAPE[2]] for x in range(SHAPE[1])] for y in range(SHAPE[0])]
            for v in values]


def check_replay(cnnc, folder):
    for of in CASES:
        images = images_for(of)
        wanted, near = replayed(of, images)
        compare(written(of), computed(cnnc, folder, of, images, prepared(of, images)), wanted, near, 5e-5)


def check_distributions(cnnc, folder):
    n, side = 4000, 5  # a pixel's two channels say where it is
    where = [[[float(y), float(x)] for x in range(side)] for y in range(side)]
    middle = side // 2

    def place(y, x, **of):
        values, size = computed(cnnc, folder, of, [where] * n), side * side * 2
        return [tuple(values[i * size + 2 * (y * side + x) + c] for c in range(2)) for i in range(n)]

    def half(what, seen):
        if abs(sum(seen) - n / 2) > 3 * math.sqrt(n) / 2:
            sys.exit(f"{what}: {sum(seen)} of {n}")

    flips = place(0, side - 1, horizontal_flip=True, vertical_flip=True)
    mirrored, upside = [x == 0 for _, x in flips], [y == side - 1 for y, _ in flips]
    half("mirrored", mirrored)
    half("upside down", upside)
    half("both or none", [a == b for a, b in zip(mirrored, upside)])
    shifted = place(middle, middle, height_shift_range=0.3, width_shift_range=1.5)
    evenly("along rows", [x - middle for _, x in shifted], -0.3 * side, 0.3 * side)
    evenly("along columns", [y - middle for y, _ in shifted], -1.5, 1.5)
    listed = [round(x) - middle for _, x in place(middle, middle, height_shift_range=[1, 2])]
    for value in -2, -1, 1, 2:
        if abs(listed.count(value) - n / 4) > 3 * math.sqrt(n * 3) / 4:
            sys.exit(f"shifts of a list: {value} is {listed.count(value)} of {n}")
    turned = place(middle, middle + 1, rotation_range=50)
    evenly("degrees", [math.degrees(math.atan2(y - middle, x - middle)) for y, x in turned], -50, 50)
    zoomed = place(middle + 1, middle + 1, zoom_range=[0.5, 1.5])
    evenly("wider", [x - middle for _, x in zoomed], 0.5, 1.5)
    evenly("higher", [y - middle for y, _ in zoomed], 0.5, 1.5)
    evenly("brighter", [y - middle for y, _ in place(middle, middle, channel_shift_range=1.5)], -1.5, 1.5)


# ---- Keras

def transformed(generator, x, parameters, np):
    """PIL knows no images of two channels: the first is there twice meanwhile."""
    if parameters["brightness"] is None:
        return generator.apply_transform(x, parameters)
    return generator.apply_transform(np.concatenate([x, x[..., :1]], axis=-1), parameters)[..., :2]


def check_keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import numpy as np
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    for of in CASES:
        images = images_for(of)
        x = np.array(images, dtype="float32")
        generator = eval(written(of), {"ImageDataGenerator": ImageDataGenerator})  # pylint: disable=eval-used
        generator.fit(x)
        seen = [generator.standardize(transformed(generator, x[i].copy(), chosen(i, of), np)) for i in range(SAMPLES)]
        wanted, near = replayed(of, images)
        print(written(of), compare(written(of), np.array(seen).ravel().tolist(), wanted, near, 5e-5))


def main():
    if sys.argv[1] == "keras":
        check_keras()
        return
    with tempfile.TemporaryDirectory() as folder:
        check_replay(sys.argv[2], Path(folder))
        check_distributions(sys.argv[2], Path(folder))


main()
