#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Metrics of programs against Keras's, on outputs that spread over all their values. What Keras makes of them is
in metric_values.json, which is written where Keras 3 is installed:

    metric_values.py make           writes metric_values.json
    metric_values.py check CNNC [FLAG...]   builds the models and compares

Weights are drawn by the seed, data by formulas. A program is held by `evaluate`, and by the log of a fit that
learns nothing: metrics of an epoch of batches, and of its validation, are those of all samples at once. Weighted
metrics with whole weights are those of data that have each sample so many times; those of IoU and its kin, which
Keras makes whole, may have fractions. What losses make of batches, in the place of metrics, is held in batches of 32."""
import csv
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "rows"))
import case

EXPECTED = HERE / "metric_values.json"
SAMPLES, INPUTS, BATCH = 203, 6, 37
EACH = 32  # samples that programs evaluate together, as Keras does, where that matters

K = "keras.metrics."
VECTOR = [
    ['"accuracy"', K + "AUC()", K + 'AUC(50, curve="PR")', K + 'AUC(num_thresholds=20, summation_method="majoring")',
     K + 'AUC(curve="PR", summation_method="minoring", name="minor")', K + "Precision()", '"recall"'],
    [K + "Precision(thresholds=0.3, class_id=2)", K + "Precision(0.2)", K + "Recall(class_id=0)",
     K + "TruePositives()", K + "FalsePositives(0.25)", K + "TrueNegatives()", K + "FalseNegatives(0.4)",
     K + 'F1Score(average="macro")'],
    [K + 'F1Score(average="micro", name="f1")', K + 'F1Score("weighted")', K + 'F1Score("macro", threshold=0.3)',
     K + 'FBetaScore("weighted", beta=0.5)', K + "R2Score()",
     K + 'R2Score(class_aggregation="variance_weighted_average", num_regressors=6, name="adjusted")',
     '"categorical_crossentropy"', K + "CategoricalCrossentropy(label_smoothing=0.2, name=\"smooth\")"],
    ['"mse"', '"root_mean_squared_error"', '"mape"', '"msle"', K + "LogCoshError()", K + "CosineSimilarity()",
     '"kl_divergence"', K + "Poisson()"],
    ['"hinge"', '"squared_hinge"', '"categorical_hinge"', '"bce"', K + "BinaryCrossentropy(label_smoothing=0.1)",
     K + "TopKCategoricalAccuracy(2)", '"mae"', K + "BinaryAccuracy(threshold=0.3)"],
    [K + "Precision(top_k=2)", K + "Recall(top_k=2, class_id=1)", K + "Precision([0.4], top_k=3, name='cut')",
     K + "Recall(top_k=1, name='most')", K + "TruePositives([0.6])", "keras.losses.mean_squared_error",
     K + "PearsonCorrelation()", K + "ConcordanceCorrelation(axis=1)"],
    [K + "AUC(multi_label=True)", K + "AUC(30, multi_label=True, num_labels=4, curve='PR', name='labels')",
     K + "AUC(thresholds=[0.7, 0.1, 0.2])", K + "AUC(thresholds=[0.25, 0.5, 0.75], name='even')",
     K + "AUC(thresholds=[0.02, 0.9], multi_label=True, curve='PR', summation_method='majoring', name='own')",
     K + "AUC(40, curve='PRGAIN')", K + "AUC(curve='PRGAIN', summation_method='minoring', multi_label=True)",
     K + "CosineSimilarity(axis=1)"],
    [K + "SensitivityAtSpecificity(0.7)", K + "SpecificityAtSensitivity(0.6, num_thresholds=20)",
     K + "PrecisionAtRecall(0.55, class_id=2)", K + "RecallAtPrecision(0.5, 50)",
     K + "RecallAtPrecision(0.99, num_thresholds=3, name='none')", K + "SensitivityAtSpecificity(0.2, num_thresholds=1)",
     K + "PrecisionAtRecall(0.2, 1, name='one')", K + "SpecificityAtSensitivity(0.9, class_id=0)"],
    [K + "MeanIoU(2)", K + "IoU(2, [1])", K + "BinaryIoU()", K + "BinaryIoU([1], threshold=0.3, name='bits')",
     K + "OneHotIoU(4, (0, 2))", K + "OneHotMeanIoU(4)", K + "OneHotMeanIoU(3, ignore_class=1, name='fewer')",
     K + "MeanIoU(5, sparse_y_true=False, sparse_y_pred=False)"],
    [K + "F1Score()", K + "FBetaScore(beta=0.5, threshold=0.2)", K + "Precision([0.5, 0.1, 0.3])", K + "Recall([0, 0.5, 1])",
     K + "Precision([0.2, 0.6, 0.2], top_k=2, name='top')", K + "Recall([0.3, 0.05], class_id=1, name='one')",
     K + "R2Score(class_aggregation=None)", K + "R2Score(class_aggregation=None, num_regressors=2, name='adjusted')"],
    [K + "TruePositives([0.1, 0.4])", K + "FalsePositives([0.9, 0.2])", K + "TrueNegatives([0.3, 0.3, 0.1])",
     K + "FalseNegatives([0, 0.25, 0.5, 0.75, 1])", K + "AUC(label_weights=[1.0, 2.0, 0.5, 0.0])",
     K + "AUC(multi_label=True, label_weights=[1.0, 2.0, 0.5, 3.0], name='labels')",
     K + "AUC(thresholds=[0.1, 0.6], curve='PR', label_weights=[0.5, 1, 2, 4], name='own')"],
]
WIDE = [[K + "MeanIoU(3)", K + "MeanIoU(4, ignore_class=0)", K + "IoU(3, [0, 2])", K + "BinaryIoU(threshold=1)"]]
LOGITS = [[K + "CategoricalCrossentropy(from_logits=True)", K + "BinaryCrossentropy(from_logits=True)",
           K + "AUC(from_logits=True)", "\"categorical_accuracy\"", K + "CategoricalCrossentropy("
           "from_logits=True, label_smoothing=0.3)", K + "Accuracy()"]]
SPARSE = [["\"sparse_categorical_crossentropy\"", '"accuracy"', K + "SparseTopKCategoricalAccuracy(k=3)",
           K + "MeanIoU(5, sparse_y_pred=False)", K + "IoU(4, [1, 3], sparse_y_pred=False, ignore_class=2)",
           K + "SparseCategoricalCrossentropy(axis=1, name='again')"]]
ONE = [['"accuracy"', K + "AUC()", K + "Precision()", K + "Recall()", '"binary_accuracy"', '"R2Score"',
        K + 'F1Score("micro", threshold=0.5)', K + "RootMeanSquaredError()"]]
L = "keras.losses."
BATCHES = [[L + "MeanSquaredError()", L + "Huber(delta=0.3)", L + "LogCosh", L + "huber", L + "hinge", L + "Poisson(name='p')"],
           [L + "Dice()", L + "dice", L + "Tversky(alpha=0.3, beta=0.8)", L + "tversky", L + "Dice(axis=-1, name='rows')",
            L + "Tversky(axis=(0, 1), reduction='sum', name='all')", L + "cosine_similarity", K + "log_cosh"]]
GROUPS = [  # outputs, activation, loss, lists of metrics
    (4, "softmax", '"categorical_crossentropy"', VECTOR),
    (4, "linear", "keras.losses.CategoricalCrossentropy(from_logits=True)", LOGITS),
    (4, "softmax", '"mean_absolute_error"', BATCHES),
    (5, "softmax", '"sparse_categorical_crossentropy"', SPARSE),
    (5, "linear", "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
     [[K + "SparseCategoricalCrossentropy(from_logits=True)"]]),
    (1, "sigmoid", '"binary_crossentropy"', ONE),
    (3, "linear", '"mean_squared_error"', WIDE),
]


def cases():
    for outputs, activation, loss, lists in GROUPS:
        for number, metrics in enumerate(lists):
            yield f"{outputs} {activation} {number}{' batches' * by_batch(metrics)}", outputs, activation, loss, metrics


def by_batch(metrics):
    return metrics in BATCHES


def weights(outputs):
    """Kernel, row after row, and bias."""
    kernel = [3 * math.sin(1 + 12.9898 * i) for i in range(INPUTS * outputs)]
    return kernel, [0.3 * math.cos(1 + 7 * i) for i in range(outputs)]


def data(outputs):
    """Bytes of the samples, and labels that the inputs have something to do with."""
    pixels = [int(255.99 * (0.5 + 0.5 * math.sin(78.233 * i + 0.01 * i * i))) for i in range(SAMPLES * INPUTS)]
    top = max(2, outputs)
    labels = [(pixels[INPUTS * i] * top // 256 + (i % 3 == 0) * (i // 3)) % top for i in range(SAMPLES)]
    return pixels, labels


# ---- Keras

def keras_values(outputs, activation, loss, metrics):
    import keras
    import numpy as np
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((INPUTS,)), keras.layers.Dense(outputs, activation=activation)])
    names = {"keras": keras}
    model.compile("sgd", eval(loss, names), metrics=[eval(m, names) for m in metrics], run_eagerly=True)
    kernel, bias = weights(outputs)
    model.set_weights([np.array(kernel, "float32").reshape(INPUTS, outputs), np.array(bias, "float32")])
    pixels, labels = data(outputs)
    x = np.array(pixels, "float32").reshape(SAMPLES, INPUTS) / np.float32(255)
    y = np.array(labels)
    y = y[:, None].astype("float32") if outputs == 1 else y if "parse" in loss else np.eye(outputs, dtype="float32")[y]
    found = model.evaluate(x, y, batch_size=EACH if by_batch(metrics) else SAMPLES, verbose=0, return_dict=True)
    order = ["loss", *found.keys() - {"loss"}]
    assert len(order) == 1 + len(metrics), found
    return {name: np.asarray(value, "float64").tolist() for name, value in found.items()}


def make():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    values = {name: keras_values(*given) for name, *given in cases()}
    EXPECTED.write_text(json.dumps(values, indent=1) + "\n")


# ---- programs

def run(*command, folder):
    done = subprocess.run([str(c) for c in command], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def write_data(folder, outputs, times=None):
    """times: how often each class's samples are there."""
    pixels, labels = data(outputs)
    if times:
        chosen = [i for i, label in enumerate(labels) for _ in range(times[label])]
        pixels = [p for i in chosen for p in pixels[INPUTS * i:INPUTS * (i + 1)]]
        labels = [labels[i] for i in chosen]
    for half in "train", "t10k":
        (folder / f"{half}-images-idx3-ubyte").write_bytes(
            struct.pack(">3i", 0x802, len(labels), INPUTS) + bytes(pixels))
        (folder / f"{half}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, len(labels)) + bytes(labels))
    return len(labels)


def figures(text):
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: json.loads(value) for name, mid, value in pairs if mid and " " not in name}


