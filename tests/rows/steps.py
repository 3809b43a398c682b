# SPDX-License-Identifier: MIT
"""Random Steps: models of a layer that the compiler of tests alone has (tests/step/random_layer.c)."""
import random

from ends import LOSSES
from model import CLIPPED, CLIPPED_TOGETHER, LAMB, SAMPLES, Model


def steps_once_wrong():
    """Channels of a kernel that nobody reads, at Winograd's points; a kernel with its channels the other
    way round, in front of a pool."""
    for shape, samples, seeds in ((10, 3, 9), 33, (2614, 2615)), ((10, 3, 4), 33, (2984,)):
        model = Model(shape, samples)
        for seed in seeds:
            model.each(f"RandomNodes({seed})")
        model.each("Flatten()")
        model.each("Dense(17)")
        model.shape = (17,)
        model.loss = "mae"
        yield model


def random_steps(number):
    draw = random.Random(number)
    shape = (draw.randint(1, 12), draw.randint(1, 12), draw.choice([1, 2, 3, 4, 8, 9, 16]))
    model = Model(shape, draw.choice(SAMPLES), metrics=draw.random() < 0.3)
    model.optimizer = draw.choice([model.optimizer, '"sgd"', CLIPPED, CLIPPED_TOGETHER, LAMB])
    model.each(f"RandomNodes({2 * number})")
    if draw.random() < 0.5:
        model.each(f"RandomNodes({2 * number + 1})")
    model.each("Flatten()")
    units = draw.choice([1, 3, 10, 17])
    model.each(f"Dense({units})")
    model.shape = (units,)
    ends = [("mse", ""), ("mae", ""), LOSSES[1]]  # the last wants classes
    model.loss, model.loss_arguments = draw.choice(ends if units > 1 else ends[:2])
    return model
