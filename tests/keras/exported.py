#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where Keras is installed: holds what `cnnc export` writes to it, on models with their cases.

    exported.py BUILD [MODEL.cnn...]     without models: tests/goldens

Keras loads the .keras file, and its own model the .weights.h5 file; both predict what the case says. numpy reads the
.npz file. The .keras file, imported, is the same model."""
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "rows"))
import case

TESTS = Path(__file__).resolve().parents[1]
CNNC = Path(sys.argv[1]).resolve() / "compiler" / "cnnc"


def cnnc(*words):
    return subprocess.run([CNNC, *words], check=True, capture_output=True, text=True).stdout


def tensors(path):
    return {key: np.array(values, "f").reshape(shape) for key, (_, shape, values) in case.read(path).items()}


def graph(path):
    text = re.sub(r"  @.*|seed=\d+", "", cnnc("check", "--dump=graph", path))
    return [line for line in text.splitlines() if re.match(r"input|loss|optimizer|metric|\S+ [A-Z]| {4}", line)]


def differs(seen, known):
    """How far from the case's, in tolerances of `verify`."""
    wanted, slack = known["predict"], known.get("slack/predict", np.zeros(1))
    allowed = max(1e-5 * max(1e-6, np.abs(wanted).max()), 3 * float(slack.max()))
    return float(np.abs(seen - wanted).max()) / allowed


def check(model):
    known = tensors(model.with_suffix(".safetensors"))
    for form in "keras", "weights.h5", "npz":
        cnnc("export", model, "-w", model.with_suffix(".safetensors"), "-o", f"net.{form}")
    keras.backend.clear_session()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")  # it starts anew
        loaded = keras.models.load_model("net.keras")
        worst = differs(loaded.predict(known["x"], verbose=0), known)
        loaded.set_weights([np.zeros_like(w) for w in loaded.get_weights()])
        loaded.load_weights("net.weights.h5")
    worst = max(worst, differs(loaded.predict(known["x"], verbose=0), known))
    arrays = np.load("net.npz")
    assert all(np.array_equal(arrays[key[8:]], known[key]) for key in known if key.startswith("weights/"))
    cnnc("import", "net.keras", "-o", "back.cnn")
    assert graph("back.cnn") == graph(model), model
    return worst


def main():
    models = [Path(name).resolve() for name in sys.argv[2:]] or sorted((TESTS / "goldens").glob("*.cnn"))
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for model in models:
            worst = check(model)
            bad += worst > 1
            print(f"{model.stem:28} {worst:.3f} of the tolerance{'' if worst <= 1 else ': FAILED'}", flush=True)
    sys.exit(1 if bad else 0)


main()
