import tensorflow as tf
import math
from typing import Tuple, List, Dict, Optional
from dataclasses import dataclass

@dataclass(frozen=True)
class Config:
    epochs: int = 5
    batch: int = 64

fashion_mnist = tf.keras.datasets.fashion_mnist
(train_images, train_labels), (test_images, test_labels) = fashion_mnist.load_data()
class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']
train_images = train_images[..., tf.newaxis].astype("float32") / 255.0
test_images = test_images[..., tf.newaxis].astype("float32") / 255.0
BUFFER, BATCH = 10000, 64
train_ds = tf.data.Dataset.from_tensor_slices((train_images, train_labels)).shuffle(BUFFER).batch(BATCH)
test_ds = tf.data.Dataset.from_tensor_slices((test_images, test_labels)).batch(BATCH)
model: tf.keras.Sequential = tf.keras.Sequential([
    tf.keras.layers.Conv2D(32, 3, activation='relu', input_shape=(28, 28, 1)),
    tf.keras.layers.MaxPooling2D(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(128, activation=tf.nn.relu),
    tf.keras.layers.Dense(len(class_names)),
])
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
model.fit(train_ds, epochs=5, validation_data=test_ds)
test_loss, test_acc = model.evaluate(test_ds, verbose=2)
print(f'\nTest accuracy: {test_acc:.4f}')
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images)
print(class_names[predictions[0].argmax()])
