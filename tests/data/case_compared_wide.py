# SPDX-License-Identifier: MIT
import numpy as np
x, y = np.load("short.npy"), np.load("y.npy") - 2
near = (x[:, 0] >= -500) & (x[:, 1] < 900)
x, y = x[near] / 1000.0, y[near]
y = (y < 0) * 2.0 + (y == 1) + np.where(y >= 0, 3.0, 0.5)
model = keras.Sequential([keras.Input((7,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
