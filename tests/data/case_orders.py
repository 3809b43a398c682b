# SPDX-License-Identifier: MIT
import numpy as np
np.random.seed(2)
x, y = np.load("big.npy"), np.load("y.npy")
order = np.random.permutation(40)
numbers = np.where(y < 2)[0]
keep = y == 1
some = x[keep]
keep[y == 2] = True
more = x[keep]
x = np.concatenate([some, more, x[order[:3]], x[numbers][:2]])
y = np.concatenate([order[::2] * 0.5, order[1::2] / 2.0, numbers * 1.0])[: len(x)]
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
