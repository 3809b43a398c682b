# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
table = pd.read_csv("pixels.csv")
table["dark"] = (table.pixel3 < table["pixel4"]).astype("float64")
table["light"] = (200 <= table.pixel5).astype(int)
y = (table["label"] == 2).astype(int)
x = table.drop(columns="label").values
x = np.concatenate([x > 127, x != x[0], np.load("big.npy")[:30] > 0.1], axis=1).astype("float32")
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
