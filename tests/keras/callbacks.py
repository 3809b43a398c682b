#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Keras's callbacks make of random figures, as rows for tests/runtime/test_callbacks.c. Run by hand where
Keras 3 is installed:

    callbacks.py stopping|reduce [COUNT] > tests/runtime/stopping_cases.def, or reduce_cases.def"""
import contextlib
import io
import os
import random
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

EPOCHS = 9


class Optimizer:
    """Its rate is a float32, as Keras's variables are."""
    def __init__(self, rate):
        self.learning_rate = rate

    def __setattr__(self, name, value):
        super().__setattr__(name, np.float32(value))


class Model:
    """What the callback sees of one; its weights are the number of the epoch."""
    metrics = []
    stop_training = False
    weights = -1
    optimizer = None

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run_stopping(settings, figures):
    model, callback = Model(), keras.callbacks.EarlyStopping("loss", **settings)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, figure in enumerate(figures):
        model.weights = epoch
        callback.on_epoch_end(epoch, {"loss": figure})
        if model.stop_training:
            break
    callback.on_train_end()
    return epoch + 1, model.weights


def stopping(draw):
    up, restore = draw.random() < 0.5, draw.random() < 0.6
    delta, patience = draw.choice([0, 0, 0.25, -0.5]), draw.choice([0, 1, 2, 3])
    baseline, first = draw.choice([None, None, 0.5, 1.0]), draw.choice([0, 0, 1, 3])
    figures = [draw.randint(0, 12) / 8 for _ in range(EPOCHS)]
    ran, weights = run_stopping(dict(mode="max" if up else "min", min_delta=delta, patience=patience,
                                     baseline=baseline, restore_best_weights=restore,
                                     start_from_epoch=first), figures)
    return (f"STOPPING({int(up)}, {abs(delta)}, {patience}, {'NAN' if baseline is None else baseline}, "
            f"{int(restore)}, {first}, {ran}, {weights}, {', '.join(map(str, figures))})")


def run_reduce(settings, rate, figures):
    model, callback = Model(), keras.callbacks.ReduceLROnPlateau("loss", verbose=1, **settings)
    model.optimizer = Optimizer(rate)
    callback.set_model(model)
    callback.on_train_begin()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for epoch, figure in enumerate(figures):
            callback.on_epoch_end(epoch, {"loss": figure})
    return float(model.optimizer.learning_rate), said.getvalue().strip().replace("\n\n", "\n")


def reduce(draw):
    up, delta = draw.random() < 0.5, draw.choice([1e-4, 0, 0.25, -0.5])
    factor, patience = draw.choice([0.1, 0.5, 0.3]), draw.choice([0, 1, 2, 3])
    cooldown, least = draw.choice([0, 0, 1, 2]), draw.choice([0.0, 0.001, 1e-5])
    rate = draw.choice([0.001, 0.01, 0.1])
    figures = [draw.randint(0, 12) / 8 for _ in range(EPOCHS)]
    last, said = run_reduce(dict(mode="max" if up else "min", min_delta=delta, factor=factor,
                                 patience=patience, cooldown=cooldown, min_lr=least), rate, figures)
    text = said.replace("\n", "\\n") + ("\\n" if said else "")
    return (f"REDUCE({int(up)}, {abs(delta)}, {factor}, {patience}, {cooldown}, {least}, {rate}, {last!r},\n"
            f"       \"{text}\",\n       {', '.join(map(str, figures))})")


KINDS = {"stopping": (stopping, "STOPPING(up, min_delta, patience, baseline, restore, from,\n"
                      "// epochs run, epoch whose weights are left, figures...)"),
         "reduce": (reduce, "REDUCE(up, min_delta, factor, patience, cooldown, least,\n"
                    "// rate at first, at the end, what was said, figures...)")}


def main():
    draw = random.Random(1)
    case, form = KINDS[sys.argv[1]]
    print("// SPDX-License-Identifier: MIT")
    print(f"// Written by tests/keras/callbacks.py: {form}")
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 60):
        print(case(draw))


if __name__ == "__main__":
    main()
