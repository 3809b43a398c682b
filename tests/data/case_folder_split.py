batches = keras.utils.image_dataset_from_directory(
    "shapes", label_mode="categorical", class_names=["square", "round"], image_size=(9, 4), seed=123,
    validation_split=0.4, subset="validation", interpolation="nearest")
model = keras.Sequential([keras.Input((9, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
