# SPDX-License-Identifier: MIT
import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def prepare(image):
    assert image.shape == (6, 5, 3)
    image = image.astype(np.float32) / 127.5
    image -= 1.0
    image = image ** 2
    return image * np.array([1.0, -2.0, 0.5])


generator = ImageDataGenerator(preprocessing_function=prepare, rescale=0.5)
batches = generator.flow(np.load("x.npy"), np.load("y.npy"), batch_size=8, shuffle=False)
model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(batches)
