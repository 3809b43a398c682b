import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator
x = np.load("x.npy")
generator = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rescale=0.02)
generator.fit(x[:30])
batches = generator.flow(x, np.load("y.npy"), batch_size=8, shuffle=False)
model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
