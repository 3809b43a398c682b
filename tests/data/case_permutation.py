import numpy as np
np.random.seed(3)
order = np.random.permutation(40)
x = np.load("x.npy")[order[:25]]
y = np.load("y.npy")[order[:25]]
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
