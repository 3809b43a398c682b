import numpy as np
from sklearn.model_selection import train_test_split
images = np.load("x.npy")
labels = np.load("y.npy")
x_train, x, y_train, y = train_test_split(images, labels, test_size=0.3, random_state=42)
x, x_val, y, y_val = train_test_split(x, y, train_size=0.6, random_state=7)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
# SPDX-License-Identifier: MIT
