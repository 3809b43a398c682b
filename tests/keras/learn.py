#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do programs learn what Keras learns? Trains the same texts on the same data with the same seeds' worth of runs,
by cnnc and by Keras, and writes the test accuracies as a table.

    learn.py CNNC NAME=FOLDER... [--epochs N] [--seeds N] [--raw FILE.json] [--out docs/learning.md]
             [--only cnnc|keras] [--models MODEL.cnn...]

FOLDER has the four IDX files, plain or .gz. Every run that is made is kept in FILE.json and is not made again, so
it can be broken off and taken up. Seeds give other numbers in Keras and in cnnc; what can be compared is the mean
of the runs and how far they spread. Run by hand where Keras 3 and TensorFlow are installed."""
import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
NETS = ["mnist_convnet", "lenet5", "mlp", "normalised", "separable"]


def idx(folder, name):
    import numpy as np

    plain = Path(folder, name)
    data = plain.read_bytes() if plain.exists() else gzip.open(f"{plain}.gz").read()
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, "uint8", offset=4 + 4 * rank).reshape(shape)


def by_cnnc(cnnc, model, folder, seed, epochs):
    with tempfile.TemporaryDirectory() as made:
        weights = os.path.join(made, "weights")
        subprocess.run([cnnc, "run", model, "train", "--data", folder, "--epochs", str(epochs), "--seed", str(seed),
                        "--out", weights], check=True, capture_output=True)
        text = subprocess.run([cnnc, "run", model, "evaluate", "--data", folder, "--weights", weights], check=True,
                              capture_output=True, text=True).stdout
    return float(re.search(r"accuracy: ([0-9.]+)", text).group(1))


def by_keras(model, folder, seed, epochs):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    names = {"keras": keras, "layers": keras.layers, "Sequential": keras.Sequential, "print": lambda *_: None}
    names |= {name: getattr(keras.layers, name) for name in dir(keras.layers) if name[0].isupper()}
    text = model.read_text()
    one_hot = '"categorical_crossentropy"' in text
    for part, file in ("train", "train"), ("test", "t10k"):
        names[f"x_{part}"] = idx(folder, f"{file}-images-idx3-ubyte")[..., None].astype("float32") / 255
        label = idx(folder, f"{file}-labels-idx1-ubyte")
        names[f"y_{part}"] = keras.utils.to_categorical(label, 10) if one_hot else label.astype("int32")
    text = re.sub(r"epochs *= *\d+(?=\))|(?<=epochs=)\w+", f"{epochs}", text).replace("model.summary()", "")
    exec(compile(re.sub(r"\.fit\((.*)\)", r".fit(\1, verbose=0)", text), str(model), "exec"), names)
    return float(names["score"][1])


def table(raw, data, nets, epochs):
    rows = ["| model | data | cnnc: mean (least to most) | Keras: mean (least to most) | difference |",
            "|---|---|---|---|---|"]
    for net in nets:
        for name in data:
            cells, means = [], []
            for side in "cnnc", "keras":
                runs = [v for k, v in sorted(raw.items()) if k.startswith(f"{side}/{net}/{name}/{epochs}/")]
                means.append(statistics.mean(runs) if runs else None)
                cells.append(f"{means[-1]:.4f} ({min(runs):.4f} to {max(runs):.4f})" if runs else "not run")
            gap = f"{means[0] - means[1]:+.4f}" if None not in means else ""
            rows.append(f"| {net} | {name} | {cells[0]} | {cells[1]} | {gap} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cnnc", type=Path)
    parser.add_argument("data", nargs="+", help="NAME=FOLDER")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--raw", type=Path, default=Path("learning.json"))
    parser.add_argument("--out", type=Path, help="text whose table is written anew")
    parser.add_argument("--only", choices=["cnnc", "keras"])
    given = parser.parse_args()
    data = dict(one.split("=", 1) for one in given.data)
    raw = json.loads(given.raw.read_text()) if given.raw.exists() else {}
    for seed in range(given.seeds):
        for net in NETS:
            model = ROOT / "models" / f"{net}.cnn"
            for name, folder in data.items():
                for side in "cnnc", "keras":
                    key = f"{side}/{net}/{name}/{given.epochs}/{seed}"
                    if key in raw or given.only not in (None, side):
                        continue
                    raw[key] = (by_cnnc(given.cnnc.resolve(), model, folder, seed, given.epochs) if side == "cnnc"
                                else by_keras(model, folder, seed, given.epochs))
                    print(key, raw[key], flush=True)
                    given.raw.write_text(json.dumps(raw, indent=1))
    text = table(raw, data, NETS, given.epochs)
    print(text)
    if given.out:
        old = given.out.read_text()
        given.out.write_text(re.sub(r"\| model \|(.|\n)*?\n(?=\n|\Z)", lambda _: text + "\n", old, count=1))


main()
