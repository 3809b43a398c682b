import pandas as pd
from sklearn.model_selection import train_test_split
train = pd.read_csv("pixels.csv")
Y = train["label"]
X = train.drop(labels=["label"], axis=1)
X = X / 255.0
X = X.values.reshape(-1, 3, 4, 1)
x_train, x, y_train, y = train_test_split(X, Y, test_size=0.4, random_state=2)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
