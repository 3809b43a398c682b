# SPDX-License-Identifier: MIT
import numpy as np
import tensorflow as tf
im, labels = np.load("x.npy"), np.load("y.npy")
grey = im[:, :, :, 0]
single = grey.astype("float32")
assert np.shape(im) == (40, 6, 5, 3) and np.ndim(grey) == 3 and np.size(labels) == 40
assert np.moveaxis(im, 3, 1).shape == (40, 3, 6, 5) and np.swapaxes(im, -1, 1).shape == (40, 3, 5, 6)
assert np.stack((grey, grey), axis=1).shape == (40, 2, 6, 5) and np.eye(4)[labels].dtype == "float64"
bytes_ = [np.flip(im, axis=2), np.fliplr(im)[:, :, :, 1:], np.flip(im, -1), np.moveaxis(im, 1, -1), np.moveaxis(im, -1, 1),
          np.swapaxes(im, 1, 2), np.stack([grey] * 3, axis=-1), np.square(im), np.maximum(im, 100), np.minimum(9.5, im),
          np.concatenate([grey[..., np.newaxis]] * 3, axis=-1), np.ascontiguousarray(grey), tf.convert_to_tensor(single),
          np.add(im, 1), np.multiply(grey, single / 255), np.subtract(1, single)]
shares = [np.divide(im, 255.0), keras.utils.normalize(im, axis=1), keras.utils.normalize(single),
          keras.utils.normalize(grey * 0, axis=2), keras.utils.normalize(np.square(single), axis=1)]
x = np.concatenate([np.reshape(p, (40, -1)) / 255 for p in bytes_] + [p.reshape(40, -1) for p in shares], axis=1)
y = np.concatenate([np.eye(4)[labels], np.identity(5, dtype="float32")[labels], tf.one_hot(labels, labels.max() + 1),
                    np.column_stack([labels, grey[:, 0], labels]) / 100], axis=1)
model = keras.Sequential([keras.layers.Dense(20, input_dim=x.shape[1])])
model.compile("sgd", "mse")
model.evaluate(x, y)
