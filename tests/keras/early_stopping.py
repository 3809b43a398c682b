#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Keras's EarlyStopping makes of random figures, as rows for tests/runtime/test_stopping.c. Run by hand
where Keras 3 is installed:

    early_stopping.py [COUNT] > tests/runtime/stopping_cases.def"""
import os
import random
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

EPOCHS = 9


class Model:
    """What the callback sees of one; its weights are the number of the epoch."""
    metrics = []
    stop_training = False
    weights = -1

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run(settings, figures):
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


def main():
    draw = random.Random(1)
    print("// SPDX-License-Identifier: MIT")
    print("// Written by tests/keras/early_stopping.py: STOPPING(up, min_delta, patience, baseline, restore, from,")
    print("// epochs run, epoch whose weights are left, figures...)")
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 60):
        up, restore = draw.random() < 0.5, draw.random() < 0.6
        delta, patience = draw.choice([0, 0, 0.25, -0.5]), draw.choice([0, 1, 2, 3])
        baseline, first = draw.choice([None, None, 0.5, 1.0]), draw.choice([0, 0, 1, 3])
        figures = [draw.randint(0, 12) / 8 for _ in range(EPOCHS)]
        ran, weights = run(dict(mode="max" if up else "min", min_delta=delta, patience=patience,
                                baseline=baseline, restore_best_weights=restore,
                                start_from_epoch=first), figures)
        print(f"STOPPING({int(up)}, {abs(delta)}, {patience}, {'NAN' if baseline is None else baseline}, "
              f"{int(restore)}, {first}, {ran}, {weights}, {', '.join(map(str, figures))})")


if __name__ == "__main__":
    main()
