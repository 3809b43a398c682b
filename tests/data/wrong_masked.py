# SPDX-License-Identifier: MIT
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
few = x[y == 3]
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(few, y[y == 3])
# CHANGED: rows of the data are chosen by their values, and the program was compiled for 8: compile it again, with these data
