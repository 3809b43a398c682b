# A denoising autoencoder of digits.
import numpy as np
from keras import Input, Sequential
from keras.datasets import mnist
from keras.layers import Conv2D, Conv2DTranspose, GaussianNoise, MaxPooling2D, UpSampling2D
from keras.optimizers import Nadam
from keras.callbacks import EarlyStopping, ReduceLROnPlateau

(x_train, _), (x_test, _) = mnist.load_data()
x_train = x_train.astype("float32") / 255.
x_test = x_test.astype("float32") / 255.
x_train = np.reshape(x_train, (len(x_train), 28, 28, 1))
x_test = np.reshape(x_test, (len(x_test), 28, 28, 1))

encoder = [Conv2D(16, (3, 3), activation="relu", padding="same"), MaxPooling2D((2, 2), padding="same"),
           Conv2D(8, (3, 3), activation="relu", padding="same"), MaxPooling2D((2, 2), padding="same")]
decoder = [Conv2DTranspose(8, 3, strides=2, activation="relu", padding="same"), UpSampling2D((2, 2), interpolation="bilinear"),
           Conv2D(1, (3, 3), activation="sigmoid", padding="same")]
autoencoder = Sequential([Input((28, 28, 1)), GaussianNoise(0.3), *encoder, *decoder], name="autoencoder")
autoencoder.compile(optimizer=Nadam(1e-3), loss="binary_crossentropy")
autoencoder.summary()
history = autoencoder.fit(x_train, x_train, epochs=40, batch_size=128, shuffle=True, validation_data=(x_test, x_test),
                          callbacks=[EarlyStopping(patience=4), ReduceLROnPlateau(patience=2, factor=0.3)])
decoded = autoencoder.predict(x_test[:10])
np.save("decoded.npy", decoded)
print("validation loss at the end: %.4f" % history.history["val_loss"][-1])
