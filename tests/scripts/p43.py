# Clothes, with callbacks of several kinds.
from __future__ import annotations
import datetime
import numpy as np
import tensorflow as tf
from tensorflow import keras

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
config = dict(filters=[32, 64], rate=0.3, lr=2e-3, batch=256, epochs=12)
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, x_test = [np.expand_dims(x.astype("float32") / 255, -1) for x in (x_train, x_test)]
x_val, y_val = x_train[-6000:], y_train[-6000:]
x_train, y_train = x_train[:-6000], y_train[:-6000]
print(f"{x_train.shape=} {x_val.shape=}")


def block(filters: int, **more) -> list:
    """Two convolutions, normalised, and a pool."""
    return [keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, **more), keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"), keras.layers.MaxPooling2D()]


model = keras.Sequential([keras.layers.InputLayer(shape=x_train.shape[1:])], name="clothes")
for f in config["filters"]:
    for layer in block(f, kernel_initializer="he_normal"):
        model.add(layer)
model.add(keras.layers.GlobalAveragePooling2D())
model.add(keras.layers.Dropout(config["rate"]))
model.add(keras.layers.Dense(len(CLASSES), activation="softmax"))
model.compile(optimizer=keras.optimizers.Adam(config["lr"]), loss=keras.losses.SparseCategoricalCrossentropy(),
              metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")])
stamp = datetime.datetime.now().strftime("%Y%m%d")
callbacks = [
    keras.callbacks.ModelCheckpoint("best_{epoch:02d}.keras", monitor="val_acc", save_best_only=True),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
    keras.callbacks.CSVLogger("training.csv"),
    keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr if epoch < 5 else lr * 0.9),
    keras.callbacks.TerminateOnNaN(),
]
history = model.fit(x_train, y_train, batch_size=config["batch"], epochs=config["epochs"],
                    validation_data=(x_val, y_val), callbacks=callbacks)
loss, acc = model.evaluate(x_test, y_test, verbose=0)
print("loss %.3f, accuracy %.2f%%" % (loss, 100 * acc))
probabilities = model.predict(x_test)
for i in range(3):
    print(CLASSES[int(np.argmax(probabilities[i]))], CLASSES[y_test[i]])
