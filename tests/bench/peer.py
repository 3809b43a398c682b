#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures one of those that run a .cnn file as well (peers.py): its text is Keras's own, so Keras makes the model
as it stands, and the others get it from Keras, with its weights. What a peer predicts of a batch is held to Keras
before anything is timed. Prints one JSON object as the last line.
    peer.py MODEL.cnn PEER BATCH THREADS SECONDS [--case CASE.safetensors]
--case writes the batch, the weights and Keras's answer, for the program's own `verify`.
Exit codes: 77 the peer is not installed, 78 it does not know the model, 79 its answer is another one."""
import ast
import importlib.util
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import peers

BATCHES, SEED, NEAR = 40, 1, 1e-4  # an answer may be off by so much of the largest
BUILDS = ("add", "compile")  # methods of a model that make it; the others run it


def is_there(name):
    return importlib.util.find_spec(name) is not None


def runs(statement):
    """Whether a statement of the file trains, evaluates or prints: that is measured here instead."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        return value.func.id == "print"
    of_model = isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Name)
    return of_model and value.func.value.id == "model" and value.func.attr not in BUILDS


def load(path):
    names = {}
    exec("import keras\nfrom keras import *\nfrom keras.layers import *", names)
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    tree.body = [statement for statement in tree.body if not runs(statement)]
    exec(compile(tree, path, "exec"), names)
    return names["model"]


def random_data(model, n):
    import numpy as np
    random = np.random.default_rng(0)
    x = random.random((n, *model.input_shape[1:]), dtype=np.float32)
    shape, loss = model.output_shape[1:], getattr(model, "loss", None)
    loss = getattr(loss, "name", loss) or ""
    if "sparse" in loss:
        return x, random.integers(0, shape[-1], (n, *shape[:-1]))
    if "categorical" in loss:
        return x, np.eye(shape[-1], dtype=np.float32)[random.integers(0, shape[-1], (n, *shape[:-1]))]
    return x, random.random((n, *shape), dtype=np.float32).round()


def write_case(path, model, x, answer):
    """The batch, the weights and what Keras predicts, as PROGRAM verify takes them."""
    sys.path.append(str(Path(__file__).resolve().parents[1] / "rows"))
    import case
    tensors = {"x": case.floats(x.shape, x.ravel())}
    for weight in model.weights:
        if "seed_generator" not in weight.path:
            value = weight.numpy()
            tensors["weights/" + "/".join(weight.path.split("/")[-2:])] = case.floats(value.shape, value.ravel())
    tensors["predict"] = case.floats(answer.shape, answer.ravel())
    case.write(Path(path), tensors)


def most_megabytes():
    with open("/proc/self/status", encoding="ascii") as status:
        return next((int(line.split()[1]) / 1024 for line in status if "VmHWM" in line), None)


def measured(peer, model, x, y, batch, seconds):
    result = {}
    for key, n in (("infer1_us", 1), ("infer_batch_us_sample", batch)):
        best, median = peers.times(peer.run(x[:n]), seconds)
        result[key + "_best"], result[key + "_median"] = best / n, median / n
    if hasattr(peer, "train") and model.compiled:
        result |= peer.train(x, y, batch, seconds)
    return result


def main():
    path, name, batch, threads, seconds = *sys.argv[1:3], *map(int, sys.argv[3:6])
    kind = peers.PEERS[name]
    if kind is peers.Torch:  # two frameworks in a process get in each other's way
        os.environ["KERAS_BACKEND"] = "torch"
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    backend = os.environ["KERAS_BACKEND"]
    if not all(map(is_there, ("keras", backend, *kind.modules))):
        sys.exit(77)
    if backend == "tensorflow":  # threads that compute; those that feed them stay as they are
        import tensorflow as tf
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    import keras
    import numpy as np
    keras.utils.set_random_seed(SEED)
    model = load(path)
    x, y = random_data(model, max(BATCHES * batch, 128))
    expected = model.predict(x[:batch], batch_size=batch, verbose=0)
    if "--case" in sys.argv:
        write_case(sys.argv[sys.argv.index("--case") + 1], model, x[:batch], expected)
    try:
        peer = kind(model, threads)
        off = np.abs(peer.answer(x[:batch]) - expected).max()
        if not off <= NEAR * max(1, np.abs(expected).max()):
            print(f"peer.py: {name} predicts what is off by {off:.2g}", file=sys.stderr)
            sys.exit(79)
        result = measured(peer, model, x, y, batch, seconds)
    except peers.Untranslated as error:
        print(f"peer.py: {name} is not told of {error}", file=sys.stderr)
        sys.exit(78)
    versions = {"Keras": keras.__version__, backend: __import__(backend).__version__}
    if kind is not peers.Keras:
        versions[name] = __import__(kind.modules[0]).__version__
    print(json.dumps({"versions": versions, "batch": batch, "threads": threads, "off": float(off)} | result |
                     {"max_rss_mb": most_megabytes()}))


main()
