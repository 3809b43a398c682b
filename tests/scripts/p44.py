# CIFAR-10 with augmentation by layers and a schedule.
import keras
from keras import layers, regularizers
from keras.datasets import cifar10
from keras.utils import to_categorical

num_classes, batch_size, epochs, weight_decay = 10, 64, 50, 1e-4
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
x_train = x_train.astype("float32")
x_test = x_test.astype("float32")
mean = x_train.mean(axis=(0, 1, 2, 3))
std = x_train.std(axis=(0, 1, 2, 3))
x_train = (x_train - mean) / (std + 1e-7)
x_test = (x_test - mean) / (std + 1e-7)
y_train, y_test = to_categorical(y_train, num_classes), to_categorical(y_test, num_classes)

augment = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomTranslation(0.1, 0.1), layers.RandomRotation(0.04)],
                           name="augment")
model = keras.Sequential([keras.Input(shape=x_train.shape[1:]), augment])
for i, (filters, rate) in enumerate([(32, 0.2), (64, 0.3), (128, 0.4)]):
    for j in range(2):
        model.add(layers.Conv2D(filters, (3, 3), padding="same", activation="elu",
                                kernel_regularizer=regularizers.l2(weight_decay), name=f"conv_{i}_{j}"))
        model.add(layers.BatchNormalization())
    model.add(layers.MaxPooling2D(pool_size=(2, 2)))
    model.add(layers.Dropout(rate))
model.add(layers.Flatten())
model.add(layers.Dense(num_classes, activation="softmax"))
steps = len(x_train) // batch_size
schedule = keras.optimizers.schedules.PiecewiseConstantDecay([20 * steps, 35 * steps], [1e-3, 5e-4, 3e-4])
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.RMSprop(learning_rate=schedule),
              metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(k=3)])
model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, verbose=1, validation_data=(x_test, y_test))
scores = model.evaluate(x_test, y_test, batch_size=128, verbose=1)
print("\nTest result: {:.3f} loss: {:.3f}".format(scores[1] * 100, scores[0]))
model.save_weights("cifar.weights.h5")
