# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
df = pd.read_csv("pixels.csv")
df = df[df["label"] != 1]
df = df[(df["pixel3"] > 40) & (df.pixel5 <= 250)]
df = df.loc[df["pixel0"] > 10, "label":"pixel10"]
df = df.loc[df["pixel1"] != 0]
df = df.iloc[np.where(df["pixel2"] < 240)[0], 0:11]
made = pd.DataFrame({"a": np.arange(len(df)) * 1.0, "b": df["label"].values})
made = made[made["a"] > 2]
x = df.drop(columns="label").values[3:] / 255.0
y = made.values
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(x, y)
