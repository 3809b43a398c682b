import numpy as np
x = np.load("x.npy").transpose(0, 3, 1, 2)
y = np.load("y.npy")
x = np.transpose(x, (0, 2, 1, 3))[:, :, 0]
x = x / 100.0
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
