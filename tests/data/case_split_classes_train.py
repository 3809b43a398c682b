import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
frame = pd.read_csv("pixels.csv")
x, y = frame.drop(columns="label").values, frame["label"].values
x, x_test, y, y_test = train_test_split(x, y, test_size=11, random_state=8, stratify=y)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
