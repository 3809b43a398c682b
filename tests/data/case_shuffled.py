# SPDX-License-Identifier: MIT
import numpy as np
x = np.load("big.npy")
y = np.load("short.npy").astype("float64") / 100
kept = x
np.random.seed(11)
np.random.shuffle(x)
rows = np.random.permutation(40)
np.random.shuffle(y)
x = np.concatenate([x, kept[rows]], axis=1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(7)])
model.compile("sgd", "mse")
model.evaluate(x, y)
