# %% [markdown]
# Digits with shifts, turns and zooms
# %%
import math
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import mnist
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import *
from tensorflow.keras.utils import to_categorical
from tensorflow.keras.callbacks import LearningRateScheduler, ReduceLROnPlateau
# %%
(X, Y), (X_test, Y_test) = mnist.load_data()
X = X.reshape(-1, 28, 28, 1).astype('float32') / 255
X_test = X_test.reshape(-1, 28, 28, 1).astype('float32') / 255
Y, Y_test = to_categorical(Y, 10), to_categorical(Y_test, 10)
X_train, X_val = X[:54000], X[54000:]
Y_train, Y_val = Y[:54000], Y[54000:]
# %%
datagen = ImageDataGenerator(rotation_range=10, zoom_range=0.10, width_shift_range=0.1, height_shift_range=0.1)
model = Sequential([
    Conv2D(22, kernel_size=3, activation='relu', input_shape=(28, 28, 1)),
    BatchNormalization(),
    Conv2D(22, kernel_size=5, strides=2, padding='same', activation='relu'),
    BatchNormalization(),
    Dropout(0.4),
    Flatten(),
    Dense(88, activation='relu'),
    Dropout(0.4),
    Dense(10, activation='softmax')])
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
annealer = LearningRateScheduler(lambda epoch: 1e-3 * 0.95 ** epoch, verbose=0)
batch = 60
history = model.fit(datagen.flow(X_train, Y_train, batch_size=batch), epochs=11,
                    steps_per_epoch=math.ceil(X_train.shape[0] / batch),
                    validation_data=(X_val, Y_val), callbacks=[annealer], verbose=0)
print("Epochs={0:d}, Train accuracy={1:.5f}, Validation accuracy={2:.5f}".format(
    11, max(history.history['accuracy']), max(history.history['val_accuracy'])))
plt.plot(history.history['val_accuracy']); plt.show()
# %%
results = model.predict(X_test)
results = np.argmax(results, axis=1)
np.save("digits.npy", results)
