# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
from sklearn.preprocessing import LabelBinarizer, LabelEncoder
table = pd.read_csv("pictures.csv")
encoder = LabelEncoder()
encoder.fit(table["kind"])
kinds = encoder.transform(table["kind"].values)
kinds = keras.utils.to_categorical(kinds, num_classes=len(encoder.classes_))
widths = LabelEncoder().fit_transform(table["width"])
x = np.hstack([kinds, widths.reshape(-1, 1)])
y = LabelBinarizer().fit_transform(table["kind"] == "flat")
y = np.concatenate((y, LabelBinarizer().fit_transform(table["kind"])), axis=1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(4)])
model.compile("sgd", "mse")
model.evaluate(x, y)
