from tensorflow.keras.preprocessing.image import ImageDataGenerator
batches = ImageDataGenerator().flow_from_directory("shapes", target_size=(5, 5), color_mode="grayscale",
                                                class_mode="binary", shuffle=False)
model = keras.Sequential([keras.Input((5, 5, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
