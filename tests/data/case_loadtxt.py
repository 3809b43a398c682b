import numpy as np
data = np.loadtxt("numbers.txt")
x, y = data[:, :3], data[:, 3]
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
