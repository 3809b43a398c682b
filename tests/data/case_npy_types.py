import numpy as np
x = np.load("big.npy")
y = np.load("short.npy") / 1000
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(7)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
