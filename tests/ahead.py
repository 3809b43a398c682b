#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Data that are larger than the memory they may have are made ahead of use: to the bits of those that are there as a
whole, for any number of threads, in training, validation, evaluation, prediction and adapt; with a checkpoint that
either goes on from; and where a file is broken or gone, training ends with one line that names it, and keeps what it
had come to.
    ahead.py CNNC [png]    some of the images are PNG files"""
import hashlib
import json
import math
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import programs
from programs import LIMIT

cnnc = Path(sys.argv[1]).resolve()
IMAGES = 60
images_form = sys.argv[2] if len(sys.argv) > 2 else "ppm"
draw = random.Random(8)
NETWORK = """\
model = keras.Sequential([keras.Input((12, 10, 3)), {first}layers.Conv2D(4, 3, activation="relu"), layers.Flatten(),
    layers.Dropout(0.3), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""
DATASET = """\
train, val = keras.utils.image_dataset_from_directory("pictures", image_size=(12, 10), batch_size=7, seed=3,
    validation_split=0.25, subset="both")
train = train.map(lambda x, y: (x / 255.0, y))
val = val.map(lambda x, y: (x / 255.0, y))
"""
GENERATOR = """\
gen = ImageDataGenerator(rescale=1./255, horizontal_flip=True, rotation_range=20)
train = gen.flow_from_directory("pictures", target_size=(12, 10), batch_size=7, class_mode="binary")
val = ImageDataGenerator(rescale=1./255).flow_from_directory("pictures", target_size=(12, 10), class_mode="binary")
"""
FIT = "model.fit(train, epochs=3, validation_data=val, verbose=2)\nmodel.evaluate(val)\n"
ADAPT = "norm = layers.Normalization()\nnorm.adapt(train.map(lambda x, y: x))\n"
AUTOENCODER = """\
gen = ImageDataGenerator(rescale=1./255)
train = gen.flow_from_directory("pictures", target_size=(12, 10), batch_size=7, class_mode="input")
model = keras.Sequential([keras.Input((12, 10, 3)), layers.Conv2D(3, 3, padding="same", activation="sigmoid")])
model.compile("adam", "mse")
model.fit(train, epochs=3, verbose=2)
model.evaluate(train)
"""
PREDICT = """\
train = keras.utils.image_dataset_from_directory("pictures", image_size=(12, 10), batch_size=7, shuffle=False)
model = keras.Sequential([keras.Input((12, 10, 3)), layers.Flatten(), layers.Dense(1)])
model.compile("adam", "mse")
p = model.predict(train, verbose=0)
print(p)
"""
ARRAYS = """\
x, y = np.load("x.npy"), np.load("y.npy")
x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-3)
model = keras.Sequential([keras.Input((9,)), layers.Dense(8, activation="relu"), layers.Dense(4)])
model.compile("adam", "mse")
model.fit(x, y, epochs=3, verbose=2, batch_size=8, validation_split=0.3)
model.evaluate(x, y)
"""
IGNORED = """\
x, y = np.load("x.npy"), np.load("classes.npy").astype("int32")
model = keras.Sequential([keras.Input((9,)), layers.Reshape((3, 3)), layers.Dense(4)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1))
model.fit(x, y, epochs=3, verbose=2, batch_size=8, validation_split=0.3)
model.evaluate(x, y)
"""
SCRIPTS = {"dataset": DATASET + NETWORK.format(first="") + FIT,
           "generator": GENERATOR + NETWORK.format(first="") + FIT,
           "adapted": DATASET + ADAPT + NETWORK.format(first="norm, ") + FIT,
           "autoencoder": AUTOENCODER, "arrays": ARRAYS, "ignored": IGNORED}
HEAD = "import keras, numpy as np\nfrom keras import layers\n" \
       "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n"


def png(width, height, grey):
    rows = b"".join(b"\0" + bytes(draw.randrange(256) for _ in range(width * (1 if grey else 3))) for _ in range(height))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0 if grey else 2, 0, 0, 0)),
              (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + kind + data +
                                           struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)


def ppm(width, height):
    return b"P6 %d %d 255\n" % (width, height) + bytes(draw.randrange(256) for _ in range(3 * width * height))


def make_files(images):
    for i in range(images):
        path = Path("pictures") / ("cat", "dog")[i % 2] / f"{i:03}.{'ppm' if i % 3 else images_form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = 8 + i % 9, 14 - i % 5
        path.write_bytes(png(*size, i % 4 == 0) if path.suffix == ".png" else ppm(*size))
    programs.npy("classes.npy", (90, 3), "f", [float(draw.randrange(5) - 1) for _ in range(270)])
    for name, shape in (("x.npy", (90, 9)), ("y.npy", (90, 4))):
        programs.npy(name, shape, "f", [draw.gauss(0, 1) for _ in range(math.prod(shape))])


def build(name, text):
    programs.build(cnnc, name, HEAD + text)


