(x_train, y_train), (x, y) = keras.datasets.cifar10.load_data()
x = x / 127.5 - 1
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
