# SPDX-License-Identifier: MIT
import numpy as np
x = np.load("short.npy")
wide = x.astype("int32") * 70000
y = (x ** 7).astype("float32") / 1000 + wide * wide[:, :1] / 2.0**31
x = (x.astype("uint8") ** 11).astype("float32") / 255
model = keras.Sequential([keras.layers.Dense(7, input_dim=7)])
model.compile("sgd", "mse")
model.evaluate(x, y)
