# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
table = pd.read_csv("pixels.csv")
x = pd.get_dummies(table[["pixel1", "label"]], columns=["label"]).values
y = np.array(pd.get_dummies(table["label"] * 3 - 4)) * 2
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("sgd", "mse")
model.evaluate(x, y)
