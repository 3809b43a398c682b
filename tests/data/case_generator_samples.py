from tensorflow.keras.preprocessing.image import ImageDataGenerator
generator = ImageDataGenerator(samplewise_std_normalization=True)
batches = generator.flow_from_directory("shapes", target_size=(5, 4), batch_size=3, shuffle=False)
model = keras.Sequential([keras.Input((5, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
