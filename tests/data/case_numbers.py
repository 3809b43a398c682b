# SPDX-License-Identifier: MIT
import numpy as np
x = np.array([1, 2, 3.5, 4, 5, 6, 7, 8, 9, 10])
y = np.array([2, 4, 6, 8, 10, 12, 14, 16, 18, 20.5])
x_fit, y_fit = x[:-3], y[:-3]
x, y = x[1:8:2], y[1:8:2]
model = keras.Sequential([keras.layers.Dense(1, input_dim=1)])
model.compile("sgd", "mse")
model.fit(x_fit, y_fit)
model.evaluate(x, y)
