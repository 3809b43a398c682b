# SPDX-License-Identifier: MIT
import numpy as np
x = np.array([[0, 0, 1], [0, 1, 2], [1, 0, 3.5], [1, 1, 4]], dtype=np.float32)
y = np.array([0, 1, 1, 0])
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
