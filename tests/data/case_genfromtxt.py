import numpy as np
data = np.genfromtxt("pixels.csv", delimiter=",", skip_header=1)
x = data[:, 1:] / 255.0
y = data[:, 0]
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
