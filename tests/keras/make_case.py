#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cases for `PROGRAM verify` computed by Keras in float64: a random batch and weights, and what Keras
makes of them. Run by hand where Keras 3 and TensorFlow are installed; tests use what it wrote.

    make_case.py MODEL.cnn CASE.safetensors [--samples N] [--seed S] [--inference]

Beside the case stands CASE.summary.tsv: name, class, output and parameters of each layer, and how many there are.
The model's text is Python with three imports in front. `slack` is how far the true answers move when
batch and weights are off by a relative 3e-6, as much as kernels may differ by: near a kink of relu, or
between two equal inputs of a maximum, results jump."""
import argparse
import math
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np
import tensorflow as tf

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.append(str(Path(__file__).resolve().parents[1] / "rows"))
import case

NOISE, SLACK_RUNS, STEPS = 3e-6, 4, 3


class Stop(Exception):
    """The text has come to its data: the model is whole."""


def load(path):
    """The model of a file and its optimizer, loss and metrics: what follows compile() is not run."""
    keras.backend.set_floatx("float64")
    keras.backend.clear_session()
    names = {"keras": keras, "layers": keras.layers}
    for place in keras, keras.layers:
        names |= {name: getattr(place, name) for name in dir(place) if name[0].isupper()}

    def stop(*_, **__):
        raise Stop

    fit, evaluate = keras.Model.fit, keras.Model.evaluate
    keras.Model.fit = keras.Model.evaluate = stop
    try:
        exec(compile(path.read_text(), str(path), "exec"), names)
    except (Stop, NameError):
        pass
    finally:
        keras.Model.fit, keras.Model.evaluate = fit, evaluate
    for layer in names["model"]._flatten_layers():  # a factor that is a float32 tensor
        regularizer = getattr(layer, "kernel_regularizer", None)
        if isinstance(regularizer, keras.regularizers.OrthogonalRegularizer):
            regularizer.factor = float(regularizer.factor)
    return names["model"]


def weight_names(model, within=""):
    """LAYER/VARIABLE of each weight, in model order; of a nested model MODEL/LAYER/VARIABLE."""
    names = []
    for layer in model.layers:
        if isinstance(layer, keras.Sequential):
            names += weight_names(layer, f"{within}{layer.name}/")
        else:
            names += [(f"{within}{layer.name}/{v.name}", v) for v in layer.weights]
    return names


AMOUNTS = ["mean_squared_logarithmic_error", "poisson"]
BITS = ["binary", "hinge", "squared_hinge", "dice", "tversky"]
GENERALIZED = "categorical_generalized"  # takes class numbers as they are, without an axis of their own


def loss_name(model):
    return model.loss if isinstance(model.loss, str) else model.loss.name


def draw_labels(draw, model, n):
    shape, name = model.output_shape[1:], loss_name(model)
    amounts, bits = (any(map(name.startswith, names)) for names in (AMOUNTS, BITS))
    if name.startswith(("sparse", GENERALIZED)):
        return draw.integers(shape[-1], size=(n, *shape[:-1])).astype("int32")
    if name.startswith(("categorical", "kl_divergence")):
        return np.eye(shape[-1])[draw.integers(shape[-1], size=(n, *shape[:-1]))]
    if bits:
        return draw.integers(2, size=(n, *shape)).astype("float64")
    y = draw.normal(size=(n, *shape))
    return abs(y) if amounts else y


def new(path, n, seed):
    model = load(path)
    draw = np.random.default_rng(seed)
    weighted = "sample_weight=" in path.read_text()
    given = {"x": draw.normal(size=(n, *model.input_shape[1:])), "y": draw_labels(draw, model, n)}
    if weighted:
        given["sample_weight"] = draw.uniform(0, 2, size=n)
    for name, v in weight_names(model):
        size = 0.2 if len(v.shape) == 1 else 1.3 / math.sqrt(math.prod(v.shape[:-1]))
        value = np.asarray(draw.normal(scale=size, size=v.shape))
        given[f"weights/{name}"] = abs(value) + 0.5 if name.endswith("variance") else value
        if str(v.dtype).startswith("int"):  # the count of a Normalization, which nobody sets
            given[f"weights/{name}"] = np.zeros(v.shape)
    return {key: v if v.dtype == np.int32 else v.astype("float32") for key, v in given.items()}


def compute(path, given, inference=False):
    """What Keras makes of a batch and weights."""
    model = load(path)
    for name, v in weight_names(model):
        v.assign(given[f"weights/{name}"].astype("float64"))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    x, y = (tf.convert_to_tensor(v if v.dtype == np.int32 else v.astype("float64"))
            for v in (given["x"], given["y"]))
    if y.dtype == tf.int32 and len(model.output_shape) == 2 and not loss_name(model).startswith(GENERALIZED):
        y = y[:, None]
    result = {"predict": model(x, training=False).numpy()}
    if inference:
        return result
    trainable = [(name, v) for name, v in weight_names(model) if v.trainable]
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            output = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=output, sample_weight=given.get("sample_weight"), training=True)
            scaled = model.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, [v.value for _, v in trainable])
        if step == 0:
            result |= {"loss": np.reshape(loss.numpy(), [1]), "train_output": output.numpy()}
            scale = model.optimizer.loss_scale_factor or 1
            result |= {f"grad/{name}": np.asarray(g) / scale for (name, _), g in zip(trainable, gradients)}
        model.optimizer.apply(gradients, [v for _, v in trainable])
    return result | {f"step3/{name}": v.numpy().astype("float64") for name, v in weight_names(model)}


def summary(path):
    model = load(path)
    rows = [(layer.name, type(layer).__name__, layer.output.shape, layer.count_params()) for layer in model.layers]
    trained = sum(math.prod(v.shape) for v in model.trainable_weights)
    totals = [("total", model.count_params()), ("trainable", trained), ("non-trainable", model.count_params() - trained)]
    return "".join("\t".join(map(str, row)) + "\n" for row in [*rows, *totals])


def distance(key, a, b):
    off = np.abs(a - b)
    return math.sqrt(np.mean(off ** 2)) if key.startswith("step3/") else off.max()


def make(path, n, seed, inference=False):
    given = new(path, n, seed)
    true = compute(path, given, inference)
    slack = dict.fromkeys(true, 0.0)
    for k in range(SLACK_RUNS):
        draw = np.random.default_rng(1000 + k)
        noisy = {key: v if v.dtype == np.int32 or key == "sample_weight" else v * (1 + draw.normal(scale=NOISE, size=v.shape))
                 for key, v in given.items()}
        for key, v in compute(path, noisy, inference).items():
            slack[key] = max(slack[key], distance(key, true[key], v))
    return given | true | {f"slack/{key}": np.array([v]) for key, v in slack.items()}


def stored(v):
    kind = "I32" if v.dtype == np.int32 else "F32"
    flat = v.astype("int32" if kind == "I32" else "float32").ravel()
    return kind, list(v.shape), case.array.array("i" if kind == "I32" else "f", flat.tolist())


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("case", type=Path)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inference", action="store_true", help="without training, whose numbers are random")
    given = parser.parse_args(argv)
    made = make(given.model, given.samples, given.seed, given.inference)
    case.write(given.case, {key: stored(v) for key, v in made.items()})
    given.case.with_suffix(".summary.tsv").write_text(summary(given.model))


if __name__ == "__main__":
    main(sys.argv[1:])
