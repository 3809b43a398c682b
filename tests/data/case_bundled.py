# SPDX-License-Identifier: MIT
import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn import datasets
from sklearn.preprocessing import LabelBinarizer
flowers = load_iris()
x, y = flowers.data, LabelBinarizer().fit_transform(flowers["target"])
digits = datasets.load_digits()
assert digits.images.shape == (1797, 8, 8) and digits.data.shape == (1797, 64)
people = load_diabetes()
more, age = load_diabetes(return_X_y=True, scaled=False)
x = np.concatenate([x, digits.images[:150].reshape(150, 64), people.data[100:250] * 10, more[:150] / 50], axis=1)
y = np.hstack([y, digits.target[9:159].reshape(-1, 1), age[:150].reshape(-1, 1) / 100])
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(5)])
model.compile("sgd", "mse")
model.evaluate(x, y)
