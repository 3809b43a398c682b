# SPDX-License-Identifier: MIT
"""Models to compare kernels on: a grid around one convolution or dense layer, where every figure takes
all its values in turn, and random models. Each is the text of a .cnn file and a number of samples."""
import itertools
import math
import random
from dataclasses import dataclass, field

import arguments

CHANNELS = [1, 3, 7, 13, 16, 17, 32, 33, 64]
SAMPLES = [1, 5, 16, 17, 33]  # one leaf, a short one, a full one, a short last one
ACTIVATIONS = ["relu", "tanh", None]
DECAY = "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.05, 2, 0.5))"
COSINE = "keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.05, 2))"
ADADELTA = "keras.optimizers.Adadelta(0.5, epsilon=1e-4)"
RMSPROP = "keras.optimizers.RMSprop(0.002, momentum=0.5, epsilon=1e-4, centered=True)"
ADAMW = "keras.optimizers.AdamW(0.002, weight_decay=0.05, epsilon=1e-4)"
ADAM = "keras.optimizers.Adam(0.002, epsilon=1e-4)"  # less, and rounding of zeros is a full step
CLIPPED = "keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=0.2)"
CLIPPED_TOGETHER = "keras.optimizers.RMSprop(0.002, epsilon=1e-4, weight_decay=0.05, global_clipnorm=0.5)"
LAMB = "keras.optimizers.Lamb(0.01, epsilon=1e-4, weight_decay=0.05, global_clipnorm=1.0, use_ema=True)"
NADAM = "keras.optimizers.Nadam(0.002, epsilon=1e-4, gradient_accumulation_steps=2)"
AMSGRAD = "keras.optimizers.Adam(0.002, epsilon=1e-4, amsgrad=True, use_ema=True, ema_overwrite_frequency=2)"
ADAMAX = "keras.optimizers.Adamax(0.002, epsilon=1e-4, clipvalue=0.05)"
ADAGRAD = "keras.optimizers.Adagrad(0.05)"
PIECES = "keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay([0, 1], [0.05, 0.02, 0.1]))"
LION = "keras.optimizers.Lion(0.001, weight_decay=0.1)"
FTRL = "keras.optimizers.Ftrl(0.05, learning_rate_power=-0.8, l2_regularization_strength=0.1, beta=0.1)"
ADAFACTOR = "keras.optimizers.Adafactor(0.05, epsilon_1=1e-6)"
MUON = "keras.optimizers.Muon(0.01, epsilon=1e-4, ns_steps=3)"
OPTIMIZERS = ['"sgd"', ADAM, ADAMW, RMSPROP, DECAY, COSINE, ADADELTA, CLIPPED, CLIPPED_TOGETHER, LAMB, NADAM, AMSGRAD,
              ADAMAX, ADAGRAD, FTRL, PIECES, LION, ADAFACTOR, MUON]
LOSS_CLASSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "huber": "Huber",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    "dice": "Dice",
    "tversky": "Tversky",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "log_cosh": "LogCosh",
    "kl_divergence": "KLDivergence",
    "poisson": "Poisson",
    "hinge": "Hinge",
    "squared_hinge": "SquaredHinge",
    "categorical_hinge": "CategoricalHinge",
    "cosine_similarity": "CosineSimilarity",
    "categorical_generalized_cross_entropy": "CategoricalGeneralizedCrossEntropy",
}
SHORT_NAMES = {"MeanSquaredError": ["mse"], "MeanAbsoluteError": ["mae"], "MeanAbsolutePercentageError": ["mape"]}
MOST_WEIGHTS, MOST_PRODUCTS = 60_000, 1_500_000  # of a model, of a sample: comparing stays quick
MOST_VALUES = 20_000  # of a sample, where a layer repeats them


def pair(value):
    return (value, value) if isinstance(value, int) else value


def sizes(value, dimensions):
    """One for each dimension; of two those that there is one for."""
    return pair(value)[:dimensions]


