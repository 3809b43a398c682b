# SPDX-License-Identifier: MIT
"""A model that is put together a layer at a time: the text of a .cnn file and a number of samples."""
import math
from dataclasses import dataclass, field

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
