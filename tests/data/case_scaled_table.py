# SPDX-License-Identifier: MIT
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler
table = pd.read_csv("mixed.csv")
names = ["id", "b", "c"]
x = table[names].copy()
x_train, x, y_train, y = train_test_split(x, table["b"], test_size=0.3, random_state=5)
x = MinMaxScaler().fit(x_train).transform(x)
y = StandardScaler(with_mean=False).fit(y_train.values.reshape(-1, 1)).transform(y.values.reshape(-1, 1))
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
