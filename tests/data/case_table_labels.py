# SPDX-License-Identifier: MIT
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, MinMaxScaler
table = pd.read_csv("pictures.csv")
table["kind"] = LabelEncoder().fit_transform(table["kind"])
table["half"] = table["width"] / 2
table.drop(["file"], axis=1, inplace=True)
x = table.drop(columns="kind")
y = table["kind"]
x_train, x, y_train, y = train_test_split(x, y, test_size=0.4, random_state=8, stratify=y)
scaler = MinMaxScaler()
scaler.fit(x_train)
x = scaler.transform(x)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
