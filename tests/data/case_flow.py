import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator
batches = ImageDataGenerator(rescale=0.01, validation_split=0.25).flow(
    np.load("x.npy"), np.load("y.npy"), batch_size=8, shuffle=False, subset="validation",
    ignore_class_split=True)
model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
