import numpy as np
x = np.load("x.npy") / 255.0
y = np.load("y.npy")
x = (x - np.array([0.49, 0.48, 0.45])) / np.array([0.2, 0.21, 0.22])
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
