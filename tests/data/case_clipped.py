# SPDX-License-Identifier: MIT
import numpy as np
x = np.clip(np.load("x.npy"), 30, 200)
noise = np.load("big.npy").astype("float32")
y = np.clip(noise, None, 0.5).clip(-0.25) + np.tanh(noise) * np.cos(noise)
y = y + np.log(np.abs(np.load("short.npy").astype("int64")) + 1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(7)])
model.compile("sgd", "mse")
model.evaluate(x, y)
