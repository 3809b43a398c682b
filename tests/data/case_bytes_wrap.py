import numpy as np
x = np.load("x.npy")
y = np.load("y.npy")
x = x * 3 + 7
x = x.astype("int64") - 100
x = x.astype("int8")
x = -(x / 2) ** 2
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