def of_epoch(row, names, side=""):
    """The figures of a log's row; of a metric with several one after the other."""
    columns = {name: [key for key in row if key == side + name or key.startswith(f"{side}{name}[")] for name in names}
    found = {name: [float(row[key]) for key in keys] for name, keys in columns.items()}
    return {name: values if columns[name][0] != side + name else values[0] for name, values in found.items()}


def by_label(times, labels):
    """The text of what each sample counts."""
    text = "1.0"
    for label, count in enumerate(times):
        text = f"np.where({labels} == {label}, {count}, {text})"
    return text


def build(cnnc, flags, folder, outputs, activation, loss, metrics, times=None):
    weighted = f"sample_weight={by_label(times, 'y_train')}, " if times else ""
    test = f", {by_label(times, 'y_test')}" if times else ""
    (folder / "m.cnn").write_text(
        f'model = Sequential([Input(({INPUTS},)), Dense({outputs}, activation="{activation}")])\n'
        f"model.compile(keras.optimizers.SGD(0.0), {loss}, {'weighted_' if times else ''}metrics=[{', '.join(metrics)}])\n"
        f"model.fit(x_train, y_train, batch_size={EACH if by_batch(metrics) else BATCH}, shuffle={not by_batch(metrics)}, epochs=1, {weighted}validation_data=(x_test, y_test{test}))\n")
    run(cnnc, "build", *flags, "m.cnn", "-o", "m", folder=folder)
    kernel, bias = weights(outputs)
    case.write(folder / "w.safetensors", {"dense/kernel": case.floats((INPUTS, outputs), kernel),
                                          "dense/bias": case.floats((outputs,), bias)})


