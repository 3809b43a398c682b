import tensorflow as tf
import numpy as np
tf.keras.backend.clear_session(); tf.random.set_seed(1); np.random.seed(1)
mnist = tf.keras.datasets.mnist
(x_train, _), (x_test, _) = mnist.load_data()
x_train = x_train / 255.
x_test = x_test / 255.
x_train = x_train[:, :, :, None]
x_test = x_test[:, :, :, None]
noise = 0.2
code = 14
encoder = tf.keras.models.Sequential([
    tf.keras.layers.GaussianNoise(noise, input_shape=[28, 28, 1]),
    tf.keras.layers.Conv2D(14, 3, 2, 'same', activation=tf.nn.leaky_relu),
    tf.keras.layers.Conv2D(code, 3, 2, 'same', activation=tf.nn.leaky_relu),
])
decoder = tf.keras.models.Sequential([
    tf.keras.layers.Conv2DTranspose(14, 3, 2, 'same', activation=tf.nn.leaky_relu, input_shape=[7, 7, code]),
    tf.keras.layers.Conv2DTranspose(1, 3, 2, 'same', activation='sigmoid'),
])
autoencoder = tf.keras.models.Sequential([encoder, decoder])
autoencoder.compile(loss='binary_crossentropy', optimizer=tf.keras.optimizers.Adam(1e-3, beta_1=0.85))
autoencoder.fit(x_train, x_train, epochs=4, batch_size=100, shuffle=True, validation_data=(x_test, x_test))
print('loss %.4f' % autoencoder.evaluate(x_test, x_test, verbose=0))
