# SPDX-License-Identifier: MIT
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
table = pd.read_csv("mixed.csv")
names = ["id", "b", "c"]
scaled = pd.DataFrame(StandardScaler().fit_transform(table[names]), columns=names)
x_train, x, y_train, y = train_test_split(scaled, table["b"], test_size=0.3, random_state=5)
y = pd.DataFrame({"one": y.values, "two": x["c"].values * 2})
y["three"] = scaled[["b", "id"]].values[21:, 1]
model = keras.Sequential([keras.Input((3,)), keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("sgd", "mse")
model.evaluate(x, y.to_numpy())
