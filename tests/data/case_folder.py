batches = keras.utils.image_dataset_from_directory("shapes", image_size=(6, 5), batch_size=3, shuffle=False)
batches = batches.map(lambda x, y: (x / 255.0, y)).cache().prefetch(2)
model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(batches)
# SPDX-License-Identifier: MIT
