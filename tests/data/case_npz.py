import numpy as np
data = np.load("plain.npz")
x, y = data["x"], data["y"]
x = np.expand_dims(x, -1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
