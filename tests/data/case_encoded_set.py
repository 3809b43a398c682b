# SPDX-License-Identifier: MIT
from sklearn.preprocessing import OneHotEncoder
(_, y_train), (x, y) = keras.datasets.cifar10.load_data()
encoder = OneHotEncoder()
encoder.fit(y_train)
y = encoder.transform(y).toarray()
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile("sgd", "mse")
model.evaluate(x, y)
