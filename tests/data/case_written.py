# SPDX-License-Identifier: MIT
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler


def windows(data, size):
    parts = []
    for i in range(len(data) - size + 1):
        parts.append(data[i:i + size])
    return np.array(parts)


a = np.array([range(10), range(21, 31), np.linspace(-2, 3, 10)])
b = np.transpose(np.array([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.5, 1.4, 1.3]]))
x_train, x, y_train, y = train_test_split(a.T, b, test_size=0.4, random_state=66)
x = np.hstack([MinMaxScaler().fit(x_train).transform(x), windows(np.arange(0.5, 8, 1.1), 4)])
more, rest, last = np.split(np.arange(12, 0, -1), [4, 7])
more = np.append(more, np.array(range(30, 32)) * 2 - 1).reshape(2, 3).transpose()[:2]
x = np.concatenate((x[2:], np.sin(more), np.exp(-np.abs(np.sqrt(more) - 2))), axis=1)
y = np.append(y[:1], np.clip(y, a_min=1.2, a_max=4)[:1], axis=0) + last[1:3].reshape(2, 1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(x, y)
