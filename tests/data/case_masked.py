# SPDX-License-Identifier: MIT
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
keep = (y == 0) | (y == 2) | np.isin(y, [3])
x, y = x[keep] / 255.0, y[keep]
some = np.where(~(y == 3))
x, y = x[some], y[some]
few = np.where((y >= 0) & (y != 2))[0]
more = np.flatnonzero(y == 2)
x, y = np.concatenate([x[few], x[more][:3], x[more[2:]]]), np.concatenate([y[few], y[more][:3], y[more[2:]]])
y = (y == 2).astype("float32") + np.logical_not(y == 0)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
