# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("pictures.csv").sample(frac=1, random_state=3)
train, test = train_test_split(table, test_size=0.3, random_state=1, stratify=table["kind"])
y = train["kind"].map({"round": 2, "flat": 0, "square, too": 1}).values
x = train[["width", "weight"]].values.astype("float32") + train["width"].mean()
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
