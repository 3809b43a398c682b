# SPDX-License-Identifier: MIT
"""A grid of models around one convolution or dense layer, where every figure takes all its values in turn."""
import random

from model import ACTIVATIONS, CHANNELS, SAMPLES, Model, classify, pair


class Turns:
    """Every figure takes its values in turn, in a new order each time round: so a hundred models
    show each value dozens of times, beside ever other values of the rest."""
    FIGURES = {
        "kernel": [3, 5, 1, 2, 3, (3, 1), 7, (2, 3), (3, 5)],
        "padding": ["valid", "same"],
        "strides": [1, 1, 1, 2, 3, (1, 2)],
        "dilation": [1, 1, 1, 2],
        "channels": CHANNELS,
        "filters": CHANNELS,
        "height": [1, 2, 4, 5, 6, 8, 9, 11, 14, 17],
        "width": [1, 3, 4, 5, 7, 8, 10, 13, 16, 23],
        "pool": [None, 2, 3, 2, (2, 3), (3, 2)],
        "kind": ["Max", "Max", "Average"],
        "overlap": [False, False, True],
        "pool_padding": ["valid", "valid", "same"],
        "activation": ACTIVATIONS,
        "rate": [0, 0.5, 0.25, 0],
        "ordinary": [True, False],  # as most networks have it, and as most rows ask for
        "first": [False, True, False],  # nothing in front: its kernel's gradient, but none of its input
        "colours": [1, 3, 2, 16, 1, 4, 7],
        "samples": SAMPLES,
        "bias": [None, None, False],
        "classes": [10, 3, 17],
        "sparse": [False, True],
        "metrics": [True, False],
    }

    def __init__(self):
        self.random = random.Random(7)
        self.left = {name: [] for name in self.FIGURES}

    def __getattr__(self, name):
        if not self.left[name]:
            values = self.FIGURES[name]
            self.left[name] = self.random.sample(values, len(values))
        return self.left[name].pop()


def add_ordinary(model, turn):
    fits = model.conv(turn.filters, 3, padding=turn.padding, activation=turn.activation)
    pool = turn.pool
    return fits and (not pool or model.pool("Max", pool))


def add_special(model, turn):
    dilation = turn.dilation
    strides = turn.strides if dilation == 1 else 1
    fits = model.conv(turn.filters, turn.kernel, strides, turn.padding, dilation, turn.activation,
                      turn.bias)
    pool = turn.pool
    if not fits or not pool:
        return fits
    strides = tuple(max(1, k - 1) for k in pair(pool)) if turn.overlap else None
    return model.pool(turn.kind, pool, strides, turn.pool_padding)


def grid():
    """A convolution, what may be fused to it, and in front a layer whose gradient shows its dX."""
    turn = Turns()
    while True:
        first = turn.first
        model = Model((turn.height, turn.width, turn.colours if first else 2), turn.samples)
        model.metrics = turn.metrics
        if not first:
            model.conv(turn.channels, turn.kernel, padding="same", activation=turn.activation)
        fits = add_ordinary(model, turn) if turn.ordinary else add_special(model, turn)
        rate = turn.rate
        if rate:
            model.each(f"Dropout({rate})")
        if fits and classify(model, turn.classes, turn.sparse):
            yield model
