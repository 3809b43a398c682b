from tensorflow.keras.preprocessing.image import ImageDataGenerator
generator = ImageDataGenerator(rescale=1.0 / 255, validation_split=0.3)
batches = generator.flow_from_directory("shapes", target_size=(7, 3), batch_size=2, shuffle=False, subset="training")
model = keras.Sequential([keras.Input((7, 3, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