def near(a, b):
    if isinstance(b, list):
        return isinstance(a, list) and len(a) == len(b) and all(map(near, a, b))
    return abs(a - b) <= 2e-5 * max(1, abs(b))


def compare(what, seen, true):
    if list(seen) != list(true):
        return [f"{what}: {list(seen)}, not {list(true)}"]
    return [f"{what}: {name} is {seen[name]}, not {value}" for name, value in true.items()
            if not near(seen[name], value)]


def check_epoch(folder, metrics):
    """A fit that learns nothing, from other weights, against evaluate."""
    run("./m", "train", "--data", ".", "--out", "t.safetensors", "--log", "log.csv", folder=folder)
    with (folder / "log.csv").open() as log:
        row = next(csv.DictReader(log))
    true = figures(run("./m", "evaluate", "--data", ".", "--weights", "t.safetensors", folder=folder))
    train, val = of_epoch(row, true), of_epoch(row, true, "val_")
    return compare("an epoch", train, true) + compare("validation", val, true)


def check_weighted(cnnc, flags, folder, outputs, activation, loss, metrics):
    """A fit with weights that learns nothing, against evaluate on samples that are there so many times."""
    times = [2, 0, 3, 1, 1][:max(2, outputs)] if outputs > 1 else [3, 2]
    metrics = [m for m in metrics if "num_regressors" not in m]  # which counts samples as they are
    metrics = [m for m in metrics if "IoU(" not in m or "OneHot" in m or "sparse_y_pred=False" in m]
    whole = any("IoU(" in m for m in metrics)
    metrics = [m for m in metrics if ("IoU(" in m) == whole]
    build(cnnc, flags, folder, outputs, activation, loss, metrics, [t + 0.75 * whole for t in times])
    n = write_data(folder, outputs)
    run("./m", "train", "--data", ".", "--out", "t.safetensors", "--log", "log.csv", folder=folder)
    with (folder / "log.csv").open() as log:
        row = next(csv.DictReader(log))
    more = write_data(folder, outputs, times)
    true = figures(run("./m", "evaluate", "--data", ".", "--weights", "t.safetensors", folder=folder))
    true["loss"] *= more / n  # over samples, not their weights
    if whole:
        true.pop("loss")
    train, val = of_epoch(row, true), of_epoch(row, true, "val_")
    return compare("an epoch with weights", train, true) + compare("validation with weights", val, true)


def check(cnnc, *flags):
    cnnc = pathlib.Path(cnnc).resolve()
    expected, wrong = json.loads(EXPECTED.read_text()), []
    for name, *given in cases():
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            build(cnnc, flags, folder, *given)
            write_data(folder, given[0])
            seen = figures(run("./m", "evaluate", "--data", ".", "--weights", "w.safetensors", folder=folder))
            true = {key: expected[name][key] for key in seen if key in expected[name]}
            found = compare("evaluate", seen, true) if len(true) == len(expected[name]) else [
                f"evaluate has {list(seen)}, Keras {list(expected[name])}"]
            found += check_epoch(folder, given[3])
            if not by_batch(given[3]):
                found += check_weighted(cnnc, flags, folder, *given)
            wrong += [f"{name}: {text}" for text in found]
    print("\n".join(wrong) or "as Keras")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(make() if sys.argv[1] == "make" else check(*sys.argv[2:]))
