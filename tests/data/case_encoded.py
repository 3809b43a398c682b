# SPDX-License-Identifier: MIT
import numpy as np
from sklearn.preprocessing import OneHotEncoder
y = np.load("y.npy").reshape(-1, 1) * 2.5 - 3
encoder = OneHotEncoder()
encoder.fit(y[:30])
x = encoder.transform(y).toarray()
y = OneHotEncoder(sparse_output=False, dtype=np.float32).fit_transform(y)[:, 1:]
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("sgd", "mse")
model.evaluate(x, y)
