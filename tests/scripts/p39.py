import tensorflow as tf

size, batch, seed = (80, 80), 14, 7
class_names = ["aster", "daisy", "iris", "tulip"]
make = tf.keras.utils.image_dataset_from_directory
train, val = make("flowers", validation_split=0.2, subset="both", class_names=class_names, seed=seed, image_size=size, batch_size=batch, label_mode="categorical")
normalize = tf.keras.layers.Rescaling(1. / 255)
train = train.map(lambda image, label: (normalize(image), label)).cache().shuffle(500).prefetch(buffer_size=tf.data.AUTOTUNE)
val = val.map(lambda image, label: (normalize(image), label)).cache().prefetch(buffer_size=tf.data.AUTOTUNE)
model = tf.keras.Sequential([
    tf.keras.layers.InputLayer(shape=size + (3,)),
    tf.keras.layers.SeparableConv2D(30, 3, activation="relu"),
    tf.keras.layers.MaxPooling2D(3),
    tf.keras.layers.SeparableConv2D(60, 3, activation="relu"),
    tf.keras.layers.GlobalAveragePooling2D(),
    tf.keras.layers.Dense(len(class_names), activation="softmax")])
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
early = tf.keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=4)
model.fit(train, validation_data=val, epochs=16, callbacks=early)
