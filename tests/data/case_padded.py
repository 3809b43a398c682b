# SPDX-License-Identifier: MIT
import numpy as np
x = np.pad(np.load("x.npy"), ((0, 0), (2, 1), (0, 3), (0, 0)), "constant")
x = np.pad(x[..., 0] / 255.0, [(0, 0), (1, 1), (2, 2)], mode="constant", constant_values=0.5)
y = np.pad(np.load("big.npy"), ((0, 0), (0, 2)), constant_values=-1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(9)])
model.compile("sgd", "mse")
model.evaluate(x, y)
