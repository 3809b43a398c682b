# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
from sklearn.utils import shuffle
x, y = np.load("big.npy"), np.load("y.npy")
x, y = shuffle(x, y, random_state=3)
np.random.seed(4)
x, y = shuffle(x, y)
y = shuffle(y, random_state=5, n_samples=25)
x = shuffle(x)[:25]
df = shuffle(pd.read_csv("pixels.csv"), random_state=2)
x = np.hstack([x, df.values[:25]])
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
