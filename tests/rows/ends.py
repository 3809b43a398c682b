# SPDX-License-Identifier: MIT
"""Models of every loss behind every kind of end."""
import itertools
import random

import arguments
from model import SAMPLES, Model

ENTROPIES = ["categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy"]
LOSSES = [(loss, arguments) for loss in ENTROPIES for arguments in ("", "from_logits=True")] + [
    ("categorical_crossentropy", "label_smoothing=0.1"),
    ("binary_crossentropy", "from_logits=True, label_smoothing=0.2"), ("mse", ""), ("mae", ""),
    ("huber", "delta=0.7"), ("categorical_focal_crossentropy", "gamma=1.5, from_logits=True"), *((loss, "") for loss in (
        "cosine_similarity", "categorical_hinge", "squared_hinge", "hinge", "log_cosh",
        "mean_squared_logarithmic_error", "mape", "kl_divergence"))]
STEEP = ["mape", "kl_divergence"]
OVERLAPS = [("dice", ""), ("tversky", "alpha=0.3, beta=0.8"), ("dice", "axis=-1"), ("tversky", ""),
            ("tversky", "beta=0.6, axis=-1")]
END_ACTIVATIONS = ["softmax", "sigmoid", None, "relu", "relu6", "leaky_relu", "elu", "selu", "tanh",
                   "softplus", "gelu", "silu", "hard_sigmoid", "softsign", "log_sigmoid", "mish", "hard_silu",
                   "hard_tanh", "tanh_shrink", "squareplus", "log_softmax"]


def vector_end(activation):
    def add(model):
        model.flatten()
        return model.dense(7, "tanh") and model.dense(5, activation)
    return add


def layer_end(*layers):
    """A dense layer of 6 and what follows it, which leaves the shape as it is."""
    def add(model):
        model.flatten()
        model.dense(6)
        for layer in layers:
            model.each(layer)
        return True
    return add


def image_end(activation, flat, pool=None):
    """Channels are the classes of each place, or all places are."""
    def add(model):
        fits = model.conv(4, 3, activation=activation) and (not pool or model.pool(pool, 2))
        if flat:
            model.flatten()
        return fits
    return add


def positions_end(activation):
    """A dense layer on an image: on each of its places."""
    return lambda model: model.dense(5, activation)


def reshape_end(model):
    model.flatten()
    model.dense(12)
    model.each("Reshape((3, 4))")
    model.shape = (3, 4)
    return True


ENDS = [*map(vector_end, END_ACTIVATIONS),
        *(layer_end(f"Activation(\"{f}\")") for f in END_ACTIVATIONS if f),
        layer_end("ReLU()"), layer_end("Softmax()"), layer_end("Rescaling(0.5, offset=0.1)"),
        layer_end("Dropout(0.0)"), layer_end("Softmax()", "Dropout(0.0)"),
        *(image_end(f, flat) for f in (None, "softmax", "sigmoid", "gelu") for flat in (True, False)),
        image_end("tanh", True, "Max"), image_end(None, False, "Max"),
        image_end(None, True, "Average"), image_end("relu", False, "Average"),
        *map(positions_end, (None, "softmax", "sigmoid", "softplus")), reshape_end]
SHARES = [*map(vector_end, ("softmax", "sigmoid")), layer_end('Activation("sigmoid")'),
          image_end("sigmoid", False), image_end("softmax", True), positions_end("softmax")]


def ends():
    """All pairs, mixed so that the first few dozen have some of everything; with and without metrics,
    of one sample, some, and more than a leaf. Overlaps are of shares, for others they are no quotient of amounts."""
    pairs = [*itertools.product(ENDS, LOSSES), *itertools.product(SHARES, OVERLAPS)]
    random.Random(3).shuffle(pairs)
    for number, (end, (loss, arguments)) in enumerate(pairs):
        model = Model((6, 7, 2), SAMPLES[number % len(SAMPLES)], loss, arguments,
                      metrics=number % 2 == 0)
        if end(model):
            yield model
