import numpy as np
x = np.load("x.npy")
y = np.load("y.npy")
x = np.concatenate([x[:10, :, :, 0], x[3:20, :, :, 1] / 255.0], axis=0)
y = np.concatenate((y[:10], y[3:20]))
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
