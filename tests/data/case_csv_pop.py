import pandas as pd
frame = pd.read_csv("mixed.csv")
frame.drop(columns=["id", "name"], inplace=True)
gap = frame.pop("gap")
y = frame.pop("c") * 1e5
x = frame[["b", "a, of the first"]]
x = (x - x.mean()) / x.std()
x, y = x.values[:20], y.iloc[:20].values
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
