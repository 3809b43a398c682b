from __future__ import annotations

from dataclasses import dataclass
from typing import List
import keras
from keras import layers
from keras.datasets import cifar10

keras.utils.set_random_seed(812)
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
y_train = keras.utils.to_categorical(y_train)
y_test = keras.utils.to_categorical(y_test)
num_classes: int = y_train.shape[-1]

augmentation = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.05), layers.RandomZoom(0.1)], name="augmentation")


def block(filters: int, dropout: float = 0.0) -> List[keras.layers.Layer]:
    """Two convolutions and a pool."""
    made = [layers.Conv2D(filters, (3, 3), padding="same", activation="gelu", kernel_initializer="he_normal")
            for _ in range(2)]
    made.append(layers.MaxPooling2D())
    if dropout: made.append(layers.Dropout(dropout))
    return made


model = keras.Sequential([layers.Input(shape=(32, 32, 3)), augmentation, layers.Rescaling(scale=1.0 / 127.5, offset=-1),
                          *block(26), *block(52, dropout=0.25), layers.Flatten(),
                          layers.Dense(104, activation="relu"), layers.Dense(num_classes, activation="softmax")])
steps = 30 * (len(x_train) // 125)
schedule = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps=steps, alpha=0.01)
model.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=1.0),
              loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
              metrics=[keras.metrics.CategoricalAccuracy(name="accuracy"), keras.metrics.TopKCategoricalAccuracy(3, name="top3")])
model.summary()
history = model.fit(x_train, y_train, batch_size=125, epochs=30, validation_data=(x_test, y_test), validation_freq=2)
print({k: round(v[-1], 3) for k, v in history.history.items()})
score = model.evaluate(x_test, y_test, verbose=0)
for metric, value in zip(model.metrics_names, score): print(metric, "=", value)
