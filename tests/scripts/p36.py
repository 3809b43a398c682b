import numpy as np
import keras
from keras import layers, ops

data = np.load("vibration.npz")
signal, fault = data["signal"], data["fault"]
signal = signal[..., np.newaxis]
rng = np.random.RandomState(4)
order = rng.permutation(len(signal))
signal, fault = signal[order], fault[order]
weight = np.where(fault == 2, 2.0, 1.0)

norm = layers.Normalization(axis=None)
norm.adapt(signal)
stack = [keras.Input((256, 1)), norm]
for width, step in zip([16, 32, 64], [4, 2, 2]):
    stack += [layers.Conv1D(width, 7, strides=step, padding="same", activation="swish"), layers.SpatialDropout1D(0.05)]
stack += [layers.GlobalMaxPooling1D(), layers.Dense(3)]
model = keras.Sequential(stack)
model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True), weighted_metrics=["accuracy"])
model.fit(signal, fault, sample_weight=weight, epochs=14, batch_size=20, verbose=0)
