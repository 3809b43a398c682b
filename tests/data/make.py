#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes what check.py needs, with numpy, scikit-learn, pandas and Keras: the files of data, and expected.json, the
loss of each script's model on its x and y. What stands in a script before `model` is run by Python itself.

    KERAS_BACKEND=tensorflow python3 make.py
"""
import gzip
import importlib.resources
import io
import json
import os
import pathlib
import pickle
import tempfile
import types

import keras
import numpy as np
import pandas as pd
import PIL.Image
import sklearn.datasets

import cifar
import weights

here = pathlib.Path(__file__).resolve().parent


def make_arrays():
    rng = np.random.RandomState(0)
    x = rng.randint(0, 256, (40, 6, 5, 3)).astype("uint8")
    np.save("x.npy", x)
    np.save("y.npy", rng.randint(0, 4, 40))
    np.save("big.npy", rng.randn(40, 7).astype(">f8"))
    np.save("short.npy", rng.randint(-3000, 3000, (40, 7)).astype("int16"))
    np.savez("plain.npz", x=x[:, :, :, 0], y=rng.randint(0, 4, (40, 1)).astype("uint8"))
    np.savez_compressed("packed.npz", features=rng.randn(40, 9).astype("float32"), targets=rng.randn(40, 2))
    np.savez("california_housing.npz", x=rng.randn(31, 8).astype("float32"), y=rng.rand(31).astype("float32"))


def make_tables():
    rng = np.random.RandomState(1)
    pixels = pd.DataFrame(rng.randint(0, 256, (30, 12)), columns=[f"pixel{i}" for i in range(12)])
    pixels.insert(0, "label", rng.randint(0, 3, 30))
    pixels.to_csv("pixels.csv", index=False)
    mixed = pd.DataFrame({"id": range(30), "a, of the first": rng.randn(30), "b": rng.randint(-500, 500, 30),
                          "name": [f'the "{i}"' for i in range(30)], "c": rng.rand(30) * 1e-5,
                          "gap": [None if i == 4 else i for i in range(30)]})
    mixed.to_csv("mixed.csv", index=False, lineterminator="\r\n")
    np.savetxt("numbers.txt", rng.randn(30, 4), header="four columns")
    np.savetxt("semicolons.csv", rng.randint(0, 9, (30, 3)), fmt="%d", delimiter=";")


def make_images():
    """Two classes of images of several sizes, forms and kinds of colour, some of them in folders within."""
    rng = np.random.RandomState(2)
    places = [("square/a.png", "L"), ("square/b.png", "RGB"), ("square/more/c.bmp", "RGB"), ("square/d.png", "RGBA"),
              ("square/E.PNG", "RGB"), ("round/a.png", "RGB"), ("round/b.png", "L"), ("round/deep/er/c.png", "RGB"),
              ("round/notes.txt", None)]
    for i, (place, mode) in enumerate(places):
        path = pathlib.Path("shapes") / place
        path.parent.mkdir(parents=True, exist_ok=True)
        size = (4 + i % 4, 7 - i % 3) + ((len(mode),) if mode and len(mode) > 1 else ())
        if mode:
            PIL.Image.fromarray(rng.randint(0, 256, size).astype("uint8"), mode).save(path)
        else:
            path.write_text("no image\n")


def make_pictures():
    """A table that names images; two of its rows name none."""
    rng = np.random.RandomState(3)
    files = ["square/b.png", "round/a.png", "round/deep/er/c.png", "round/none.png", "square/a.png", "square/E.PNG",
             "round/notes.txt", "square/more/c.bmp", "round/b.png", "square/d.png"]
    pictures = pd.DataFrame({"file": files, "kind": ["square, too", "round", "flat", "round", "square, too", "flat", "flat",
                                                     "square, too", "round", "flat"],
                             "width": rng.randint(1, 40, 10), "weight": rng.rand(10)})
    pictures.to_csv("pictures.csv", index=False)


def make_bundled():
    """Files as scikit-learn has them in its package, with other numbers."""
    rng = np.random.RandomState(4)
    rows = np.column_stack([rng.randint(1, 80, (150, 4)) / 10, np.arange(150) // 50])
    lines = [",".join(f"{v:g}" for v in row) for row in rows]
    pathlib.Path("iris.csv").write_text("\n".join(["150,4,setosa,versicolor,virginica"] + lines) + "\n")
    digits = rng.randint(0, 17, (1797, 65)) * (rng.rand(1797, 65) < 0.03)
    digits[:, 64] = np.arange(1797) % 10
    people = np.round(rng.rand(442, 10) * 100, 1)
    for name, values, form in (("digits.csv.gz", digits, ["%d", ","]), ("diabetes_data_raw.csv.gz", people, ["%g", " "]),
                               ("diabetes_target.csv.gz", rng.randint(30, 350, 442), ["%.18e", " "])):
        text = io.StringIO()
        np.savetxt(text, values, *form)
        pathlib.Path(name).write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def load_cifar(name, mode="fine"):
    """Keras's own reading of the same records in the form that it knows."""
    from keras.src.datasets.cifar import load_batch

    names, classes = cifar.FILES[name]
    halves = []
    for half in (names[:-1], names[-1:]):
        parts = []
        for file in half:
            rows = list(cifar.records(file, 3, classes))
            batch = {b"data": np.frombuffer(b"".join(p for _, p in rows), "uint8").reshape(len(rows), -1)}
            keys = [b"labels"] if name == "cifar10" else [b"coarse_labels", b"fine_labels"]
            batch.update({key: [labels[i] for labels, _ in rows] for i, key in enumerate(keys)})
            with tempfile.NamedTemporaryFile() as pickled:
                pickled.write(pickle.dumps(batch))
                pickled.flush()
                parts.append(load_batch(pickled.name, "labels" if name == "cifar10" else f"{mode}_labels"))
        x = np.concatenate([p[0] for p in parts]).transpose(0, 2, 3, 1)
        halves.append((x, np.concatenate([p[1] for p in parts]).reshape(-1, 1)))
    return tuple(halves)


def expected(path):
    text = path.read_text()
    names = {"keras": keras, "np": np}
    keras.datasets.cifar10.load_data = lambda: load_cifar("cifar10")
    keras.datasets.cifar100.load_data = lambda label_mode="fine": load_cifar("cifar100", label_mode)
    keras.src.datasets.california_housing.get_file = lambda path, **_: path
    sklearn.datasets._base.resources = types.SimpleNamespace(
        files=lambda module: pathlib.Path() if module.endswith(".data") else importlib.resources.files(module))
    exec(text[: text.index("model = ")], names)  # pylint: disable=exec-used
    if "batches" in names:  # batches
        flow = names["batches"]
        batches = [flow[i] for i in range(len(flow))] if hasattr(flow, "batch_size") else list(flow)
        names["x"], names["y"] = (np.concatenate([np.asarray(b[i]) for b in batches]) for i in range(2))
    x, y = (np.asarray(names[n], "float32").astype("float64") for n in "xy")
    x, y = x.reshape(len(x), -1), y.reshape(len(y), -1)
    out = x @ np.float32(weights.kernel(x.shape[1], y.shape[1])) + np.float32(weights.bias(y.shape[1]))
    return {"inputs": x.shape[1], "outputs": y.shape[1], "loss": float(np.mean((out - y) ** 2))}


def main():
    os.chdir(here / "files")
    make_arrays()
    make_tables()
    make_images()
    make_pictures()
    make_bundled()
    found = {path.stem: expected(path) for path in sorted(here.glob("*.py")) if path.stem.startswith("case_")}
    (here / "expected.json").write_text(json.dumps(found, indent=1) + "\n")


main()
