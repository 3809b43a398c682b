# %% [markdown]
# CNN on CIFAR-10 with batch norm
import sys
import numpy as np
import tensorflow as tf
from matplotlib import pyplot as plt
from tensorflow import keras
from tensorflow.keras import layers, models, regularizers, callbacks
from tensorflow.keras.datasets import cifar10
from tensorflow.keras.utils import to_categorical

print("TF:", tf.__version__, "Python:", sys.version)
gpus = tf.config.list_physical_devices("GPU")
if gpus:
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)

SEED = 42
np.random.seed(SEED)
tf.random.set_seed(SEED)

(x_train, y_train), (x_test, y_test) = cifar10.load_data()
assert x_train.shape == (50000, 32, 32, 3)
mean, std = np.mean(x_train, axis=(0, 1, 2, 3)), np.std(x_train, axis=(0, 1, 2, 3))
x_train = (x_train - mean) / (std + 1e-7)
x_test = (x_test - mean) / (std + 1e-7)
num_classes = len(np.unique(y_train))
y_train, y_test = to_categorical(y_train, num_classes), to_categorical(y_test, num_classes)

x_val, y_val = x_train[-5000:], y_train[-5000:]
x_train, y_train = x_train[:-5000], y_train[:-5000]

WEIGHT_DECAY = 1e-4


def conv_block(model, filters, drop, **kwargs):
    for _ in range(2):
        model.add(layers.Conv2D(filters, (3, 3), padding="same", kernel_regularizer=regularizers.l2(WEIGHT_DECAY), **kwargs))
        kwargs = {}
        model.add(layers.Activation("relu"))
        model.add(layers.BatchNormalization())
    model.add(layers.MaxPooling2D(pool_size=(2, 2)))
    model.add(layers.Dropout(drop))


model = models.Sequential(name="cifar_bn")
conv_block(model, 32, 0.2, input_shape=x_train.shape[1:])
conv_block(model, 64, 0.3)
conv_block(model, 128, 0.4)
model.add(layers.Flatten())
model.add(layers.Dense(num_classes, activation="softmax"))
model.summary()


def lr_schedule(epoch):
    lrate = 0.001
    if epoch > 75:
        lrate = 0.0005
    elif epoch > 100:
        lrate = 0.0003
    return lrate


opt = keras.optimizers.RMSprop(learning_rate=0.001)
model.compile(loss="categorical_crossentropy", optimizer=opt, metrics=["accuracy"])
datagen = keras.preprocessing.image.ImageDataGenerator(rotation_range=15, width_shift_range=0.1, height_shift_range=0.1,
                                                       horizontal_flip=True)
datagen.fit(x_train)
cbs = [callbacks.LearningRateScheduler(lr_schedule, verbose=1),
       callbacks.ModelCheckpoint(filepath="best.h5", monitor="val_accuracy", save_best_only=True, mode="max")]
history = model.fit(datagen.flow(x_train, y_train, batch_size=64), steps_per_epoch=x_train.shape[0] // 64, epochs=125,
                    verbose=1, validation_data=(x_val, y_val), callbacks=cbs)
scores = model.evaluate(x_test, y_test, batch_size=128, verbose=1)
print("\nTest result: %.3f loss: %.3f" % (scores[1] * 100, scores[0]))
model_json = model.to_json()
with open("model.json", "w") as json_file:
    json_file.write(model_json)
model.save_weights("model.weights.h5")
