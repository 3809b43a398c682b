# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
x = np.load("big.npy")
y = pd.get_dummies(np.load("y.npy"))
model = keras.Sequential([keras.Input((7,)), keras.layers.Dense(4)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# CHANGED: the data: 2 categories are there, but the program is compiled for 4
