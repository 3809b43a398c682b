# Letters of sign language: a class around it all.
import argparse
import os
import numpy as np
import pandas as pd
import keras
from keras.layers import *
from keras.models import Sequential
from sklearn.preprocessing import LabelBinarizer


class Settings:
    root = os.path.join("data", "signs")
    size = 28
    rate = 5e-4
    batch_size = 100

    def path(name):
        return os.path.join(Settings.root, name + ".csv")


def load(name):
    table = pd.read_csv(Settings.path(name))
    labels = table.pop("label").values
    images = table.values.reshape((-1, Settings.size, Settings.size, 1)).astype("float32")
    return images / 255.0, labels


if __name__ == "__main__":
    x_train, y_train = load("sign_mnist_train")
    x_test, y_test = load("sign_mnist_test")
    model = Sequential()
    model.add(Conv2D(75, (3, 3), strides=1, padding="same", activation="relu", input_shape=(Settings.size,) * 2 + (1,)))
    model.add(BatchNormalization())
    model.add(MaxPool2D((2, 2), strides=2, padding="same"))
    model.add(Conv2D(50, (3, 3), strides=1, padding="same", activation="relu"))
    model.add(Dropout(0.2))
    model.add(MaxPool2D((2, 2), strides=2, padding="same"))
    model.add(Flatten())
    model.add(Dense(units=512, activation="relu"))
    model.add(Dropout(0.3))
    model.add(Dense(units=24, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(Settings.rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=Settings.batch_size, epochs=6, validation_data=(x_test, y_test))
    predictions = np.argmax(model.predict(x_test), axis=-1)
    print("right:", np.mean(predictions == y_test))
    pd.DataFrame({"Id": np.arange(len(predictions)), "Label": predictions}).to_csv("signs.csv", index=False)
