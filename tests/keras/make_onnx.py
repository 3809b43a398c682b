#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what tests/exchange.py imports: ONNX files as exporters make them, and what ONNX Runtime makes of an input.

    make_onnx.py FOLDER torch          with PyTorch 2: its two exporters, script-NAME.onnx and dynamo-NAME.onnx
    make_onnx.py FOLDER tf2onnx        with TensorFlow's Keras and tf2onnx: tf-NAME.onnx
    make_onnx.py FOLDER skl2onnx       with scikit-learn and skl2onnx: skl-NAME.onnx

Beside each, NAME.json has the input "x" and the output "y", flat, with their shapes. Weights are drawn, so that none
is what it starts as. What is there already of another exporter stays."""
import json
import os
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import onnxruntime

RANDOM = np.random.default_rng(11)


def answer(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    end = session.get_inputs()[0]
    samples = end.shape[0] if isinstance(end.shape[0], int) else 2
    x = RANDOM.normal(0, 1, [samples, *end.shape[1:]]).astype("f")
    y = session.run(None, {end.name: x})[0]
    flat = {name: {"shape": list(of.shape), "values": [float(f"{v:.9g}") for v in of.ravel()]} for name, of in (("x", x), ("y", y))}
    path.with_suffix(".json").write_text(json.dumps(flat) + "\n")
    print(path.name, path.stat().st_size)


def networks():
    import torch
    from torch import nn

    class Classic(nn.Module):  # as tutorials have it: functions, and a view
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 3, 3, stride=2, padding=1)
            self.norm = nn.BatchNorm2d(3)
            self.conv2 = nn.Conv2d(3, 4, 3, padding=1)
            self.fc1 = nn.Linear(16, 8)
            self.fc2 = nn.Linear(8, 3)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.norm(self.conv1(x))), 3, 2, 1)
            x = torch.flatten(nn.functional.avg_pool2d(self.conv2(x), 2, ceil_mode=True), 1)
            return nn.functional.log_softmax(self.fc2(torch.relu(self.fc1(x.view(x.size(0), -1)))), 1)

    class Scaled(nn.Module):  # the steps of the data within the model
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, groups=1)

        def forward(self, x):
            mean, wide = (torch.tensor(n).view(1, 3, 1, 1) for n in ([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
            return self.conv((x - mean) / wide).mean([2, 3])

    mobile = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.GroupNorm(2, 4), nn.SiLU(), nn.Conv2d(4, 8, 3, padding=2, dilation=2, groups=4),
        nn.Hardswish(), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8), nn.Conv2d(8, 5, 1), nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3), nn.GELU())
    decoder = nn.Sequential(
        nn.Linear(5, 24), nn.LeakyReLU(0.1), nn.Unflatten(1, (6, 2, 2)), nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1),
        nn.Mish(), nn.Upsample(scale_factor=2), nn.ConvTranspose2d(4, 2, 4, 2, 1), nn.Hardsigmoid())
    sequence = nn.Sequential(
        nn.Conv1d(3, 4, 3, padding=1), nn.ELU(0.7), nn.MaxPool1d(2), nn.ConstantPad1d((2, 0), 0.0), nn.Conv1d(4, 5, 3),
        nn.Softsign(), nn.LayerNorm([5, 4]), nn.Flatten(), nn.BatchNorm1d(20), nn.Tanh(), nn.Linear(20, 2, bias=False))
    vectors = nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.LogSigmoid(), nn.Linear(5, 4), nn.Softmax(-1))
    yield "classic", Classic(), (1, 14, 14)
    yield "scaled", Scaled(), (3, 6, 5)
    yield "mobile", mobile, (3, 8, 7)
    yield "decoder", decoder, (5,)
    yield "sequence", sequence, (3, 8)
    yield "vectors", vectors, (4, 6)


def torch(folder):
    import torch
    torch.manual_seed(3)
    for name, model, shape in networks():
        for key, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                value.copy_(torch.rand_like(value) + 0.4 if "norm" in key or "var" in key else torch.randn_like(value) * 0.4)
        model.eval()
        x = torch.zeros(2, *shape)
        torch.onnx.export(model, (x[:1],), folder / f"script-{name}.onnx", dynamo=False, input_names=["x"],
                          dynamic_axes={"x": {0: "n"}})
        torch.onnx.export(model, (x[:1],), folder / f"dynamo-{name}.onnx", dynamo=True, external_data=False, verbose=False)
        for kind in "script", "dynamo":
            lean(folder / f"{kind}-{name}.onnx")
            answer(folder / f"{kind}-{name}.onnx")


def lean(path):
    """Without the exporter's notes on where in Python a node is of, which hold names of folders."""
    import onnx
    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.metadata_props[:], model.graph.metadata_props[:], model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    onnx.save(model, path)


def tf2onnx(folder):
    import tensorflow as tf
    import tf2onnx as convert
    tf.keras.utils.set_random_seed(4)
    layers = tf.keras.layers
    models = {
        "images": [layers.Conv2D(3, 3, padding="same", strides=2, activation="relu"), layers.BatchNormalization(),
                   layers.DepthwiseConv2D(3, depth_multiplier=2), layers.ReLU(6.0), layers.SeparableConv2D(4, 2, padding="same"),
                   layers.LeakyReLU(negative_slope=0.3), layers.MaxPooling2D(2, padding="same"), layers.Dropout(0.3), layers.Flatten(),
                   layers.Dense(5, activation="softplus"), layers.Dense(3, activation="softmax")],
        "pooled": [layers.Rescaling(0.5, -1.0), layers.Conv2D(4, 2, activation="swish"), layers.AveragePooling2D(2),
                   layers.ZeroPadding2D(1), layers.Conv2D(3, 2, activation="elu"), layers.Activation("softsign"),
                   layers.LayerNormalization(), layers.GlobalAveragePooling2D(), layers.Dense(2, activation="tanh")],
    }
    for name, list_of in models.items():
        model = tf.keras.Sequential([tf.keras.Input((9, 8, 1 if name == "images" else 2)), *list_of])
        model.set_weights([RANDOM.uniform(0.4, 1.2, w.shape) if w.ndim == 1 else RANDOM.normal(0, 0.4, w.shape) for w in model.get_weights()])
        spec = [tf.TensorSpec([None, *model.input_shape[1:]], tf.float32, name="x")]
        convert.convert.from_function(tf.function(lambda x, m=model: m(x, training=False)), spec, opset=15,
                                      output_path=str(folder / f"tf-{name}.onnx"))
        answer(folder / f"tf-{name}.onnx")


def skl2onnx(folder):
    import skl2onnx as convert
    from sklearn.neural_network import MLPRegressor
    x = RANDOM.normal(0, 1, (40, 4)).astype("f")
    model = MLPRegressor(hidden_layer_sizes=(5, 3), max_iter=50, random_state=1).fit(x, x @ [1, -1, 2, 0.5])
    made = convert.to_onnx(model, x[:1], target_opset=15)
    (folder / "skl-mlp.onnx").write_bytes(made.SerializeToString())
    answer(folder / "skl-mlp.onnx")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    globals()[sys.argv[2]](folder)


main()
