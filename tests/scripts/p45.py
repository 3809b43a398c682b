# Pictures named by a table, with a share to validate.
import os
import pandas as pd
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, GlobalMaxPooling2D, Dense, BatchNormalization, LeakyReLU
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from keras.callbacks import ModelCheckpoint

DATA = "../input/pets"
df = pd.read_csv(os.path.join(DATA, "labels.csv"), dtype=str)
df = df.drop_duplicates("id")
datagen = ImageDataGenerator(rescale=1 / 255.0, validation_split=0.2, brightness_range=[0.7, 1.3], zoom_range=0.1)
args = dict(dataframe=df, directory=os.path.join(DATA, "images"), x_col="id", y_col="label", target_size=(96, 96),
            batch_size=48, class_mode="categorical", seed=7)
train = datagen.flow_from_dataframe(subset="training", **args)
valid = datagen.flow_from_dataframe(subset="validation", **args)
print(train.class_indices)

model = Sequential(name="pets")
for filters in [16, 32, 64]:
    first = {"input_shape": (96, 96, 3)} if filters == 16 else {}
    model.add(Conv2D(filters, kernel_size=3, strides=1, padding="valid", **first))
    model.add(BatchNormalization(momentum=0.9))
    model.add(LeakyReLU(negative_slope=0.1))
    model.add(MaxPooling2D(2))
model.add(GlobalMaxPooling2D())
model.add(Dense(3, activation="softmax"))
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=valid, epochs=9, callbacks=ModelCheckpoint("pets.weights.h5", save_weights_only=True))
