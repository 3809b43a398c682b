# SPDX-License-Identifier: MIT
import numpy as np
from tensorflow.keras.applications import mobilenet, vgg16, densenet, efficientnet
from tensorflow.keras.applications.resnet50 import preprocess_input as resnet_input
from tensorflow.keras.applications.imagenet_utils import preprocess_input

x, y = np.load("x.npy"), np.load("y.npy")
real = x.astype("float32")
bgr = resnet_input(real)
doubles = x.astype("float64")
torch = densenet.preprocess_input(doubles)
parts = [mobilenet.preprocess_input(x), vgg16.preprocess_input(x), torch, preprocess_input(x, mode="torch"),
         preprocess_input(x[:, :, :2]), efficientnet.preprocess_input(x).reshape((len(x), -1)).astype("float32"), bgr, real]
parts = [part.reshape((len(x), -1)) for part in parts]
x = np.concatenate(parts, axis=1)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(x, y)
