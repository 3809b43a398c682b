#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`cnnc summary --style=rich` against what Keras prints of the same texts, in terminals of several widths:

    summaries.py make           writes summaries.txt, where Keras 3 is installed
    summaries.py check CNNC     runs the same texts"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
EXPECTED = Path(__file__).resolve().with_suffix(".txt")
GOLDENS = EXPECTED.parents[1] / "goldens"
WIDTHS = [80, 61, 200]
LONG = """model = keras.Sequential([
    keras.Input((512, 512, 3)), layers.Conv2D(64, 3, padding="same", name="a_name_that_is_longer_than_its_column_is_wide"),
    layers.BatchNormalization(name="normal"), layers.GlobalAveragePooling2D(),
    layers.Dense(20000, name="x" * 31), layers.Dense(200, name="y" * 24), layers.Dense(1000)], name="[bold]long")
"""
SMALL = "model = keras.Sequential([keras.Input((3,)), layers.ReLU()])\n"
NAMES = ["mnist_convnet", "nested", "norms"]


def texts():
    for name in NAMES:
        path = GOLDENS / f"{name}.cnn"
        if path.exists():
            yield name, path.read_text(encoding="utf-8").partition("model.compile")[0]
    yield "long", LONG
    yield "small", SMALL


def by_keras(text, width):
    import keras
    keras.backend.clear_session()
    os.environ["COLUMNS"] = str(width)
    names = {"keras": keras, "layers": keras.layers}
    for place in keras, keras.layers:
        names |= {name: getattr(place, name) for name in dir(place) if name[0].isupper()}
    exec(compile(text, "model", "exec"), names)
    said = []
    names["model"].summary(print_fn=said.append)
    return "".join(said)


def by_cnnc(cnnc, text, width):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.cnn").write_text(text, encoding="utf-8")
        done = subprocess.run([cnnc, "summary", "--style=rich", "model.cnn"], cwd=folder, capture_output=True,
                              text=True, check=True, env=os.environ | {"COLUMNS": str(width)})
        return done.stdout


def all_of(summary):
    return "".join(f"=== {name} in {width}\n" + "".join(line.rstrip() + "\n" for line in summary(text, width).splitlines())
                   for name, text in texts() for width in WIDTHS)


def main():
    if sys.argv[1] == "make":
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        EXPECTED.write_text(all_of(by_keras), encoding="utf-8")
        return 0
    cnnc = os.path.abspath(sys.argv[2])
    seen, true = (text.split("=== ") for text in (all_of(lambda text, width: by_cnnc(cnnc, text, width)),
                                                 EXPECTED.read_text(encoding="utf-8")))
    wrong = [f"not\n=== {b}but\n=== {a}" for a, b in zip(seen, true, strict=True) if a != b]
    print("\n".join(wrong) or "as Keras")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
