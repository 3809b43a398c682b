#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what tests/exchange.py reads: models as Keras saves them, and HDF5 files that are not to be trusted.

    make_saved.py FOLDER            with Keras 3: net.keras, net.h5, net.weights.h5, x.npy, net.json; chain.keras, chain.h5,
                                    chain.json; hostile/*.weights.h5
    make_saved.py FOLDER tf_keras   with TF-Keras 2: old.keras, old.h5, old.json; old_chain.h5, old_chain.json

x.npy has images of bytes; NET.json what the model makes of them, each byte divided by 255, by name of the file."""
import importlib
import json
import os
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import numpy as np

SHAPE = (9, 8, 2)


def net(keras):
    layers = keras.layers
    regular = {"pointwise_regularizer": keras.regularizers.L1L2(l1=1e-3, l2=2e-3), "bias_constraint": "non_neg"}
    head = keras.Sequential([layers.Dense(4, activation="tanh"), layers.BatchNormalization()], name="head")
    model = keras.Sequential([
        keras.Input(SHAPE),
        layers.RandomFlip("horizontal"),
        layers.Conv2D(3, (3, 2), activation=layers.ReLU(max_value=4), kernel_initializer=keras.initializers.HeNormal(3)),
        layers.BatchNormalization(trainable=False, epsilon=0.01),
        layers.PReLU(shared_axes=[1, 2]),
        layers.DepthwiseConv2D(2, depth_multiplier=2, padding="same", activation="swish", name="wide-2"),
        layers.SeparableConv2D(4, 2, strides=2, **regular),
        layers.LayerNormalization(),
        layers.ZeroPadding2D(((1, 0), (0, 2))),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.25, seed=7),
        head,
        layers.Dense(3, name="out"),
        layers.Softmax(),
    ])
    rate = keras.optimizers.schedules.CosineDecay(0.01, 100, alpha=0.1)
    model.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=0.02), weighted_metrics=["mse"],
                  loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
                  metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(2, name="second")])
    return model


def old(keras):
    layers = keras.layers
    model = keras.Sequential([
        layers.Conv2D(3, 3, activation="relu", input_shape=SHAPE),
        layers.BatchNormalization(),
        layers.LeakyReLU(alpha=0.2),
        layers.DepthwiseConv2D(2, depth_multiplier=2),
        layers.SeparableConv2D(4, 2, padding="same", strides=2),
        layers.AveragePooling2D(),
        layers.Flatten(),
        keras.Sequential([layers.Dense(4, activation="tanh"), layers.BatchNormalization()]),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="categorical_crossentropy", metrics=["accuracy", "mse"])
    return model


def chain(keras):
    """In functional notation, models of both notations in it."""
    layers = keras.layers
    middle = keras.Input((5, 5, 4))
    middle = keras.Model(middle, layers.Conv2D(3, 2)(layers.BatchNormalization()(middle)), name="middle")
    image = keras.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, activation="relu")(image)
    x = keras.Sequential([layers.ZeroPadding2D(((0, 0), (1, 0))), layers.Conv2D(4, (3, 3)), layers.ReLU()], name="head")(x)
    x = layers.Dropout(0.2)(middle(x))
    x = layers.Dense(3, activation="softmax")(layers.Flatten()(x))
    model = keras.Model(image, x)
    model.compile(optimizer="sgd", loss="categorical_crossentropy")
    return model


def filled(model, random):
    """Every weight drawn, so that none is what it starts as."""
    model.set_weights([random.uniform(0.2, 1.2, w.shape) if "variance" in v.name or "gamma" in v.name
                       else random.normal(0, 0.4, w.shape) for v, w in zip(model.weights, model.get_weights())])
    return model


def save(model, folder, name, forms):
    x = np.load(folder / "x.npy")
    for form in forms:
        path = folder / f"{name}.{form}"
        model.save_weights(path) if "weights" in form else model.save(path)
    wanted = model.predict(x / np.float32(255), verbose=0)
    (folder / f"{name}.json").write_text(json.dumps(np.float32(wanted).astype(float).round(7).tolist()) + "\n")


# ---- HDF5 files for one dense layer of 3 inputs and 2 units

def dense(file, kernel=True, bias=True):
    group = file.create_group("layers/dense/vars")
    if kernel:
        group["0"] = np.ones((3, 2), "f")
    if bias:
        group["1"] = np.zeros(2, "f")
    return group


def hostile(folder):
    def made(name):
        return h5py.File(folder / f"{name}.weights.h5", "w")

    with made("good") as f:
        dense(f)
    with made("soft_link") as f:
        dense(f, kernel=False)["0"] = h5py.SoftLink("/layers/dense/vars/1")
    with made("soft_group") as f:
        dense(f)
        f.move("layers", "elsewhere")
        f["layers"] = h5py.SoftLink("/elsewhere")
    with made("external_link") as f:
        dense(f, kernel=False)["0"] = h5py.ExternalLink("good.weights.h5", "/layers/dense/vars/0")
    with made("external_storage") as f:
        dense(f, kernel=False).create_dataset("0", (3, 2), "f", external=[("/etc/passwd", 0, 24)])
    with made("virtual") as f:
        layout = h5py.VirtualLayout((3, 2), "f")
        layout[:] = h5py.VirtualSource("good.weights.h5", "/layers/dense/vars/0", (3, 2))
        dense(f, kernel=False).create_virtual_dataset("0", layout)
    with made("too_large") as f:
        dense(f, kernel=False).create_dataset("0", (3 << 40, 2), "f", chunks=(1, 2))
    with made("other_rank") as f:
        dense(f, kernel=False)["0"] = np.ones(6, "f")
    with made("huge_chunk") as f:
        dense(f, kernel=False).create_dataset("0", (3, 2), "f", maxshape=(None, None), chunks=(1 << 14, 1 << 14))
    with made("texts") as f:
        dense(f, kernel=False).create_dataset("0", (3, 2), h5py.string_dtype())
    with made("complex") as f:
        dense(f, kernel=False)["0"] = np.ones((3, 2), "F")
    with made("bfloat16") as f:
        dense(f)["0"].attrs["dtype"] = "bfloat16"
    with made("group") as f:
        dense(f, kernel=False).create_group("0")
    with made("no_bias") as f:
        dense(f, bias=False)
    with made("one_more") as f:
        dense(f)["2"] = np.zeros(2, "f")
    with made("other_layer") as f:
        dense(f)
        f.create_group("layers/dense_1/vars")
    with made("no_layers") as f:
        f.create_group("vars")
    with made("old_names") as f:
        f.attrs["layer_names"] = ["dense"]
        f.create_group("dense").attrs["weight_names"] = ["../x", "/etc/passwd"]
    with made("old_numbers") as f:
        f.attrs["layer_names"] = np.arange(3)
    with made("no_group") as f:
        f.create_group("layers/dense")["vars"] = np.ones(3, "f")
    with made("wide") as f:
        dense(f, kernel=False)["0"] = np.ones((3, 2), np.longdouble)
    with made("long_link") as f:
        dense(f)
        f.create_group("layers/" + 3000 * "x")
    with made("old_long_name") as f:
        f.attrs["layer_names"] = [3000 * "x"]
    with made("old_more") as f:
        f.attrs["layer_names"] = ["dense", "dense_1"]
        for name in "dense", "dense_1":
            group = f.create_group(name)
            group.attrs["weight_names"] = ["kernel", "bias"]
            group["kernel"], group["bias"] = np.ones((3, 2), "f"), np.zeros(2, "f")
    with made("old_none") as f:
        f.attrs["layer_names"] = ["dense"]
        f.create_group("dense").attrs["weight_names"] = []
    with made("config_numbers") as f:
        f.attrs["model_config"] = np.arange(3)
    with made("doubles") as f:  # no fault: they are rounded
        group = dense(f, kernel=False)
        group.create_dataset("0", data=np.full((3, 2), 0.1), compression="gzip", shuffle=True)


def main():
    folder, kind = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "keras"
    keras = importlib.import_module(kind)
    random = np.random.default_rng(5)
    if kind == "keras":
        np.save(folder / "x.npy", random.integers(0, 256, (3, *SHAPE), "u1"))
        save(filled(net(keras), random), folder, "net", ["keras", "h5", "weights.h5"])
        save(filled(chain(keras), random), folder, "chain", ["keras", "h5"])
        (folder / "hostile").mkdir(exist_ok=True)
        hostile(folder / "hostile")
    else:
        save(filled(old(keras), random), folder, "old", ["keras", "h5"])
        save(filled(chain(keras), random), folder, "old_chain", ["h5"])


main()
