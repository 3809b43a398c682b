#!/usr/bin/env python
"""A folder of leaves by image_dataset_from_directory, prefetched."""
import tensorflow as tf
from tensorflow.keras import layers, models

IMAGE_SIZE, BATCH_SIZE, CHANNELS, EPOCHS = 128, 16, 3, 20
AUTOTUNE = tf.data.AUTOTUNE
kwargs = {"validation_split": 0.2, "seed": 123, "image_size": (IMAGE_SIZE, IMAGE_SIZE), "batch_size": BATCH_SIZE}
train_ds = tf.keras.utils.image_dataset_from_directory("garbage", subset="training", **kwargs)
val_ds = tf.keras.utils.image_dataset_from_directory("garbage", subset="validation", **kwargs)
class_names = train_ds.class_names
train_ds = train_ds.cache().shuffle(1000).prefetch(buffer_size=AUTOTUNE)
val_ds = val_ds.cache().prefetch(buffer_size=AUTOTUNE)

resize_and_rescale = tf.keras.Sequential([layers.Resizing(IMAGE_SIZE, IMAGE_SIZE), layers.Rescaling(1.0 / 255)])
data_augmentation = tf.keras.Sequential([layers.RandomFlip("horizontal_and_vertical"), layers.RandomRotation(0.2)])
model = models.Sequential([
    layers.Input(shape=(IMAGE_SIZE, IMAGE_SIZE, CHANNELS)),
    resize_and_rescale,
    data_augmentation,
    layers.SeparableConv2D(32, 3, activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.SeparableConv2D(64, 3, activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(64, activation="relu", kernel_regularizer=tf.keras.regularizers.L2(0.001)),
    layers.Dense(3),
])
model.summary()
model.compile(optimizer=tf.keras.optimizers.AdamW(learning_rate=3e-4, weight_decay=1e-4),
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(train_ds, batch_size=BATCH_SIZE, validation_data=val_ds, verbose=1, epochs=EPOCHS)
print("best", max(history.history["val_accuracy"]), "in epoch", 1 + history.history["val_accuracy"].index(max(history.history["val_accuracy"])))
