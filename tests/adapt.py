#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What layers measure of a program's data, adapt(): mean and variance to float32, the same bits for any number of
threads, kept in weights files; images in IDX files, rows of an NPY file with steps.

    adapt.py CNNC MAKE_DIGITS
"""
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from programs import npy

sys.path.append(str(Path(__file__).parent / "rows"))
import case

IMAGES = """
whole = Normalization(axis=None)
rows = Normalization(axis=(1, -1), name="rows")
model = Sequential([Input((28, 28, 1)), whole, rows, Normalization(name="plain"), Flatten(), Dense(10, "softmax")])
whole.adapt(x_test)
whole.adapt(x_train)  # the last one holds
model.compile("sgd", "sparse_categorical_crossentropy")
rows.adapt(data=x_train)
model.fit(x_train, y_train, batch_size=32, epochs=1, verbose=0)
"""
TABLE = """
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
part = 2 * x[:45]
norm = Normalization(input_shape=[6])
model = Sequential([norm, Dense(1)])
model.compile("sgd", "mse")
norm.adapt(part)
model.evaluate(x, y, verbose=0)
model.fit(x, y, epochs=1, verbose=0)
"""


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def weights(path):
    """By name: shape and numbers."""
    return {name: (shape, tuple(values)) for name, (_, shape, values) in case.read(Path(path)).items()}


def measured(values):
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((v - mean) ** 2 for v in values) / len(values)


def near(found, true):
    assert len(found) == len(true), (found, true)
    for a, b in zip(found, true):
        assert abs(a - b) <= 2.0 ** -23 * max(abs(b), 1e-6), (a, b)


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def images(cnnc, digits):
    run(digits, ".", 200, 60, 1)
    Path("images.cnn").write_text(IMAGES)
    run(cnnc, "build", "images.cnn")
    files = []
    for threads in 1, 3, 8:
        out = f"images{threads}.st"
        run("./images", "train", "--data", ".", "--threads", threads, "--out", out)
        files.append(Path(out).read_bytes())
    assert files[0] == files[1] == files[2], "the number of threads changes bits"
    found = weights("images1.st")
    pixels = [single(b / 255) for b in Path("train-images-idx3-ubyte").read_bytes()[16:]]
    mean, variance = measured(pixels)
    assert found["normalization/mean"][0] == [] and found["normalization/count"] == ([], (0.0,))
    near(found["normalization/mean"][1] + found["normalization/variance"][1], [mean, variance])
    rows = [measured([v for i in range(200) for v in pixels[i * 784 + r * 28:i * 784 + r * 28 + 28]]) for r in range(28)]
    assert found["rows/mean"][0] == [28, 1], found["rows/mean"][0]
    near(found["rows/mean"][1], [m for m, _ in rows])
    near(found["rows/variance"][1], [v for _, v in rows])
    assert found["plain/mean"] == ([1], (0.0,)) and found["plain/variance"] == ([1], (1.0,))
    run("./images", "evaluate", "--data", ".", "--weights", "images1.st")


def table(cnnc):
    draw = random.Random(1)
    x = [single(draw.gauss(3 * (i % 6), 1 + i % 6)) for i in range(6 * 50)]
    npy("x.npy", (50, 6), "f", x)
    npy("y.npy", (50, 1), "f", x[:50])
    Path("table.cnn").write_text(TABLE)
    run(cnnc, "build", "table.cnn")
    run("./table")
    run("./table", "train", "--out", "table.st")
    found = weights("table.st")
    columns = [measured([2 * v for v in x[c:6 * 45:6]]) for c in range(6)]
    near(found["normalization/mean"][1], [m for m, _ in columns])
    near(found["normalization/variance"][1], [v for _, v in columns])
    run(cnnc, "emit", "table.cnn", "-w", "table.st", "--as=obj", "-o", "table.o")


def main():
    cnnc, digits = (os.path.realpath(path) for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        images(cnnc, digits)
        table(cnnc)
        os.chdir("/")


main()
