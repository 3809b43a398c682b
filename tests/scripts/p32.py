import argparse
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import numpy as np
import keras
from keras.datasets import fashion_mnist
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Dense, Dropout, Flatten, BatchNormalization
from keras.callbacks import BackupAndRestore, CSVLogger, EarlyStopping


class Config:
    batch_size = 48
    epochs = 9
    rates = (0.2, 0.35)
    classes = 10


def load():
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    x_train, x_test = [np.expand_dims(part, -1).astype("float32") / 255. for part in (x_train, x_test)]
    return x_train, y_train, x_test, y_test


def build(config):
    net = Sequential()
    for i, rate in enumerate(config.rates):
        extra = {"input_shape": (28, 28, 1)} if i == 0 else {}
        net.add(Conv2D(20 * (i + 1), (3, 3), activation="elu", kernel_constraint=keras.constraints.max_norm(3), **extra))
        net.add(BatchNormalization(momentum=0.9))
        net.add(MaxPooling2D((2, 2)))
        net.add(Dropout(rate))
    net.add(Flatten())
    net.add(Dense(config.classes, activation="softmax"))
    return net


def main():
    config = Config()
    x_train, y_train, x_test, y_test = load()
    net = build(config)
    net.compile(optimizer="nadam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {c: 1.0 for c in range(config.classes)}
    weights[6] = 1.5
    net.fit(x_train, y_train, batch_size=config.batch_size, epochs=config.epochs, validation_split=0.15,
            class_weight=weights, callbacks=[BackupAndRestore("backup"), CSVLogger("log.csv", append=True),
                                             EarlyStopping(patience=3, restore_best_weights=True)])
    loss, accuracy = net.evaluate(x_test, y_test, verbose=0)
    assert config.classes == 10, "ten kinds of clothes"
    print("loss %.3f, accuracy %.2f%%" % (loss, 100 * accuracy))


if __name__ == "__main__":
    main()
