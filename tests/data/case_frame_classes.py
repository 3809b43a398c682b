# SPDX-License-Identifier: MIT
import pandas as pd
from tensorflow.keras.preprocessing.image import ImageDataGenerator
table = pd.read_csv("pictures.csv", dtype=str)
batches = ImageDataGenerator().flow_from_dataframe(table, "shapes", "file", "kind", classes=["flat", "round"],
                                                   class_mode="sparse", target_size=(3, 5), shuffle=False, batch_size=5)
model = keras.Sequential([keras.Input((3, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.evaluate(batches)
