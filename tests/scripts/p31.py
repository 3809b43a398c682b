"""CIFAR-100, coarse labels, from tf.data."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

BATCH, AUTOTUNE = 96, tf.data.AUTOTUNE
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar100.load_data(label_mode="coarse")


def scale(image, label):
    return tf.cast(image, tf.float32) / 255.0, label


train_ds = (
    tf.data.Dataset.from_tensor_slices((x_train, y_train))
    .shuffle(10_000)
    .map(scale, num_parallel_calls=AUTOTUNE)
    .batch(BATCH)
    .prefetch(AUTOTUNE)
)
test_ds = tf.data.Dataset.from_tensor_slices((x_test, y_test)).map(scale).batch(BATCH).cache()

model = keras.Sequential(name="coarse")
model.add(keras.Input(shape=x_train.shape[1:]))
filters = 24
while filters <= 96:
    model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())
    model.add(layers.MaxPool2D())
    filters *= 2
model.add(layers.GlobalAvgPool2D())
model.add(layers.Dense(20))
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["sparse_categorical_accuracy"],
)
history = model.fit(train_ds, validation_data=test_ds, epochs=7)
result = model.evaluate(test_ds, return_dict=True, verbose=0)
for name, value in result.items():
    print(f"{name}: {value:.4f}")
