# SPDX-License-Identifier: MIT
import numpy as np
np.random.seed(5)
x = np.load("big.npy")
noise = 0.3 * np.random.normal(size=x.shape)
order = np.random.permutation(len(x))
x = np.clip(x[order] + noise[order], -2.0, 2.0)
x = np.hstack([x, np.random.uniform(-1, 1, (40, 5)), np.random.rand(40, 3), np.random.randn(40, 3)])
for _ in range(7):
    np.random.shuffle(x)
y = np.random.randint(3, 300, size=(40, 1)) / 100 + np.random.standard_normal((40, 1)) + np.random.random((40, 1))
np.random.seed(8)
x = x.astype("float32") * np.random.normal(1.0, 0.1, (40, 18))
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
