import numpy as np
from sklearn.model_selection import train_test_split
x, x_test, y, y_test = train_test_split(np.load("x.npy"), np.load("y.npy"), test_size=7, shuffle=False)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
