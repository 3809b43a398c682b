# SPDX-License-Identifier: MIT
import pandas as pd
from sklearn.preprocessing import OneHotEncoder
table = pd.read_csv("pictures.csv")
encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(table[["kind", "width"]][:5])
x = encoder.transform(table[["kind", "width"]])
y = OneHotEncoder().fit_transform(table[["kind"]]).toarray()
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("sgd", "mse")
model.evaluate(x, y)
