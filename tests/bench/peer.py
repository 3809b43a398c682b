#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What else runs a .cnn file: its text is Keras's own, so Keras trains and predicts it as it
stands, and ONNX Runtime predicts what Keras exports. Prints one JSON object as the last line.
    peer.py MODEL.cnn BATCH THREADS SECONDS [--onnx]
Exit code 77: Keras is not there."""
import ast
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time

BATCHES, EPOCHS = 40, 3
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


def times(run, seconds, least=5):
    """Best and median time of a call, in us, after a warm-up."""
    start = time.perf_counter()
    for _ in range(3):
        run()
    while time.perf_counter() - start < seconds / 4:
        run()
    taken, start = [], time.perf_counter()
    while len(taken) < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        run()
        taken.append((time.perf_counter() - before) * 1e6)
    return min(taken), statistics.median(taken)


def measure_fit(keras, model, x, y, batch):
    class Steps(keras.callbacks.Callback):
        taken = []

        def on_train_batch_begin(self, batch, logs=None):
            self.start = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            self.taken.append(time.perf_counter() - self.start)

    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    start = time.perf_counter()
    model.fit(x, y, batch_size=batch, epochs=EPOCHS, verbose=0)
    whole = time.perf_counter() - start
    steps = Steps()  # in a run of its own: its calls take time
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0, callbacks=[steps])
    return {"train_us_sample_whole": whole * 1e6 / (EPOCHS * len(x)),
            "train_us_sample_best": min(steps.taken) * 1e6 / batch,
            "train_us_sample_median": statistics.median(steps.taken) * 1e6 / batch}


def measure_predict(keras, model, x, batch, seconds):
    best, median = times(lambda: model.predict(x, batch_size=batch, verbose=0), seconds, least=3)
    result = {"infer_batch_us_sample_best": best / len(x),
              "infer_batch_us_sample_median": median / len(x)}
    if keras.backend.backend() == "tensorflow":  # predict() is no way to ask for one answer
        import tensorflow as tf
        one, function = tf.constant(x[:1]), tf.function(lambda a: model(a, training=False))
        result["infer1_us_best"], result["infer1_us_median"] = times(lambda: function(one), seconds)
    return result


def measure_onnx(model, x, seconds):
    import onnxruntime
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        model.export(path, format="onnx", verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name, result = session.get_inputs()[0].name, {}
    for key, n in (("infer1_us", 1), ("infer_batch_us_sample", 128)):
        best, median = times(lambda: session.run(None, {name: x[:n]}), seconds)
        result[key + "_best"], result[key + "_median"] = best / n, median / n
    return result


def most_megabytes():
    with open("/proc/self/status", encoding="ascii") as status:
        return next((int(line.split()[1]) / 1024 for line in status if "VmHWM" in line), None)


def main():
    path, batch, threads, seconds = sys.argv[1], *map(int, sys.argv[2:5])
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    backend = os.environ["KERAS_BACKEND"]
    if not is_there("keras") or not is_there(backend):
        sys.exit(77)
    if backend == "tensorflow":  # threads that compute; those that feed them stay as they are
        import tensorflow as tf
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    import keras
    model = load(path)
    x, y = random_data(model, max(BATCHES * batch, 128))
    result = {"versions": {"keras": keras.__version__, backend: __import__(backend).__version__},
              "batch": batch, "threads": threads}
    if model.compiled:
        result |= measure_fit(keras, model, x, y, batch)
    result |= measure_predict(keras, model, x, batch, seconds)
    result["max_rss_mb"] = most_megabytes()
    if "--onnx" in sys.argv and is_there("onnxruntime"):
        try:
            result["onnx"] = measure_onnx(model, x, seconds)
            result["versions"]["onnxruntime"] = __import__("onnxruntime").__version__
        except Exception as error:  # of the exporter: nothing to do with the other figures
            print(f"peer.py: {path}: no ONNX: {error}", file=sys.stderr)
    print(json.dumps(result))


main()
