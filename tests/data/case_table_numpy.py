# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
df = pd.read_csv("pixels.csv")
own = df.copy()
label = own.pop("label")
both = np.concatenate([df, df * 1.0])
x = both[:30] / both.std() - np.mean(df)
turned = df.sample(frac=1, random_state=4)
anew = turned.reset_index(drop=True)
y = np.expand_dims(label, -1) / np.std(label)
one = np.reshape(anew["pixel0"] + df["pixel1"], (-1, 1))
y = np.concatenate([y, one / one.std(), np.array(turned["pixel3"] - turned["label"]).reshape(-1, 1)], axis=1)
model = keras.Sequential([keras.layers.Dense(3, input_dim=13)])
model.compile("sgd", "mse")
model.evaluate(x, y)
