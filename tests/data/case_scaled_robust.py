# SPDX-License-Identifier: MIT
import numpy as np
from sklearn.preprocessing import Normalizer, RobustScaler
x_train = np.load("big.npy")
y_train = np.load("short.npy")[:, :2]
y = RobustScaler(quantile_range=(10.0, 63)).fit(y_train[:27]).transform(y_train)
x = RobustScaler().fit_transform(x_train)
x = np.hstack((x, RobustScaler(with_centering=False).fit(x_train[:5]).transform(x_train)))
x = np.hstack((x, Normalizer().fit_transform(x_train) + Normalizer("l1").transform(y_train[:, :1])))
x = np.hstack((x, Normalizer(norm="max").transform(y_train)))
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(x, y)
