#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where Keras, ONNX Runtime and OpenVINO are installed: holds what `cnnc export` writes to them, on models with their cases.

    exported.py BUILD [MODEL.cnn...]     without models: tests/goldens and the forms of layers of tests/exchange; the
                                         sums of what passes are written to tests/exchange/onnx.json

Keras loads the .keras file, and its own model the .weights.h5 file; ONNX's checker finds nothing wrong with the .onnx
file, and ONNX Runtime and OpenVINO run it; LiteRT runs what TensorFlow's converter makes of the .keras file: all predict
what the case says. numpy reads the .npz file. The .keras file, imported, is
the same model. tests/exchange.py knows by the sums in onnx.json that files are what passed here."""
import collections
import hashlib
import json
import math
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
import onnx
import onnxruntime
import openvino
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "rows"), str(TESTS)]
import case
import forms

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
    off = float(np.abs(seen - wanted).max()) / allowed
    return off if math.isfinite(off) else math.inf  # no comparison sees nan


def by_keras(model, known):
    keras.backend.clear_session()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")  # it starts anew
        loaded = keras.models.load_model("net.keras")
        try:
            worst = differs(loaded.predict(known["x"], verbose=0), known)
        except ValueError as error:  # in some shapes of adaptive pools
            print(f"{model.stem}: Keras itself cannot run it: {str(error).splitlines()[0]}")
            return 0
        loaded.set_weights([np.zeros_like(w) for w in loaded.get_weights()])
        loaded.load_weights("net.weights.h5")
    return max(worst, differs(loaded.predict(known["x"], verbose=0), known))


def by_litert(known):
    """What LiteRT makes of the .keras file: the same, otherwise, or that TensorFlow's converter has not all of it.
    Keras computes the same file as the case says, so what is otherwise here is the converter's or LiteRT's."""
    keras.backend.clear_session()
    loaded, x = keras.models.load_model("net.keras", compile=False), known["x"].astype("f")
    try:
        graph = tf.function(lambda x: loaded(x, training=False)).get_concrete_function(tf.TensorSpec(x.shape, tf.float32))
        frozen = convert_variables_to_constants_v2(graph)
        made = tf.lite.TFLiteConverter.from_concrete_functions([frozen], loaded).convert()
        lite = tf.lite.Interpreter(model_content=made, num_threads=1)
        lite.allocate_tensors()
        lite.set_tensor(lite.get_input_details()[0]["index"], x)
        lite.invoke()
    except Exception:  # of several classes, not all of them public
        return "not converted"
    return "the same" if differs(lite.get_tensor(lite.get_output_details()[0]["index"]), known) <= 1 else "otherwise"


def by_openvino(known):
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model("net.onnx", "CPU", exact)
    return differs(compiled([known["x"].astype("f")])[0], known)


def check(model):
    known = tensors(model.with_suffix(".safetensors"))
    for form in "keras", "weights.h5", "npz", "onnx":
        cnnc("export", model, "-w", model.with_suffix(".safetensors"), "-o", f"net.{form}")
    worst = by_keras(model, known)
    onnx.checker.check_model(onnx.load("net.onnx"), full_check=True)
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    worst = max(worst, differs(session.run(None, {"input": known["x"]})[0], known), by_openvino(known))
    arrays = np.load("net.npz")
    assert all(np.array_equal(arrays[key[8:]], known[key]) for key in known if key.startswith("weights/"))
    cnnc("import", "net.keras", "-o", "back.cnn")
    assert graph("back.cnn") == graph(model), model
    return worst, by_litert(known)


def every():
    for model in sorted((TESTS / "goldens").glob("*.cnn")):
        yield model.stem, model
    yield from forms.models(CNNC)


def main():
    models = [(Path(name).stem, Path(name).resolve()) for name in sys.argv[2:]]
    bad, sums, by_lite = 0, {}, collections.defaultdict(list)
    onnxruntime.set_default_logger_severity(3)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, model in models or every():
            worst, lite = check(model)
            by_lite[lite].append(name)
            bad += worst > 1
            sums[name] = hashlib.sha256(Path("net.onnx").read_bytes()).hexdigest()
            print(f"{name:60} {worst:.3f} of the tolerance{'' if worst <= 1 else ': FAILED'}", flush=True)
    for how, names in by_lite.items():
        print(f"LiteRT: {how}: {len(names)}", *(names if how != "the same" else []))
    if not bad and not models:
        (TESTS / "exchange" / "onnx.json").write_text(json.dumps(sums, indent=0) + "\n")
    sys.exit(1 if bad else 0)


main()
