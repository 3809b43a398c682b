# SPDX-License-Identifier: MIT
import numpy as np
import tensorflow as tf
x, y = np.load("x.npy"), np.load("y.npy")
def scaled(image, label):
    return tf.cast(image, tf.float32) / 127.5 - 1.0, tf.one_hot(label, 4) * 2.0
pairs = tf.data.Dataset.from_tensor_slices((x, y)).map(scaled, num_parallel_calls=4)
batches = pairs.map(lambda image, label: (tf.expand_dims(image, -1), label + 0.5)).batch(8).prefetch(1)
model = keras.Sequential([keras.Input((6, 5, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(4)])
model.compile("sgd", "mse")
model.evaluate(batches)
