#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Losses that are one for a whole batch, or the mean of some of its rows, in programs: what fit and evaluate say of them, over batches of which the
last is smaller, with weights of samples and of classes, against what Keras says:

    batch_loss.py make           writes batch_loss.json, where Keras 3 is installed
    batch_loss.py check CNNC [FLAG...]     runs the same texts"""
import ast
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
EXPECTED = Path(__file__).resolve().with_suffix(".json")
SAMPLES = 50
TEXT = """\
import numpy as np
x, y, w = np.load("x.npy"), np.load("{labels}.npy"), np.load("w.npy")
model = Sequential([Input((4,)), Dense(3, activation="sigmoid", kernel_initializer="zeros")])
model.compile(keras.optimizers.SGD(2.0), {loss}, metrics=["{metric}"])
h = model.fit(x[:34], y[:34], batch_size=20, epochs=3, shuffle=False, verbose=0, {fit})
print(h.history["loss"])
print(h.history["{metric}"])
print(h.history["val_loss"])
print(model.evaluate(x, y, verbose=0, batch_size=16))
print(model.evaluate(x, y, sample_weight={weights}, verbose=0))
"""
KERAS = "import keras\nfrom keras import *\nfrom keras.layers import *\n"
PLAIN, COUNTED = "validation_data=(x[34:], y[34:])", "validation_data=(x[34:], y[34:], w[34:]), sample_weight=w[:34]"
L, SPARSE = "keras.losses.", "keras.losses.SparseCategoricalCrossentropy("
CASES = [
    (L + "Dice()", PLAIN, "None"), (L + "Tversky(alpha=0.3, beta=0.8)", PLAIN, "None"),
    (L + 'Dice(reduction="sum")', PLAIN, "None"), (L + "Dice()", COUNTED, "w"),
    (L + "Tversky(axis=(0, 1))", PLAIN + ", class_weight={0: 0.5, 2: 3.0}", "None"),
    (L + 'Dice(reduction="mean_with_sample_weight")', COUNTED, "w"), ('"tversky"', PLAIN, "w"),
    (SPARSE + "ignore_class=-1)", PLAIN, "None"), (SPARSE + "True, ignore_class=1)", COUNTED, "w"),
    (SPARSE + 'ignore_class=-1, reduction="mean_with_sample_weight")', COUNTED, "w"),
    (SPARSE + 'ignore_class=2, reduction="sum")', PLAIN, "w"),
]


def arrays():
    """Of each file its shape, type and values."""
    yield "x", (SAMPLES, 4), "f", [((7 * i + 3 * k * k + i * k) % 11) / 11 for i in range(SAMPLES) for k in range(4)]
    yield "y", (SAMPLES, 3), "f", [float((i * i + k) % 3 == 0 or (i + 2 * k) % 5 == 0)
                                   for i in range(SAMPLES) for k in range(3)]
    yield "none", (SAMPLES,), "i", [(i * i + i // 3) % 4 - 1 for i in range(SAMPLES)]
    yield "classes", (SAMPLES,), "i", [(i * i + i // 3) % 3 for i in range(SAMPLES)]
    yield "w", (SAMPLES,), "d", [((5 * i) % 7) / 4 for i in range(SAMPLES)]


def numbers(of, command):
    """All that a text prints."""
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    assert said.returncode == 0, (of, said.stdout, said.stderr)
    return [number for line in said.stdout.splitlines() for number in ast.literal_eval(line)]


def results(command, head=""):
    sys.path.append(str(EXPECTED.parents[1]))
    import programs
    for name, *array in arrays():
        programs.npy(name + ".npy", *array)
    for case in CASES:
        loss, fit, weights = case
        sparse = loss.startswith(SPARSE)
        text = TEXT.format(loss=loss, fit=fit, weights=weights, metric="accuracy" if sparse else "mse",
                           labels="y" if not sparse else "none" if "-1" in loss else "classes")
        Path("own.cnn").write_text(head + text, encoding="utf-8")
        yield case, numbers(case, [*command, "own.cnn"])


def check(cnnc, flags):
    known = json.loads(EXPECTED.read_text(encoding="utf-8"))
    for (case, seen), wanted in zip(results([cnnc, "run", *flags]), known, strict=True):
        off = max(abs(a - b) / max(1, abs(b)) for a, b in zip(seen, wanted, strict=True))
        print(f"{off:.1e} off: {', '.join(case)}")
        assert off < 1e-6, (case, seen, wanted)


def main(what, cnnc="", *flags):
    cnnc = Path(cnnc).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if what == "check":
            check(cnnc, flags)
        else:
            rows = [json.dumps(seen) for _, seen in results([sys.executable], KERAS)]
            EXPECTED.write_text("[" + ",\n".join(rows) + "]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
