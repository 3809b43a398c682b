#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a program predicts: whatever the form an image comes in, it is the network's answer to the same bytes, which
is computed here a second time; what was done to an image is said; what does not fit is refused.
    predict.py CNNC MAKE_DIGITS IMAGES"""
import csv
import gzip
import io
import json
import math
import os
import pty
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import programs
from programs import LIMIT, npy, run

sys.path.append(str(Path(__file__).parent / "rows"))
import case

cnnc, digits, images = (Path(word).resolve() for word in sys.argv[1:4])
SIDE, TRAINED, TESTS = 28, 300, 20
DIGITS = "zero one two three four five six seven eight nine".split()
MODEL = """\
{names}
model = Sequential([Input({shape}), Flatten(), Dense(10{activation})])
model.compile("adam", keras.losses.{loss})
model.fit({x}, y_train, batch_size=32, epochs=2, verbose=0)
"""
ENTROPY = "SparseCategoricalCrossentropy()"


def build(name, shape="(28, 28, 1)", loss=ENTROPY, activation=', activation="softmax"', names=DIGITS, x="x_train"):
    names = f"class_names = {json.dumps(names)}" if names else ""
    programs.build(cnnc, name, MODEL.format(**locals()))


def predict(*words, name="net", weights="w.st", **more):
    return run(name, "predict", "--weights", weights, *words, **more)


def answers(*words, **more):
    return json.loads(predict("--json", *words, **more))


def tensors(path):
    return {key: values for key, (_, _, values) in case.read(Path(path)).items()}


def expected(pixels, weights="w.st"):
    """The network, written a second time: a softmax of one dense layer."""
    w = tensors(weights)
    z = [b + sum(p / 255 * w["dense/kernel"][10 * i + c] for i, p in enumerate(pixels))
         for c, b in enumerate(w["dense/bias"])]
    e = [math.exp(v - max(z)) for v in z]
    return [v / sum(e) for v in e]


def close(seen, wanted, tolerance=1e-5):
    assert len(seen) == len(wanted) and all(abs(a - b) < tolerance for a, b in zip(seen, wanted)), (seen, wanted)


def png(path, pixels, width, height, channels=1):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    row = width * channels
    lines = b"".join(b"\0" + bytes(pixels[y * row:(y + 1) * row]) for y in range(height))
    colour = {1: 0, 3: 2, 4: 6}[channels]
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
                           + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def pgm(path, pixels, width=SIDE, height=SIDE):
    Path(path).write_bytes(b"P5 %d %d 255\n" % (width, height) + bytes(pixels))


def test_samples():
    data = Path("data/t10k-images-idx3-ubyte").read_bytes()[16:]
    return [data[i * 784:(i + 1) * 784] for i in range(TESTS)]


def test_forms(samples):
    """One image in all forms has one answer."""
    pixels = samples[7]
    wanted = expected(pixels)
    Path("t10k.gz").write_bytes(gzip.compress(Path("data/t10k-images-idx3-ubyte").read_bytes()))
    pgm("it.pgm", pixels)
    forms = ["data/t10k-images-idx3-ubyte:7", "t10k.gz:7", "it.pgm"]
    if HAS_PNG:
        png("it.png", pixels, SIDE, SIDE)
        png("rgb.png", [v for p in pixels for v in (p, p, p)], SIDE, SIDE, 3)
        forms += ["it.png", "rgb.png"]
    seen = answers(*forms)
    assert [row["input"] for row in seen] == forms
    for row in seen:
        close(row["output"], wanted)
        assert row["done"] == ("made grey" if row["input"] == "rgb.png" else ""), row
        best = sorted(range(10), key=lambda c: -row["output"][c])
        assert [t["class"] for t in row["top"]] == best[:3] and row["top"][0]["name"] == DIGITS[best[0]]
    every = answers("data/t10k-images-idx3-ubyte")
    assert len(every) == TESTS
    for row, sample in zip(every, samples):
        close(row["output"], expected(sample))
    seen = predict("--top", 2, "it.pgm")
    name, _, rest = seen.partition(": ")
    assert name == "it.pgm" and rest.count("%") == 2 and rest.startswith(DIGITS[wanted.index(max(wanted))]), seen


def test_sizes(samples):
    """Each pixel four times is resized to what it was; --exact has none of it."""
    pixels = samples[3]
    large = [pixels[y // 2 * SIDE + x // 3] for y in range(2 * SIDE) for x in range(3 * SIDE)]
    pgm("large.pgm", large, 3 * SIDE, 2 * SIDE)
    row, = answers("large.pgm")
    close(row["output"], expected(pixels))
    assert row["done"] == "resized from 84 x 56 to 28 x 28", row
    predict("--exact", "large.pgm", code=1, says=["84 x 56 pixels", "28 x 28"])
    predict("large.pgm", says=["large.pgm: ", "\n  resized from 84 x 56 to 28 x 28\n"])


def test_background(samples):
    """Dark on light is inverted, as the training data are light on dark; the paper becomes black."""
    clear = [p if p > 100 else 0 for p in samples[5]]
    pgm("clear.pgm", clear)
    pgm("paper.pgm", [255 - p for p in clear])
    most = max(clear)
    pgm("dim.pgm", [180 - p * 150 // most for p in clear])
    plain, paper, dim = answers("clear.pgm", "paper.pgm", "dim.pgm")
    assert plain["done"] == "" and "inverted, as its background is light (255) and in training it was dark" in paper["done"]
    close(plain["output"], expected(clear))
    close(paper["output"], expected([p * 255 // most for p in clear]))
    assert "light (180)" in dim["done"]
    close(dim["output"], expected([255 * (p * 150 // most) // 150 for p in clear]))
    as_it_is, = answers("--invert", "no", "paper.pgm")
    close(as_it_is["output"], expected([255 - p for p in clear]))
    assert as_it_is["done"] == ""
    forced, = answers("--invert=yes", "clear.pgm")
    close(forced["output"], expected([255 - p * 255 // most for p in clear]), 0.02)
    assert forced["done"] == "inverted", forced
    # Of weights that do not say what they were trained on nothing is known.
    data = Path("w.st").read_bytes()
    assert data.count(b'"background":"dark"') == 1
    Path("silent.st").write_bytes(data.replace(b'"background":"dark"', b'"backgrounb":"dark"'))
    row, = answers("paper.pgm", weights="silent.st")
    close(row["output"], as_it_is["output"])
    predict("--invert", "maybe", "paper.pgm", code=2, says=["auto, yes or no"])


def test_folder(samples):
    for name, sample in (("b/x.pgm", 1), ("a.pgm", 2), ("c.pgm", 3)):
        Path("many", name).parent.mkdir(parents=True, exist_ok=True)
        pgm(Path("many", name), samples[sample])
    Path("many/readme.txt").write_text("no image", encoding="utf-8")
    Path("many/.hidden").write_bytes(Path("many/a.pgm").read_bytes())
    rows = list(csv.DictReader(io.StringIO(predict("--csv", "many", "it.pgm"))))
    assert [row["input"] for row in rows] == ["many/a.pgm", "many/b/x.pgm", "many/c.pgm", "it.pgm"], rows
    for row, sample in zip(rows, (2, 1, 3, 7)):
        wanted = expected(samples[sample])
        close([float(row[f"output_{c}"]) for c in range(10)], wanted)
        assert row["name"] == DIGITS[int(row["class"])]
        close([float(row["probability"])], [max(wanted)])
    os.mkdir("none")
    assert answers("none") == []
    pgm('odd, "name".pgm', samples[0])
    rows = list(csv.reader(io.StringIO(predict("--csv", 'odd, "name".pgm'))))
    assert rows[1][0] == 'odd, "name".pgm' and len(rows[0]) == len(rows[1]) == 14, rows


def test_jpeg():
    seen = answers(images / "turned_big.jpg", images / "sub.jpg")
    assert seen[0]["done"].startswith("turned upright, made grey, resized from 5 x 7 to 28 x 28"), seen
    assert seen[1]["done"].startswith("made grey, resized from 7 x 5 to 28 x 28"), seen


def test_refused(samples):
    Path("text.txt").write_text("hello", encoding="utf-8")
    Path("cut.pgm").write_bytes(Path("it.pgm").read_bytes()[:300])
    for words, says in ((["nowhere.png"], "nowhere.png"), (["nowhere:3"], "nowhere:3"),
                        (["data/t10k-images-idx3-ubyte:20"], "20 samples, 0 to 19"),
                        (["data/t10k-labels-idx1-ubyte:1"], "has 20 rows of (), but a row of the training's data is (28, 28, 1)"),
                        (["it.pgm:1"], "a place is for rows of IDX, NPY and CSV files"), (["cut.pgm"], "cut.pgm"), (["/dev/null"], "/dev/null"),
                        (["text.txt"], "expected PNG, JPEG, BMP, PGM or PPM")):
        predict(*words, code=1, says=[says])
    predict("it.pgm", weights="it.pgm", code=1, says=["it.pgm"])
    done = subprocess.run(["./net", "predict", "--weights", "w.st", "--json", "it.pgm", "nowhere.png"], check=False,
                          capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 1 and len(json.loads(done.stdout)) == 1, done  # what was answered is whole


def test_models(samples):
    """Flat inputs, logits, numbers, other steps of the data, inputs that are no image."""
    build("flat", "(784,)")
    run("flat", "train", "--out", "flat.st")
    row, = answers("it.pgm", name="flat", weights="flat.st")
    close(row["output"], expected(samples[7], "flat.st"))
    build("logits", loss="SparseCategoricalCrossentropy(from_logits=True)", activation="")
    row, = answers("it.pgm", name="logits")  # the weights of a network of the same shape
    wanted = expected(samples[7])
    close(sorted((t["probability"] for t in row["top"]), reverse=True), sorted(wanted, reverse=True)[:3])
    # Its outputs are no probabilities.
    programs.build(cnnc, "bare", "model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10)])")
    row, = answers("it.pgm", name="bare")
    assert [t["value"] for t in row["top"]] == sorted(row["output"], reverse=True)[:3]
    assert "%" not in predict("it.pgm", name="bare")
    assert ",," in predict("--csv", "it.pgm", name="bare").splitlines()[1]
    build("number", loss="MeanSquaredError()", activation="", names=[])
    assert predict("it.pgm", name="number").count(",") == 8
    assert "top" not in answers("it.pgm", name="number")[0]
    assert predict("--csv", "it.pgm", name="number").startswith("input,output_0,")


def test_npy(samples):
    flat = [v for i in (1, 2, 3) for v in samples[i]]
    npy("three.npy", (3, 28, 28), "B", flat)
    npy("one.npy", (28, 28, 1), "B", samples[4])
    npy("whole.npy", (3, 28, 28, 1), "f", flat)
    npy("wide.npy", (2, 7, 9), "B", flat[:126])
    rows = answers("three.npy", "three.npy:2", "one.npy", "whole.npy", "wide.npy")
    assert [row["input"] for row in rows] == ["three.npy:0", "three.npy:1", "three.npy:2", "three.npy:2", "one.npy:0",
                                              "whole.npy:0", "whole.npy:1", "whole.npy:2", "wide.npy:0", "wide.npy:1"]
    for row, sample in zip(rows, (1, 2, 3, 3, 4, 1, 2, 3)):
        close(row["output"], expected(samples[sample]))
    assert rows[8]["done"].startswith("resized from 9 x 7 to 28 x 28"), rows[8]
    npy("half.npy", (28, 28), "f", [v / 255 for v in samples[4]])
    predict("half.npy", code=1, says=["half.npy:0: value ", "is no uint8"])
    npy("flat.npy", (2, 13), "f", [0.0] * 26)
    predict("flat.npy", code=1, says=["has 2 rows of (13,), but a row of the training's data is (28, 28, 1)"])


MNIST = "(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()"
FILES = "\n".join(f'{name} = np.load("{name}.npy")' for name in ("x_train", "y_train", "x_test", "y_test"))
STEPS = """\
import numpy as np
{data}
{steps}
model = Sequential([Input({shape}), Flatten(), Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=2, verbose=0)
print(model.evaluate(x_test, y_test))
"""
SCALED = 'x_train = (x_train.astype("float32") - 127.5) / 127.5\nx_test = (x_test.astype("float32") - 127.5) / 127.5'
CENTRED = """mean = np.mean(x_train, axis=0)
deviation = np.std(x_train)
x_train = (x_train - mean) / deviation
x_test = (x_test - mean) / deviation"""
TURNED = """x_train = 1 - np.expand_dims(x_train.astype("float32") / 255, -1)
x_test = 1 - np.expand_dims(x_test.astype("float32") / 255, -1)"""


def test_steps(samples):
    """Samples take the steps that the script's data take, those over all rows of the training's too: what evaluate
    counts on the test data is what predict says of them one by one."""
    right = list(Path("data/t10k-labels-idx1-ubyte").read_bytes()[8:])
    for half, n, part in (("train", TRAINED, "train"), ("t10k", TESTS, "test")):
        npy(f"x_{part}.npy", (n, 28, 28), "B", Path(f"data/{half}-images-idx3-ubyte").read_bytes()[16:])
        npy(f"y_{part}.npy", (n,), "B", Path(f"data/{half}-labels-idx1-ubyte").read_bytes()[8:])
    for name, data, steps, shape in (("scaled", MNIST, SCALED, "(28, 28)"), ("centred", FILES, CENTRED, "(28, 28)"),
                                     ("turned", MNIST, TURNED, "(28, 28, 1)"), ("files", FILES, SCALED, "(28, 28)")):
        where = ("--data", ".") if data is FILES else ()
        programs.build(cnnc, name, STEPS.format(data=data, steps=steps, shape=shape), *where)
        run(name, "train", "--out", name + ".st", *where)
        seen = json.loads(run(name, "evaluate", "--json", "--weights", name + ".st", *where))
        rows = answers("data/t10k-images-idx3-ubyte", "it.pgm", *where, name=name, weights=name + ".st")
        matrix = [[0] * 10 for _ in range(10)]
        for row, label in zip(rows, right):
            matrix[label][row["top"][0]["class"]] += 1
        assert seen["confusion"] == matrix, (name, seen["confusion"], matrix)
        close(rows[-1]["output"], rows[7]["output"])
        if name != "centred":
            dense = tensors(name + ".st")
            x = [1 - p / 255 if name == "turned" else (p - 127.5) / 127.5 for p in samples[7]]
            z = [b + sum(v * dense["dense/kernel"][10 * i + c] for i, v in enumerate(x))
                 for c, b in enumerate(dense["dense/bias"])]
            e = [math.exp(v - max(z)) for v in z]
            close(rows[7]["output"], [v / sum(e) for v in e])


def test_real_images(samples):
    """Bytes are not what a model was trained with whose images are of another scale."""
    npy("x_train.npy", (TRAINED, 28, 28), "f", [v / 255 for v in Path("data/train-images-idx3-ubyte").read_bytes()[16:]])
    programs.build(cnnc, "real", STEPS.format(data=FILES, steps="", shape="(28, 28)"), "--data", ".")
    npy("real.npy", (28, 28), "f", [v / 255 for v in samples[4]])
    row, = answers("real.npy", "--data", ".", name="real")
    close(row["output"], expected(samples[4]))
    predict("it.pgm", "--data", ".", name="real", code=1,
            says=["it.pgm: is an image, whose values are bytes, but the training's data are float32"])


def test_images_of_folders():
    """A model that was trained with a folder's images takes images as those were read, not as bytes over 255."""
    for i in range(24):
        place = Path("pictures", "ab"[i % 2])
        place.mkdir(parents=True, exist_ok=True)
        pixels = [(k * (7 + i) + 40 * (i % 2) + i * i) % 256 for k in range(9 * 8 * 3)]
        png(place / f"{i:02}.png", pixels, 9, 8, 3)
    programs.build(cnnc, "shapes", """\
batches = keras.utils.image_dataset_from_directory("pictures", image_size=(6, 5), batch_size=4, shuffle=False)
batches = batches.map(lambda x, y: (x / 127.5 - 1, y))
model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(batches, epochs=3, verbose=0)
model.evaluate(batches)
""", "--data", ".")
    run("shapes", "train", "--data", ".", "--out", "shapes.st")
    seen = json.loads(run("shapes", "evaluate", "--json", "--weights", "shapes.st", "--data", "."))
    matrix = [[0, 0], [0, 0]]
    rows = answers("pictures", "--data", ".", name="shapes", weights="shapes.st")
    assert len(rows) == 24
    for row in rows:
        matrix["ab".index(Path(row["input"]).parent.name)][row["top"][0]["class"]] += 1
        assert row["done"] == "resized from 9 x 8 to 5 x 6", row
    assert seen["confusion"] == matrix, (seen["confusion"], matrix)
    shares = {round(t["probability"], 4) for row in rows for t in row["top"]}
    assert all(round(m["probability"], 4) in shares for m in seen["mistakes"]), seen


def test_numbers():
    """A table of numbers, and steps with means of it."""
    n, width = 40, 5
    values = [((i * 37) % 101) / 7 - 3 for i in range(n * width)]
    npy("x.npy", (n, width), "d", values)
    npy("y.npy", (n,), "d", [sum(values[i * width:(i + 1) * width]) for i in range(n)])
    programs.build(cnnc, "table", """\
import numpy as np
x = np.load("x.npy")
y = np.load("y.npy")
x = (x - x.mean(axis=0)) / x.std(axis=0)
model = Sequential([Input((5,)), Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
print(model.evaluate(x, y))
""", "--data", ".")
    run("table", "train", "--out", "table.st", "--data", ".")
    rows = answers("x.npy", "--data", ".", name="table", weights="table.st")
    w = tensors("table.st")
    kernel, bias = w["dense/kernel"], w["dense/bias"]
    columns = [values[k::width] for k in range(width)]
    means = [sum(c) / n for c in columns]
    deviations = [(sum((v - m) ** 2 for v in c) / n) ** 0.5 for c, m in zip(columns, means)]
    for i, row in enumerate(rows):
        x = [(values[i * width + k] - means[k]) / deviations[k] for k in range(width)]
        close(row["output"], [bias[0] + sum(a * b for a, b in zip(x, kernel))], 1e-4)
    pgm("some.pgm", [0] * 784)
    predict("some.pgm", "--data", ".", name="table", weights="table.st", code=1, says=["has 1 columns, but a row of the training's data has 5 values"])
    test_many(width)
    test_table(values, width, kernel, bias, means, deviations)


def test_many(width):
    """What the machine lets a program have is asked once, not for each row: it takes many times what a row does."""
    n, most = 8000, 0.4
    npy("many.npy", (n, width), "d", [0.5] * (n * width))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_stime
    rows = predict("--csv", "many.npy", "--data", ".", name="table", weights="table.st").splitlines()
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_stime - before
    assert len(rows) == n + 1 and seconds < most, (len(rows), seconds)


def test_table(values, width, kernel, bias, means, deviations):
    """The same numbers as text, with names and without; of a table with more columns those that the script takes."""
    rows = [values[i:i + width] for i in range(0, len(values), width)]

    def check(name, *words, every=rows):
        seen = answers(*words, "--data", ".", name=name, weights=name + ".st")
        assert len(seen) == len(every), seen
        for row, value in zip(seen, every):
            x = [(v - m) / d for v, m, d in zip(value, means, deviations)]
            close(row["output"], [bias[0] + sum(a * b for a, b in zip(x, kernel))], 1e-4)

    plain = "\n".join(",".join(map(repr, row)) for row in rows) + "\n"
    Path("plain.csv").write_text(plain, encoding="utf-8")
    Path("named.csv").write_text("a,b,c,d,e\n" + plain, encoding="utf-8")
    Path("tabs.tsv").write_text(plain.replace(",", "\t"), encoding="utf-8")
    for name in ("plain.csv", "named.csv", "tabs.tsv"):
        check("table", name)
    check("table", "named.csv:3", every=rows[3:4])
    Path("narrow.csv").write_text("1,2\n", encoding="utf-8")
    Path("gap.csv").write_text("1,2,3,4,5\n1,2,,4,5\n", encoding="utf-8")
    for name, says in (("narrow.csv", "has 2 columns"), ("gap.csv", "gap.csv"), ("plain.csv:40", "40 rows, 0 to 39")):
        predict(name, "--data", ".", name="table", weights="table.st", code=1, says=[says])
    text = "\n".join(f"{i},{','.join(map(repr, row))},{sum(row)!r}" for i, row in enumerate(rows))
    Path("all.csv").write_text("id,a,b,c,d,e,y\n" + text + "\n", encoding="utf-8")
    programs.build(cnnc, "frame", """\
import pandas as pd
table = pd.read_csv("all.csv")
y = table["y"].values
x = table[["a", "b", "c", "d", "e"]].values
x = (x - x.mean(axis=0)) / x.std(axis=0)
model = Sequential([Input((5,)), Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
""", "--data", ".")
    Path("frame.st").write_bytes(Path("table.st").read_bytes())
    check("frame", "all.csv")
    check("frame", "named.csv")
    run("frame", "evaluate", "--weights", "frame.st", "--data", ".", code=1,
        says=["frame.cnn has no evaluate(x, y): its tests are not known"])
    test_drawn()


def test_drawn():
    """Rows that are drawn by class for the training: one row needs neither the data nor their labels."""
    rows = "".join(f"{i % 7},{i % 5},{i % 2}\n" for i in range(20))
    Path("drawn.csv").write_text("a,b,y\n" + rows, encoding="utf-8")
    Path("drawn.cnn").write_text("""\
import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("drawn.csv")
x, x_test, y, y_test = train_test_split(table[["a", "b"]].values, table["y"].values, test_size=6, random_state=1,
                                        stratify=table["y"].values)
model = Sequential([Input((2,)), Dense(1)])
model.compile("adam", "mse")
model.fit(x / 2, y, epochs=1, verbose=0)
""", encoding="utf-8")
    subprocess.run([cnnc, "build", "drawn.cnn", "--data", "."], check=True, capture_output=True)
    run("drawn", "train", "--out", "drawn.st", "--data", ".")
    Path("drawn.csv").unlink()
    Path("one.csv").write_text("a,b\n3,4\n", encoding="utf-8")
    w = tensors("drawn.st")
    seen = answers("one.csv", name="drawn", weights="drawn.st")[0]["output"]
    close(seen, [w["dense/bias"][0] + 1.5 * w["dense/kernel"][0] + 2 * w["dense/kernel"][1]])


def test_terminal():
    """On a terminal the image is drawn, within 80 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(["./net", "predict", "--weights", "w.st", "it.pgm"], stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:
            break
        seen += part
    lines = seen.decode().replace("\r", "").splitlines()
    assert process.wait(LIMIT) == 0 and len(lines) == 15 and lines[14].startswith("it.pgm: "), seen
    assert max(map(len, lines)) < 80 and any("@" in line or "%" in line for line in lines[:14]), seen


def main():
    global HAS_PNG
    with programs.folder(digits, TRAINED, TESTS):
        build("net")
        run("net", "train", "--out", "w.st")
        has = run("net", "--licenses")
        HAS_PNG = "libpng" in has
        samples = test_samples()
        test_forms(samples)
        test_sizes(samples)
        test_background(samples)
        test_folder(samples)
        if "libjpeg" in has:
            test_jpeg()
        test_refused(samples)
        test_models(samples)
        test_npy(samples)
        test_steps(samples)
        test_real_images(samples)
        if HAS_PNG:
            test_images_of_folders()
        test_numbers()
        test_terminal()


if __name__ == "__main__":
    main()
