# Cats and dogs from two folders.
import os
import matplotlib.pyplot as plt
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense, Dropout, Input
from keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator

base_dir = "cats_and_dogs_filtered"
train_dir = os.path.join(base_dir, "train")
validation_dir = os.path.join(base_dir, "validation")
train_cats_dir = os.path.join(train_dir, "cats")
print("cats in training:", len(os.listdir(train_cats_dir)))
IMG_HEIGHT, IMG_WIDTH = 150, 150

train_datagen = ImageDataGenerator(rescale=1.0 / 255, rotation_range=40, width_shift_range=0.2, height_shift_range=0.2,
                                   shear_range=0.2, zoom_range=0.2, horizontal_flip=True, fill_mode="nearest")
test_datagen = ImageDataGenerator(rescale=1.0 / 255)
train_generator = train_datagen.flow_from_directory(train_dir, target_size=(IMG_HEIGHT, IMG_WIDTH), batch_size=20,
                                                    class_mode="binary")
validation_generator = test_datagen.flow_from_directory(validation_dir, target_size=(IMG_HEIGHT, IMG_WIDTH),
                                                        batch_size=20, class_mode="binary", shuffle=False)
model = Sequential([
    Input(shape=(IMG_HEIGHT, IMG_WIDTH, 3)),
    Conv2D(32, (3, 3), activation="relu"), MaxPooling2D(2, 2),
    Conv2D(64, (3, 3), activation="relu"), MaxPooling2D(2, 2),
    Conv2D(128, (3, 3), activation="relu"), MaxPooling2D(2, 2),
    Flatten(), Dropout(0.5), Dense(512, activation="relu"), Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer=RMSprop(learning_rate=1e-4), metrics=["accuracy"])
history = model.fit(train_generator, steps_per_epoch=100, epochs=15, validation_data=validation_generator,
                    validation_steps=50, verbose=2)
acc = history.history["accuracy"]
val_acc = history.history["val_accuracy"]
epochs = range(len(acc))
plt.plot(epochs, acc, "bo", label="Training accuracy")
plt.plot(epochs, val_acc, "b", label="Validation accuracy")
plt.legend()
plt.show()
model.save("cats_and_dogs.keras")
