#!/usr/bin/env python
"""Train a simple convnet on MNIST."""
from __future__ import print_function
import argparse
import os
import keras
from keras import backend as K
from keras.datasets import mnist
from keras.layers import Dense, Dropout, Flatten
from keras.layers import Conv2D, MaxPooling2D
from keras.models import Sequential, load_model


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=128)
    return parser.parse_args()


class MnistTrainer(object):
    def __init__(self, num_classes=10, batch_size=128, epochs=12):
        self.num_classes = num_classes
        self.batch_size = batch_size
        self.epochs = epochs
        self.model = None
        self.input_shape = None

    def load(self):
        img_rows, img_cols = 28, 28
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        if K.image_data_format() == 'channels_first':
            x_train = x_train.reshape(x_train.shape[0], 1, img_rows, img_cols)
            x_test = x_test.reshape(x_test.shape[0], 1, img_rows, img_cols)
            self.input_shape = (1, img_rows, img_cols)
        else:
            x_train = x_train.reshape(x_train.shape[0], img_rows, img_cols, 1)
            x_test = x_test.reshape(x_test.shape[0], img_rows, img_cols, 1)
            self.input_shape = (img_rows, img_cols, 1)
        x_train = x_train.astype('float32')
        x_test = x_test.astype('float32')
        x_train /= 255
        x_test /= 255
        print('x_train shape:', x_train.shape)
        print(x_train.shape[0], 'train samples')
        self.x_train, self.x_test = x_train, x_test
        self.y_train = keras.utils.to_categorical(y_train, self.num_classes)
        self.y_test = keras.utils.to_categorical(y_test, self.num_classes)

    def build(self):
        model = Sequential()
        model.add(Conv2D(32, kernel_size=(3, 3), activation='relu', input_shape=self.input_shape))
        model.add(Conv2D(64, (3, 3), activation='relu'))
        model.add(MaxPooling2D(pool_size=(2, 2)))
        model.add(Dropout(0.25))
        model.add(Flatten())
        model.add(Dense(128, activation='relu'))
        model.add(Dropout(0.5))
        model.add(Dense(self.num_classes, activation='softmax'))
        model.compile(loss=keras.losses.categorical_crossentropy, optimizer=keras.optimizers.Adadelta(), metrics=['accuracy'])
        self.model = model
        return self

    def train(self):
        return self.model.fit(self.x_train, self.y_train, batch_size=self.batch_size, epochs=self.epochs, verbose=1,
                              validation_data=(self.x_test, self.y_test))

    def evaluate(self):
        score = self.model.evaluate(self.x_test, self.y_test, verbose=0)
        for name, value in zip(self.model.metrics_names, score):
            print(name, value)
        return score


def main():
    trainer = MnistTrainer(epochs=3)
    trainer.load()
    trainer.build().train()
    score = trainer.evaluate()
    print('Test loss: {0:.4f}, accuracy: {1:.2%}'.format(score[0], score[1]))
    os.makedirs('saved', exist_ok=True)
    trainer.model.save(os.path.join('saved', 'mnist.keras'))


if __name__ == '__main__':
    main()
