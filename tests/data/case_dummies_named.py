# SPDX-License-Identifier: MIT
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
table = pd.read_csv("pictures.csv")
x = table.iloc[:, 1:]
kinds = pd.get_dummies(x["kind"], drop_first=True)
more = pd.get_dummies(x["kind"], prefix="is", prefix_sep=": ", dtype=int)
x = pd.concat([x, kinds, more], axis=1)
x = x.drop(["kind", "is: round"], axis=1)
whole = pd.get_dummies(table.drop(columns=["file", "none"], errors="ignore"), columns=["kind"], drop_first=True)
y = whole["weight"]
whole.drop("kind_round", axis=1, inplace=True)
whole["twice"] = whole["weight"] * 2
x = pd.concat([x, whole.drop(columns=["weight", "width", "none"], errors="ignore")], axis="columns")
x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
x = StandardScaler().fit_transform(x)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
