# SPDX-License-Identifier: MIT
import numpy as np
x = np.concatenate([np.zeros((3, 2, 2)), np.ones((2, 2, 2), dtype="float32"), np.full((1, 2, 2), 0.25)])
y = np.array([[1], [2], [3], [4], [5], [6]]) / 3
model = keras.Sequential([keras.Input((2, 2)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
