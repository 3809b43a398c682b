from keras.datasets import california_housing
(x_train, y_train), (x, y) = california_housing.load_data(test_split=0.3)
mean, std = x_train.mean(axis=0), x_train.std(axis=0)
x = (x - mean) / std
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
