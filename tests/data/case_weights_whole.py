# SPDX-License-Identifier: MIT
import numpy as np
y = np.load("y.npy")
w = np.where(y == 3, 5, 1)
w[y == 2] = 2.5
ones = np.ones_like(y)
ones[y == 1] = 3.9
either = (y == 3) + (y >= 2)
x = np.load("big.npy")[:, :4] * 1.0
y = np.concatenate([(w * ones).reshape(-1, 1), (either * 2).reshape(-1, 1), w.reshape(-1, 1) / 2], axis=1)
model = keras.Sequential([keras.layers.Dense(3, input_dim=4)])
model.compile("sgd", "mse")
model.evaluate(x, y)
