# Digits of a competition, from its CSV files to the file that is handed in.
import os
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import ReduceLROnPlateau, EarlyStopping
from tensorflow.keras.utils import to_categorical

INPUT_DIR = "/kaggle/input/digit-recognizer"
for dirname, _, filenames in os.walk(INPUT_DIR):
    for filename in filenames:
        print(os.path.join(dirname, filename))

train = pd.read_csv(os.path.join(INPUT_DIR, "train.csv"))
test = pd.read_csv(os.path.join(INPUT_DIR, "test.csv"))
print(train.shape, test.shape)
Y = train["label"]
X = train.drop(labels=["label"], axis=1)
X = X / 255.0
test = test / 255.0
X = X.values.reshape(-1, 28, 28, 1)
test = test.values.reshape(-1, 28, 28, 1)
Y = to_categorical(Y, num_classes=10)
X_train, X_val, Y_train, Y_val = train_test_split(X, Y, test_size=0.1, random_state=2)
plt.imshow(X_train[0][:, :, 0])

model = keras.Sequential()
model.add(layers.Conv2D(filters=32, kernel_size=(5, 5), padding="Same", activation="relu", input_shape=(28, 28, 1)))
model.add(layers.Conv2D(filters=32, kernel_size=(5, 5), padding="Same", activation="relu"))
model.add(layers.MaxPool2D(pool_size=(2, 2)))
model.add(layers.Dropout(0.25))
model.add(layers.Conv2D(filters=64, kernel_size=(3, 3), padding="Same", activation="relu"))
model.add(layers.MaxPool2D(pool_size=(2, 2), strides=(2, 2)))
model.add(layers.Dropout(0.25))
model.add(layers.Flatten())
model.add(layers.Dense(256, activation="relu"))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-08),
              loss="categorical_crossentropy", metrics=["accuracy"])
lower = ReduceLROnPlateau(monitor="val_accuracy", patience=3, verbose=1, factor=0.5, min_lr=0.00001)
history = model.fit(X_train, Y_train, batch_size=86, epochs=30, validation_data=(X_val, Y_val), verbose=2,
                    callbacks=[lower, EarlyStopping(patience=6)])
results = model.predict(test)
results = np.argmax(results, axis=1)
results = pd.Series(results, name="Label")
submission = pd.concat([pd.Series(range(1, len(results) + 1), name="ImageId"), results], axis=1)
submission.to_csv("cnn_digits.csv", index=False)
