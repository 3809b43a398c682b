# SPDX-License-Identifier: MIT
import numpy as np
from sklearn.preprocessing import OneHotEncoder
x = np.load("big.npy")
y = np.load("y.npy").reshape(-1, 1)
encoder = OneHotEncoder().fit(y[6:8])
y = encoder.transform(y).toarray()
model = keras.Sequential([keras.Input((7,)), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# the data: row 1 has 2, which is none of the 2 categories of the rows that the encoder was fitted to