def spread(size, window, stride, padding):
    """How many places a window has along an axis."""
    return -(-size // stride) if padding != "valid" else (size - window) // stride + 1


class Made(str):
    """The text of an object, where a name would do."""


def written(values):
    """Arguments as the language writes them; None is left out."""
    return "".join(f', {name}="{v}"' if isinstance(v, str) and not isinstance(v, Made) else f", {name}={v}"
                   for name, v in values.items() if v is not None)


@dataclass
class Model:
    """Layers are added one by one; what does not fit is not added."""
    shape: tuple  # of the output so far
    samples: int
    loss: str = "categorical_crossentropy"
    loss_arguments: str = ""  # from_logits=True and the like
    optimizer: str = 'keras.optimizers.SGD(0.05, momentum=0.9)'
    metrics: bool = False
    more_metrics: list = field(default_factory=list)
    counts: bool = False  # samples have weights
    layers: list = field(default_factory=list)
    frozen: int = 0  # so many layers, from the first, are not trained
    weights: int = 0
    products: int = 0

    def __post_init__(self):
        self.input = self.shape
        self.layers.append(f"Input({self.shape})")

    def conv(self, filters, kernel, strides=1, padding="valid", dilation=1, activation=None, bias=None,
             groups=1):
        n = len(self.shape) - 1
        kernel, strides, dilation = sizes(kernel, n), sizes(strides, n), sizes(dilation, n)
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
        if padding == "valid" and any(r > s for r, s in zip(reach, self.shape)):
            return False
        if filters % groups or self.shape[-1] % groups:
            return False
        out = tuple(spread(*of, padding) for of in zip(self.shape, reach, strides))
        weights = math.prod(kernel) * self.shape[-1] // groups * filters
        if not self._afford(weights, weights * math.prod(out)):
            return False
        more = {"strides": strides, "padding": padding, "dilation_rate": dilation,
                "groups": groups if groups > 1 else None, "activation": activation, "use_bias": bias}
        self.layers.append(f"Conv{n}D({filters}, {kernel}{written(more)})")
        self.shape = (*out, filters)
        return True

    def transpose(self, filters, kernel, strides=1, padding="valid", extra=None, dilation=1, activation=None,
                  bias=None):
        n = len(self.shape) - 1
        kernel, strides, dilation = sizes(kernel, n), sizes(strides, n), sizes(dilation, n)
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
        if extra is not None and any(extra >= s or padding == "same" and k % 2 + extra < 1
                                     for k, s in zip(reach, strides)):
            return False
        if padding == "valid":
            out = tuple((size - 1) * s + k + (max(s - k, 0) if extra is None else extra)
                        for size, s, k in zip(self.shape, strides, reach))
        else:
            out = tuple(size * s if extra is None else (size - 1) * s + k % 2 + extra
                        for size, s, k in zip(self.shape, strides, reach))
        weights = math.prod(kernel) * self.shape[n] * filters
        if math.prod(out) * filters > MOST_VALUES or not self._afford(
                weights, weights * math.prod(self.shape[:n])):
            return False
        more = {"strides": strides, "padding": padding, "output_padding": extra, "dilation_rate": dilation,
                "activation": activation, "use_bias": bias}
        self.layers.append(f"Conv{n}DTranspose({filters}, {kernel}{written(more)})")
        self.shape = (*out, filters)
        return True

    def depthwise(self, kernel, strides=1, padding="valid", multiplier=1, dilation=1, activation=None,
                  bias=None):
        n = len(self.shape) - 1
        kernel, dilation = sizes(kernel, n), sizes(dilation, n)
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
        if padding == "valid" and any(r > s for r, s in zip(reach, self.shape)):
            return False
        out = tuple(spread(*of, strides, padding) for of in zip(self.shape, reach))
        weights = math.prod(kernel) * self.shape[n] * multiplier
        if not self._afford(weights, weights * math.prod(out)):
            return False
        more = {"strides": strides, "padding": padding, "depth_multiplier": multiplier,
                "dilation_rate": dilation, "activation": activation, "use_bias": bias}
        self.layers.append(f"DepthwiseConv{n}D({kernel}{written(more)})")
        self.shape = (*out, self.shape[n] * multiplier)
        return True

    def separable(self, filters, kernel, padding="valid", multiplier=1, activation=None, strides=1, dilation=1, bias=None):
        n = len(self.shape) - 1
        kernel, dilation = sizes(kernel, n), sizes(dilation, n)
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
        if padding == "valid" and any(r > s for r, s in zip(reach, self.shape)):
            return False
        out = tuple(spread(*of, strides, padding) for of in zip(self.shape, reach))
        weights = self.shape[n] * multiplier * (math.prod(kernel) + filters)
        if not self._afford(weights, weights * math.prod(out)):
            return False
        more = {"strides": strides, "padding": padding, "depth_multiplier": multiplier, "dilation_rate": dilation,
                "activation": activation, "use_bias": bias}
        self.layers.append(f"SeparableConv{n}D({filters}, {kernel}{written(more)})")
        self.shape = (*out, filters)
        return True

    def pool(self, kind, size, strides=None, padding="valid"):
        n = len(self.shape) - 1
        size = sizes(size, n)
        strides = size if strides is None else sizes(strides, n)
        if padding == "valid" and any(k > s for k, s in zip(size, self.shape)):
            return False
        self.layers.append(f"{kind}Pooling{n}D({size}, {strides}{written({'padding': padding})})")
        out = tuple(spread(*of, padding) for of in zip(self.shape, size, strides))
        self.shape = (*out, self.shape[-1])
        return True

    def adaptive_pool(self, kind, out):
        self.layers.append(f"Adaptive{kind}Pooling{len(out)}D({out if len(out) > 1 else out[0]})")
        self.shape = (*out, self.shape[-1])
        return True

    def global_pool(self, kind, keepdims):
        dimensions = len(self.shape) - 1
        self.layers.append(f"Global{kind}Pooling{dimensions}D(keepdims={keepdims})")
        self.shape = (*[1] * dimensions * keepdims, self.shape[-1])
        return True

    def dense(self, units, activation=None, bias=None):
        weights = self.shape[-1] * units
        if not self._afford(weights, weights * math.prod(self.shape[:-1])):
            return False
        more = {"activation": activation, "use_bias": bias}
        self.layers.append(f"Dense({units}{written(more)})")
        self.shape = (*self.shape[:-1], units)
        return True

    def border(self, what, sides):
        """Zeros around, or less: sides by dimension."""
        sign = 1 if what == "ZeroPadding" else -1
        out = tuple(size + sign * sum(pair) for size, pair in zip(self.shape, sides))
        if min(out) < 1:
            return False
        given = sides if len(sides) == 2 else sides[0]
        self.layers.append(f"{what}{len(sides)}D({given})")
        self.shape = (*out, self.shape[-1])
        return True

    def permute(self, order):
        self.layers.append(f"Permute({tuple(i + 1 for i in order)})")
        self.shape = tuple(self.shape[i] for i in order)
        return True

    def up_sampling(self, size, interpolation=None):
        n = len(self.shape) - 1
        out = (*(k * s for k, s in zip(self.shape[:-1], pair(size))), self.shape[-1])
        if math.prod(out) > MOST_VALUES:
            return False
        self.layers.append(f"UpSampling{n}D({size}{written({'interpolation': interpolation})})")
        self.shape = out
        return True

    def resizing(self, height, width, interpolation, more):
        out = (height, width, self.shape[2])
        if math.prod(out) > MOST_VALUES:
            return False
        self.layers.append(f"Resizing({height}, {width}{written({'interpolation': interpolation, **more})})")
        self.shape = out
        return True

    def repeat(self, n):
        self.layers.append(f"RepeatVector({n})")
        self.shape = (n, *self.shape)
        return True

    def flatten(self):
        if len(self.shape) > 1:
            self.layers.append("Flatten()")
            self.shape = (math.prod(self.shape),)

    def each(self, layer):
        """A layer that leaves the shape as it is."""
        self.layers.append(layer)

    def _afford(self, weights, products):
        if self.weights + weights > MOST_WEIGHTS or self.products + products > MOST_PRODUCTS:
            return False
        self.weights += weights
        self.products += products
        return True

    def text(self):
        body = "".join(f"    {layer},\n" for layer in self.layers)
        listed = ['"accuracy"'] * self.metrics + self.more_metrics
        metrics = f", metrics=[{', '.join(listed)}]" if listed else ""
        counts = "sample_weight=np.where(y_train == 1, 2.5, 0.5), " if self.counts else ""
        if self.counts and self.metrics:
            metrics += ', weighted_metrics=["accuracy"]'
        loss = f'"{self.loss}"'
        if self.loss_arguments:
            loss = f"keras.losses.{LOSS_CLASSES[self.loss]}({self.loss_arguments})"
        frozen = ("for layer in model.layers[:%d]:\n    layer.trainable = False\n" % self.frozen
                  if self.frozen else "")
        return (f"model = Sequential([\n{body}])\n{frozen}"
                f"model.compile(loss={loss}, optimizer={self.optimizer}{metrics})\n"
                f"model.fit(x_train, y_train, batch_size={self.samples}, {counts}"
                "validation_data=(x_test, y_test))\n")


def classify(model, classes, sparse=False):
    model.flatten()
    model.loss = ("sparse_" if sparse else "") + "categorical_crossentropy"
    return model.dense(classes, "softmax")


# ---- the grid

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


# ---- every loss behind every kind of end

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


# ---- random models

def odd(draw, most):
    """Small sizes more often than large ones."""
    return min(draw.randint(1, most), draw.randint(1, most))


def random_conv(draw, model):
    kernel = draw.choice([3, 3, 3, 5, 7, 1, 2, 4, (3, 1), (1, 3), (2, 3), (5, 2), (3, 5)])
    strides = draw.choice([1, 1, 1, 1, 2, 3, (2, 1), (1, 3)])
    dilation = draw.choice([1, 1, 1, 2, (1, 2), 3]) if strides == 1 else 1
    filters = draw.choice([*CHANNELS, 2, 5, 8, 10, 12, 24, 48, odd(draw, 40)])
    activation = draw.choice(["relu", "relu", "tanh", None, "elu", "sigmoid", "gelu", "leaky_relu",
                              Made("LeakyReLU(0.1)"), Made("ELU(0.6)"), Made("ReLU(max_value=1.5, negative_slope=0.1)")])
    padding = draw.choice(["valid", "same", "causal" if len(model.shape) == 2 else "same"])
    groups = draw.choice([k for k in range(1, 9) if filters % k == 0 and model.shape[-1] % k == 0])
    return model.conv(filters, kernel, strides, padding, dilation, activation,
                      draw.choice([None, None, False]), draw.choice([1, groups]))


def random_transpose(draw, model):
    kernel = draw.choice([3, 3, 2, 4, 5, 1, (3, 2), (2, 5)])
    strides = draw.choice([1, 2, 2, 3, (2, 1), (1, 3)])
    dilation = draw.choice([1, 2, (1, 2)]) if strides == 1 else 1
    return model.transpose(draw.choice([1, 3, 8, 16, 17, odd(draw, 40)]), kernel, strides,
                           draw.choice(["valid", "same"]), draw.choice([None, None, 0, 1]), dilation,
                           draw.choice(["relu", "tanh", None]), draw.choice([None, None, False]))


def random_depthwise(draw, model):
    if draw.random() < 0.25:
        strides = draw.choice([1, 1, 1, 2, 3])
        return model.separable(draw.choice([*CHANNELS, odd(draw, 40)]), draw.choice([3, 3, 5, (2, 3)]),
                               draw.choice(["valid", "same"]), draw.choice([1, 1, 2]),
                               draw.choice(["relu", "tanh", None]), strides,
                               draw.choice([1, 1, 2]) if strides == 1 else 1, draw.choice([None, None, False]))
    kernel = draw.choice([3, 3, 3, 5, 1, 2, (3, 1), (1, 3), (2, 3), 7])
    strides = draw.choice([1, 1, 1, 2, 3])
    dilation = draw.choice([1, 1, 1, 2, 3]) if strides == 1 else 1
    return model.depthwise(kernel, strides, draw.choice(["valid", "same"]),
                           draw.choice([1, 1, 1, 2, 3]), dilation,
                           draw.choice(["relu", "relu", "tanh", None, "gelu"]),
                           draw.choice([None, None, False]))


def random_pool(draw, model):
    if draw.random() < 0.15:
        return model.adaptive_pool(draw.choice(["Max", "Average"]),
                                   tuple(draw.randint(1, min(s + 1, 9)) for s in model.shape[:-1]))
    size = draw.choice([2, 2, 2, 3, 3, (2, 3), (3, 2), (1, 2), 4])
    strides = draw.choice([None, None, None, 1, 2, (2, 1), 3])
    return model.pool(draw.choice(["Max", "Max", "Average"]), size, strides,
                      draw.choice(["valid", "valid", "same"]))


def random_block(draw, model):
    """What most networks are made of, and fast rows for."""
    fits = True
    for _ in range(draw.choice([1, 1, 2])):
        fits &= model.conv(draw.choice([8, 16, 16, 32, 32, 64, 6, 7, 13, odd(draw, 64)]),
                           draw.choice([3, 3, 3, 5, 7, 2, (3, 2), (5, 3), (2, 5)]), padding=draw.choice(["valid", "same"]),
                           activation=draw.choice(["relu", "relu", "tanh", None]))
    return fits and model.pool(draw.choice(["Max", "Max", "Max", "Average"]),
                               draw.choice([2, 2, 2, 3, (2, 3), (3, 2)]))


def random_global(draw, model):
    return model.global_pool(draw.choice(["Max", "Average"]), draw.choice([False, True]))


def random_border(draw, model):
    most = draw.choice([1, 2, 3])
    sides = tuple((draw.randint(0, most), draw.randint(0, most)) for _ in model.shape[1:])
    return model.border(draw.choice(["ZeroPadding", "Cropping"]), sides)


def random_permute(draw, model):
    return model.permute(draw.sample(range(len(model.shape)), len(model.shape)))


def random_up_sampling(draw, model):
    if len(model.shape) == 2:
        return model.up_sampling(draw.choice([1, 2, 2, 3]))
    return model.up_sampling(draw.choice([2, 2, (2, 3), (1, 2)]), draw.choice([None, *INTERPOLATIONS]))


INTERPOLATIONS = ["bilinear", "bilinear", "bicubic", "lanczos3", "lanczos5"]


def random_resizing(draw, model):
    if len(model.shape) != 3:
        return False
    more = {"fill_value": draw.choice([None, 0.5]), "antialias": draw.choice([None, True]),
            draw.choice(["crop_to_aspect_ratio", "pad_to_aspect_ratio"]): draw.choice([None, True])}
    return model.resizing(odd(draw, 40), odd(draw, 40), draw.choice([*INTERPOLATIONS, "nearest"]), more)


def random_center(draw, model):
    if len(model.shape) != 3:
        return False
    height, width = (draw.randint(1, size) for size in model.shape[:2])
    model.each(f"CenterCrop({height}, {width})")
    model.shape = (height, width, model.shape[2])
    return True


def random_repeat(draw, model):
    return model.repeat(draw.choice([1, 3, 8, 17]))


def random_places(draw, model):
    """The same values at other places, more of them or less."""
    return draw.choice([random_border, random_border, random_permute, random_up_sampling, random_resizing, random_center])(draw, model)


def random_standard(draw, model):
    """Normalisations, noise, and functions with arguments."""
    rank, channels = len(model.shape), model.shape[-1]
    groups = draw.choice([g for g in range(1, channels + 1) if channels % g == 0])
    axes = draw.sample(range(1, rank + 1), draw.randint(1, rank))
    return draw.choice([
        "LayerNormalization(epsilon=0.01)", f"LayerNormalization(axis={axes}, epsilon=0.05, scale=False)",
        f"GroupNormalization({groups}, epsilon=0.01)", f"GroupNormalization(-1, axis={axes[0]}, epsilon=0.05)", f"UnitNormalization(axis={axes})",
        "RMSNormalization()", f"RMSNormalization(axis={[*range(axes[0], rank + 1)]}, epsilon=0.05)",
        f'PReLU("glorot_uniform", shared_axes={axes})', 'PReLU("ones")', "LeakyReLU()", "ELU(0.5)",
        "GaussianNoise(0.2)", "GaussianDropout(0.2, seed=3)", "AlphaDropout(0.25, seed=7)", f"Softmax(axis={axes[0]})",
        "ActivityRegularization(l1=0.001, l2=0.01)",
        f"Normalization(axis={draw.choice([axes, axes[0], None])}, invert={draw.random() < 0.3})",
        f"Normalization(mean={[round(draw.uniform(-1, 1), 2) for _ in range(channels)]}, variance={[round(draw.uniform(0.3, 2), 2) for _ in range(channels)]})",
        "Normalization(mean=0.4, variance=0.3)"])


def random_each(draw, model):
    if draw.random() < 0.15:
        model.each(f"Reshape({model.shape})")
        return True
    if draw.random() < 0.3:
        model.each("BatchNormalization(%s)" % draw.choice(
            ["", "synchronized=True", "momentum=0.9, epsilon=0.02", "scale=False", "center=False",
             f"axis={draw.randint(1, len(model.shape))}, epsilon=0.02"]))
        return True
    if draw.random() < 0.1 and len(model.shape) > 1:
        model.each(f"SpatialDropout{len(model.shape) - 1}D({draw.choice([0.25, 0.3])})")
    if draw.random() < 0.25:
        model.each(random_standard(draw, model))
        return True
    if draw.random() < 0.1:
        shape = tuple(draw.choice([None, 1]) for _ in range(1 + len(model.shape)))
        model.each(f"{draw.choice(['Dropout', 'AlphaDropout'])}(0.25, noise_shape={shape})")
        return True
    model.each(draw.choice(["Dropout(0.5)", "Dropout(0.25)", "Dropout(0.3, seed=5)", 'Activation("relu")',
                            'Activation("tanh")', "ReLU(max_value=1.5)", "ReLU(negative_slope=0.1)",
                            "Rescaling(0.5, offset=0.1)", 'Activation("softplus")', "Softmax()",
                            "Identity()", 'Activation("mish")', 'Activation("log_softmax")', 'Activation("squareplus")']))
    return True


FILLS = ["constant", "nearest", "reflect", "wrap"]


def random_augment(draw, model):
    """Images varied in training. Turned or zoomed, places of pixels are as many as there are; where the
    nearest pixel counts, or the image jumps, one may be nearer to that than floats are exact."""
    height, width, _ = model.shape
    few = height * width * model.samples <= 400
    low, high = draw.choice([(0.1, 0.1), (0.3, 0.2), (0.6, 0.4)])

    def how(exact):
        fill = draw.choice(FILLS if few or exact else FILLS[:3])
        nearest = (few or exact) and draw.random() < 0.4
        return written({"fill_mode": fill, "interpolation": "nearest" if nearest else None,
                        "fill_value": draw.choice([None, 0.5]), "seed": draw.choice([None, 3])})

    kind = draw.choice(["flip", "flip", "move", "turn", "zoom", "crop", "contrast", "brightness"])
    if kind == "crop":
        if draw.random() < 0.7:
            crop = max(1, height - draw.randint(1, 4)), max(1, width - draw.randint(1, 4))
        else:
            crop = draw.randint(1, height + 3), draw.randint(1, width + 3)
        model.each(f"RandomCrop{crop}")
        model.shape = (*crop, model.shape[-1])
        return True
    model.each({
        "flip": "RandomFlip(%s)" % draw.choice(["", '"vertical"', '"horizontal", seed=5']),
        "move": f"RandomTranslation({low}, ({-high}, {low}){how(True)})",
        "turn": f"RandomRotation({low / 3:.2f}{how(False)})",
        "zoom": f"RandomZoom({high}{draw.choice(['', f', {low}'])}{how(False)})",
        "contrast": f"RandomContrast({draw.choice([low, (low, high)])}, value_range=(-1, 2))",
        "brightness": f"RandomBrightness({low}, value_range=(-1.5, 1))"}[kind])
    return True


def random_dense(draw, model):
    units = draw.choice([1, 3, 10, 16, 17, 33, 64, 100, 128, odd(draw, 200)])
    return model.dense(units, draw.choice(["relu", "tanh", None, "selu"]),
                       draw.choice([None, None, False]))


def any_end(draw, model):
    """Any loss behind any end; those that a logarithm or a quotient makes steep are left to ends()."""
    model.loss, model.loss_arguments = draw.choice([pair for pair in LOSSES if pair[0] not in STEEP])
    if draw.random() < 0.5:
        model.flatten()
        return model.dense(draw.choice([1, 2, 5, 10, odd(draw, 40)]), draw.choice(END_ACTIVATIONS))
    if draw.random() < 0.3:
        model.flatten()
    if draw.random() < 0.5:
        model.each(draw.choice(["Softmax()", "ReLU()", 'Activation("sigmoid")', 'Activation("gelu")',
                                "Rescaling(0.5)", "Dropout(0.5)"]))
    return model.weights > 0


def amounts(draw, model):
    """Targets that are counts or shares; a class number for a loss that takes shares and is named by one."""
    model.loss = draw.choice(["poisson", "kl_divergence", "mape", "categorical_generalized_cross_entropy"])
    model.flatten()
    end = "softplus" if model.loss in ("poisson", "mape") else "softmax"
    return model.dense(draw.choice([2, 3, 7]), end)


def random_end(draw, model):
    kind = draw.choice(["classes", "classes", "classes", "values", "images", "binary", "any", "any", "focal",
                        "overlap", "amounts"])
    if kind == "amounts":
        return amounts(draw, model)
    if kind == "any":
        return any_end(draw, model)
    model.loss = draw.choice(["mse", "mse", "mae"])
    if kind == "classes":
        return classify(model, draw.choice([2, 3, 10, 16, 17, odd(draw, 70)]), draw.random() < 0.3)
    if kind == "overlap":
        model.loss, model.loss_arguments = draw.choice(OVERLAPS)
        model.each(draw.choice(["Softmax()", 'Activation("sigmoid")']))
        return model.weights > 0
    if kind == "images": # the last layer's own output, of any shape
        return model.weights > 0
    model.flatten()
    if kind == "values":
        return model.dense(draw.choice([1, 2, 10, odd(draw, 40)]))
    model.loss = "binary_crossentropy"
    if kind == "focal":
        model.loss = "binary_focal_crossentropy"
        model.loss_arguments = draw.choice(["gamma=1.5", "True, label_smoothing=0.1", "alpha=0.4", "from_logits=True"])
        return model.dense(draw.choice([1, 1, 5]), draw.choice(["sigmoid", "sigmoid", "softmax"]))
    return model.dense(draw.choice([1, 1, 5]), "sigmoid")


LAYERS_OF = {  # by dimensions of a sample: vectors, sequences, images
    1: [random_dense] * 6 + [random_each] * 2 + [random_repeat],
    2: [random_conv] * 4 + [random_depthwise] + [random_transpose] + [random_pool] * 2 + [random_each] + [random_dense] + [random_places],
    3: [random_block] * 4 + [random_conv] * 3 + [random_depthwise] * 2 + [random_transpose] + [random_pool] + [random_places] + [random_each] * 2 + [random_augment],
}


def random_model(number):
    draw = random.Random(number)
    while True:
        kind = draw.random()
        side = draw.choice([odd, lambda draw, most: draw.randint(8, most)])
        shape = (side(draw, 28), side(draw, 28), draw.choice([1, 1, 2, 3, 3, 4, 8, 16, odd(draw, 40)]))
        if kind > 0.75:
            shape = (odd(draw, 60), odd(draw, 20)) if kind < 0.87 else (odd(draw, 300),)
        model = Model(shape,
                      draw.choice([*SAMPLES, odd(draw, 40)]), metrics=draw.random() < 0.5)
        model.optimizer = draw.choice([model.optimizer] * 4 + OPTIMIZERS + [arguments.random_optimizer(draw)] * len(OPTIMIZERS))
        for _ in range(draw.randint(1, 7)):
            draw.choice(LAYERS_OF[len(model.shape)])(draw, model)
            if len(model.shape) > 1 and draw.random() < 0.08:
                draw.choice([model.flatten, lambda: random_dense(draw, model),
                             lambda: random_global(draw, model)])()
        if draw.random() < 0.15 and len(model.layers) > 1:  # not the last
            model.frozen = draw.randint(0, len(model.layers) - 2)
        if random_end(draw, model):
            model.counts = len(model.shape) == 1 and draw.random() < 0.15
            if model.counts and model.loss in LOSS_CLASSES and not model.loss_arguments and draw.random() < 0.4:
                model.loss_arguments = 'reduction="mean_with_sample_weight"'
            model.loss_arguments = arguments.random_loss_arguments(draw, model)
            if draw.random() < 0.5:
                model.more_metrics = arguments.random_metrics(draw, model)
            model.layers = [arguments.with_more(draw, layer) for layer in model.layers]
            if draw.random() < 0.3:
                model.layers = [arguments.regularised(draw, layer, before) for before, layer in zip(["", *model.layers], model.layers)]
            return model


# ---- random Steps: a layer that the compiler of tests alone has (tests/step/random_layer.c)

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
