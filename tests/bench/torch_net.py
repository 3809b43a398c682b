# SPDX-License-Identifier: MIT
"""A Sequential model of Keras as PyTorch's users write it: channels first, the last softmax or sigmoid within the
loss. Weights are Keras's: kernels [H, W, C, F] become [F, C, H, W], and a dense layer behind Flatten reads the
values in PyTorch's order."""
import numpy as np
import torch
from torch import nn

from peers import Untranslated

ACTIVATIONS = {"linear": (), "relu": (nn.ReLU,), "tanh": (nn.Tanh,), "sigmoid": (nn.Sigmoid,), "elu": (nn.ELU,),
               "gelu": (nn.GELU,), "selu": (nn.SELU,), "silu": (nn.SiLU,), "relu6": (nn.ReLU6,)}


def like_same(layer, size, kernel):
    """Sides that padding="same" adds: left, right, top, bottom, as PyTorch counts them."""
    if layer.padding != "same":
        return (0, 0, 0, 0)
    both = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(size, layer.strides, kernel)]
    return both[1] // 2, both[1] - both[1] // 2, both[0] // 2, both[0] - both[0] // 2


def padding(sides, value):
    """A layer that pads, if need be, and what a convolution or pool may pad by itself instead."""
    left, right, top, bottom = sides
    if left == right and top == bottom:
        return [], (top, left)
    return [nn.ConstantPad2d(sides, value)], 0


def put(parameter, array):
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def convolution(layer):
    depthwise = type(layer).__name__ == "DepthwiseConv2D"
    channels, out = layer.input.shape[-1], layer.output.shape[-1]
    reach = [(k - 1) * d + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate)]
    before, pad = padding(like_same(layer, layer.input.shape[1:3], reach), 0.0)
    made = nn.Conv2d(channels, out, layer.kernel_size, layer.strides, pad, layer.dilation_rate,
                     channels if depthwise else layer.groups, layer.use_bias)
    kernel = layer.get_weights()[0]
    put(made.weight, kernel.reshape(*kernel.shape[:2], 1, -1).transpose(3, 2, 0, 1) if depthwise
        else kernel.transpose(3, 2, 0, 1))
    if layer.use_bias:
        put(made.bias, layer.get_weights()[1])
    return before + [made]


def dense(layer, image):
    kernel, *bias = layer.get_weights()
    if image:  # values come as C, H, W
        kernel = kernel.reshape(*image, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    made = nn.Linear(*kernel.shape, bias=layer.use_bias)
    put(made.weight, kernel.T)
    if bias:
        put(made.bias, bias[0])
    return [made]


def normalisation(layer):
    kind = nn.BatchNorm2d if len(layer.input.shape) == 4 else nn.BatchNorm1d
    if not (layer.scale and layer.center):
        raise Untranslated("BatchNormalization without scale or center")
    made = kind(layer.input.shape[-1], eps=layer.epsilon, momentum=1 - layer.momentum)
    for parameter, array in zip((made.weight, made.bias, made.running_mean, made.running_var), layer.get_weights()):
        put(parameter, array)
    return [made]


def pool(layer):
    largest = type(layer).__name__ == "MaxPooling2D"
    before, pad = padding(like_same(layer, layer.input.shape[1:3], layer.pool_size), float("-inf"))
    if largest:
        return before + [nn.MaxPool2d(layer.pool_size, layer.strides, pad)]
    if before:
        raise Untranslated("an average pool with more padding on one side")
    return [nn.AvgPool2d(layer.pool_size, layer.strides, pad, count_include_pad=False)]


LAYERS = {"Conv2D": convolution, "DepthwiseConv2D": convolution, "BatchNormalization": normalisation,
          "MaxPooling2D": pool, "AveragePooling2D": pool, "Flatten": lambda layer: [nn.Flatten()],
          "GlobalAveragePooling2D": lambda layer: [nn.AdaptiveAvgPool2d(1), nn.Flatten()],
          "Dropout": lambda layer: [nn.Dropout(layer.rate)], "ReLU": lambda layer: [nn.ReLU()],
          "Activation": lambda layer: []}


def translated(model):
    """The layers, and the name of the activation at the end."""
    made, image, last = [], None, "linear"
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Dense":
            made += dense(layer, image)
            image = None
        elif kind in LAYERS:
            made += LAYERS[kind](layer)
            if kind == "Flatten" and len(layer.input.shape) == 4:
                image = layer.input.shape[1:]
        else:
            raise Untranslated(kind)
        name = getattr(getattr(layer, "activation", None), "__name__", "linear")
        if name == "softmax" and layer is model.layers[-1]:
            last = name
        elif name == "sigmoid" and layer is model.layers[-1]:
            last = name
        elif name in ACTIVATIONS:
            made += [kind() for kind in ACTIVATIONS[name]]
        else:
            raise Untranslated(name)
    return made, last


def of(model):
    """The net, and what makes a loss and an optimiser for it."""
    made, last = translated(model)
    end = {"softmax": [nn.Softmax(1)], "sigmoid": [nn.Sigmoid()], "linear": []}[last]

    class Net(nn.Module):
        """In training the end is part of the loss."""

        def __init__(self):
            super().__init__()
            self.body, self.end = nn.Sequential(*made), nn.Sequential(*end)

        def forward(self, x):
            x = self.body(x)
            return x if self.training else self.end(x)

    def fit(net):
        losses = {("categorical_crossentropy", "softmax"): nn.CrossEntropyLoss(),
                  ("sparse_categorical_crossentropy", "softmax"): nn.CrossEntropyLoss(),
                  ("binary_crossentropy", "sigmoid"): nn.BCEWithLogitsLoss(), ("mean_squared_error", "linear"): nn.MSELoss(),
                  ("mse", "linear"): nn.MSELoss()}
        name = getattr(model.loss, "name", model.loss)
        optimiser = model.optimizer
        kinds = {"Adam": lambda rate: torch.optim.Adam(net.parameters(), lr=rate, eps=optimiser.epsilon, fused=True),
                 "SGD": lambda rate: torch.optim.SGD(net.parameters(), lr=rate, momentum=optimiser.momentum)}
        if (name, last) not in losses or type(optimiser).__name__ not in kinds:
            raise Untranslated(f"{name} behind {last} by {type(optimiser).__name__}")
        return (lambda net, x, y: losses[name, last](net(x), y)), kinds[type(optimiser).__name__](float(optimiser.learning_rate))

    return Net(), fit
