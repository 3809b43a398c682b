# SPDX-License-Identifier: MIT
"""Models that something was wrong of once, each with the row of kernels that had it."""
from model import ADAFACTOR, ADAMAX, ADAMW, AMSGRAD, CLIPPED, FTRL, Model, classify


def once_wrong():
    """What a row got wrong once, or what of it the grid is too small for, with that row."""
    model = Model((1100,), 5, "binary_crossentropy")
    model.dense(1, "sigmoid")
    yield "blas", model  # a product of one column
    for inputs in 9, 60:
        model = Model((inputs,), 16, "binary_crossentropy")
        model.dense(1, "sigmoid")
        yield "plain", model  # one sample was added up along the lanes, many were not
    for shape in (6, 141, 4), (33, 34, 16), (12, 60, 8):  # strips: in columns, of rows and a rest
        model = Model(shape, 5)
        model.conv(8, 3, activation="relu")
        model.pool("Max", 2)
        classify(model, 3)
        yield "sparse-dw", model
    # Two vectors of filters, and what is left of them, by a part of the taps at a time; with the bias's sum, and without.
    for shape, filters, kernel in ((13, 12, 1), 40, 5), ((12, 15, 1), 33, (4, 5)), ((16, 13, 3), 35, 5):
        model = Model(shape, 19)
        model.conv(filters, kernel, activation="relu")
        model.pool("Max", 2)
        classify(model, 3)
        yield "pick-dw", model
    model = Model((6, 3, 33), 5)  # what is scattered was added in another order for one sample
    model.transpose(8, 3, 2, "same", 0)
    classify(model, 3)
    yield "plain", model
    # Channels that nobody reads: axes of the convolution in front then do not span its kernel.
    for row in "winograd", "winograd-rows", "sparse-dw":
        model = Model((12, 12, 8), 5)
        model.conv(16, 3, activation="relu")
        model.pool("Max", 2)
        model.permute((2, 0, 1))
        model.border("Cropping", ((1, 2), (0, 0)))
        classify(model, 3)
        yield row, model
    model = Model((4, 3, 2), 5)  # scales of rows that nobody reads: their gradients were not there
    model.each("BatchNormalization(axis=1)")
    model.border("Cropping", ((1, 1), (0, 0)))
    classify(model, 3)
    yield "plain", model
    for shape in (30,), (5, 6):  # gradients of slopes read the input, which is there for leaves only
        model = Model(shape, 17, "mse")
        if len(shape) > 1:
            model.flatten()
        model.each("PReLU()")
        model.dense(33)
        yield "panels", model
    model = Model((2, 17, 1), 17, "mse")  # the copy that has zeros for them cleared what lies behind it
    model.each("BatchNormalization(axis=2)")
    model.each('Resizing(5, 14, interpolation="bilinear", antialias=True)')
    model.shape = (5, 14, 1)
    model.conv(32, 1, strides=2)
    model.flatten()
    model.dense(10)
    yield "plain", model
    # At stride 2, tiles that meet in the input's gradient, stick out, begin in the padding and end before the input does.
    for shape, filters, padding in [((13, 11, 9), 8, "valid"), ((12, 14, 16), 20, "same"), ((9, 26, 8), 17, "valid")]:
        model = Model(shape, 5)
        model.conv(shape[2], 3, padding="same", activation="tanh")
        model.conv(filters, 3, 2, padding, activation="tanh")
        model.transpose(shape[2], 3, 2, padding)
        classify(model, 3)
        yield "winograd", model
    # A depthwise kernel, taken for an ordinary one: at Winograd's points, and behind a pool.
    for shape, multiplier, pool in [((8, 8, 8), 1, None), ((12, 12, 8), 1, None), ((14, 14, 3), 1, 2),
                                    ((14, 14, 6), 2, None), ((10, 14, 16), 2, 2)]:
        model = Model(shape, 5)
        model.conv(shape[2], 1, activation="tanh")
        model.depthwise(3, multiplier=multiplier, activation="relu")
        if pool:
            model.pool("Max", pool)
        classify(model, 3)
        yield "conv-pool", model
    # Depthwise tiles with rests in rows and columns, channels that end in a vector; and back at strides, with
    # what follows the gradient taken in, from the first element at each residue.
    for shape, kernel, strides, padding in [
            ((19, 21, 18), 3, 1, "same"), ((9, 40, 5), (5, 3), 1, "valid"), ((17, 18, 16), 7, 1, "same"),
            ((9, 17, 1), 5, 1, "valid"), ((9, 17, 1), (3, 7), 1, "same"), ((11, 14, 20), 3, 2, "same"),
            ((12, 13, 33), 5, 2, "same"), ((15, 10, 3), 2, 3, "valid"),
            ((14, 27, 16), 3, 3, "same"), ((13, 13, 8), (1, 4), 2, "same")]:
        model = Model(shape, 5)
        model.conv(shape[2], 1, activation="tanh")
        model.depthwise(kernel, strides, padding, activation="relu")
        classify(model, 3)
        yield "depthwise" if strides == 1 else "depthwise-dx", model
    model = Model((8,), 33, "mse")  # panels: what is made of the output, for its penalty, went along
    model.each('Dense(16, activation="relu", activity_regularizer="l1")')
    model.shape = (16,)
    yield "panels", model
    # Panels: more samples than a block, rests of sums and of columns, what goes along, a mask for it.
    for inputs, units, more, samples in [(300, 67, "Dropout(0.25)", 140), (37, 150, "LeakyReLU(0.1)", 33),
                                         (130, 33, "ReLU()", 1), (600, 20, "BatchNormalization()", 17)]:
        model = Model((inputs,), samples)
        model.dense(units, "relu")
        model.each(more)
        model.dense(70, "tanh")
        classify(model, 3)
        yield "panels", model
    # Gradients by panels: rests of rows and of columns, a short leaf, few samples, more than are copied.
    for inputs, units, samples in [(200, 150, 140), (61, 67, 35), (97, 16, 3), (53, 70, 300)]:
        model = Model((inputs,), samples)
        model.dense(units, "relu")
        model.dense(units + 1, "tanh")
        classify(model, 3)
        yield "panels-dw", model
    # With the update: what is small beside the gradient's own size, many states, measures of the weights alone; and
    # apart from it, as something else reads the gradient.
    for optimizer in '"sgd"', AMSGRAD, ADAMAX, ADAMW, FTRL, ADAFACTOR, CLIPPED:
        model = Model((75,), 21, optimizer=optimizer)
        model.dense(150, "tanh")
        classify(model, 3)
        yield "panels-dw", model
