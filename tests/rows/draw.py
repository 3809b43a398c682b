# SPDX-License-Identifier: MIT
"""Random models, of every layer."""
import random

import arguments
from ends import END_ACTIVATIONS, LOSSES, OVERLAPS, STEEP
from model import CHANNELS, LOSS_CLASSES, OPTIMIZERS, SAMPLES, Made, Model, classify, pair, written


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
