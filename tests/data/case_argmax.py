import numpy as np
x = np.load("short.npy") / 3000
y = np.argmax(np.load("big.npy"), axis=1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
