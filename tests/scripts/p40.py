import numpy as np, os, json, time
from sklearn.model_selection import StratifiedKFold
import keras
from keras.models import Sequential
from keras.layers import Dense, Activation, Dropout, InputLayer

settings = {"units": [96, 48], "rate": 0.1, "epochs": {"first": 3, "second": 8}}
arr = np.loadtxt("sonar.csv", delimiter=",", skiprows=1, dtype=np.float32)
x, y = arr[:, :60], arr[:, 60]
start = time.time()
model = Sequential(name="sonar")
model.add(InputLayer(shape=(60,)))
for n in settings["units"]:
    model.add(Dense(n, use_bias=True))
    model.add(Activation(keras.activations.tanh))
    model.add(Dropout(settings.get("rate", 0.5)))
model.add(Dense(1)); model.add(Activation("sigmoid"))
model.compile(loss=keras.losses.binary_crossentropy, optimizer=keras.optimizers.Adagrad(learning_rate=0.02), metrics=["binary_accuracy"])
first = model.fit(x, y, epochs=settings["epochs"]["first"], batch_size=15, verbose=0, validation_split=.2)
second = model.fit(x, y, initial_epoch=settings["epochs"]["first"], epochs=settings["epochs"]["second"], batch_size=15, verbose=0, validation_split=.2)
losses = first.history["loss"] + second.history["loss"]
print("took", time.time() - start, "seconds")
print(f"{losses[0]:.3f} -> {losses[-1]:.3f}" if losses[-1] < losses[0] else "it grew")
with open("settings.json", "w") as f:
    json.dump(settings, f)
