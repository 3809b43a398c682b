# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
table = pd.read_csv("pictures.csv")
y = table["kind"].map({"round": 2, "flat": 0, "square, too": 1})
x = np.expand_dims(table["width"].values, -1) + 0.5
z = (table["file"] == "square/a.png").astype("float32")
x, y = x.astype("float32"), y.values - z
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