def run(name, *words, code=0, says=()):
    done = subprocess.run([f"./{name}", *map(str, words)], check=False, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == code, (name, words, done.returncode, done.stdout, done.stderr)
    for word in says:
        assert word in done.stdout + done.stderr, (words, word, done.stdout, done.stderr)
    return done


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def same_bits(name):
    """Whatever the data may take, and for any number of threads."""
    seen = set()
    for words in ([], ["--data-memory", 0], ["--data-memory", 0, "--threads", 1]):
        done = run(name, "train", "--out", "w.st", "--log", "log.jsonl", *words)
        assert ("made anew" in done.stderr) == bool(words), done.stderr
        rows = [{k: v for k, v in json.loads(line).items() if "seconds" not in k}
                for line in Path("log.jsonl").read_text(encoding="utf-8").splitlines()]
        evaluated = run(name, "evaluate", "--weights", "w.st", "--json", *words).stdout
        said = re.sub(r"\d+s \d+[mu]?s/step", "", run(name, *words).stdout)
        seen.add((digest("w.st"), json.dumps(rows), evaluated, said))
    assert len(seen) == 1, (name, seen)
    pages = set()
    for words in ([], ["--data-memory", 0]):
        run(name, "report", "log.jsonl", "--weights", "w.st", "-o", "page.html", *words)
        pages.add(digest("page.html"))
    assert len(pages) == 1, name


def resumes(name):
    """From a state of either kind with the other one."""
    run(name, "train", "--out", "whole.st")
    for first, second in (([], ["--data-memory", 0]), (["--data-memory", 0], [])):
        run(name, "train", "--epochs", 2, "--checkpoint", "state", "--every", "2steps", "--out", "w.st", *first)
        run(name, "train", "--resume", "state", "--out", "w.st", *second)
        assert digest("w.st") == digest("whole.st"), (name, first)
    run(name, "train", "--runs", 2, "--data-memory", 0, "--out", "r.st")
    assert digest("r-0.st") == digest("whole.st"), name


def broken_files(name):
    """One file is cut short, one is gone: before training with all in memory, in the middle of it else."""
    run(name, "train", "--out", "whole.st")
    last = sorted(Path("pictures/cat").iterdir())[-1]
    good = last.read_bytes()
    for spoil in (lambda: last.write_bytes(good[:40]), lambda: last.write_bytes(b"no image"), lambda: last.unlink()):
        for words in ([], ["--data-memory", 0]):
            run(name, "train", "--epochs", 1, "--checkpoint", "state", "--out", "w.st")
            spoil()
            gone = not last.exists()
            done = run(name, "train", "--resume", "state", "--out", "w.st", *words, code=1)
            assert done.stderr.count("error:") == 1 and (gone or last.name in done.stderr), done.stderr
            last.write_bytes(good)
    seen = set()
    for count in (1, 2, 1):
        last.write_bytes(good[:40])
        done = run(name, "train", "--data-memory", 0, "--threads", count, "--seed", 5, "--out", "w.st", code=1)
        seen.add((done.stderr, digest("w.st") if "are saved to w.st" in done.stderr else ""))
        last.write_bytes(good)
    assert len(seen) == 1 and last.name in str(seen), seen
    run(name, "evaluate", "--weights", "w.st")


def middle(name):
    """A file that breaks while it trains: the state at hand is saved, and goes on to the same bits when it is mended."""
    last = sorted(Path("pictures/dog").iterdir())[-1]
    good = last.read_bytes()
    words = ["--epochs", 2000, "--out", "w.st", "--checkpoint", "state", "--data-memory", 0, "--every", "100epochs"]
    process = subprocess.Popen([f"./{name}", "train", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    assert any("Epoch 3/" in line for line in process.stdout)
    last.write_bytes(good[:30])
    _, error = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and error.count("error:") == 1, (process.returncode, error)
    assert last.name in error and re.search(r"the weights after \d+ steps are saved to w.st", error), error
    steps = int(re.search(r"after (\d+) steps", error)[1])
    last.write_bytes(good)
    epochs = steps // 7 + 2
    run(name, "train", "--resume", "state", "--epochs", epochs, "--out", "w.st")
    run(name, "train", "--epochs", epochs, "--out", "whole.st")
    assert digest("w.st") == digest("whole.st")


def interrupted(name):
    """A signal ends it after the step under way, whatever waits for what."""
    for wait in range(8):
        process = subprocess.Popen([f"./{name}", "train", "--epochs", "100000", "--data-memory", "0", "--out", "w.st",
                                    "--checkpoint", "state"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(wait / 50)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=LIMIT)
        assert process.returncode == 130, (process.returncode, error)
    run(name, "train", "--resume", "state", "--epochs", 1, "--out", "w.st")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_files(IMAGES)
        for name, text in SCRIPTS.items():
            build(name, text)
            same_bits(name)
            print(f"{name}: the same bits")
        build("predicts", PREDICT)
        printed = {run("predicts", *words).stdout for words in ([], ["--data-memory", 0])}
        assert len(printed) == 1, printed
        for name in ("dataset", "generator"):
            resumes(name)
        broken_files("generator")
        middle("generator")
        interrupted("dataset")


main()
