import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tensorflow import keras

df = pd.read_csv("heart.csv")
x = df.drop("target", axis=1)
y = df["target"]
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=3)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)

reg = keras.regularizers.l1_l2(l1=1e-5, l2=1e-4)
model = keras.models.Sequential([
    keras.layers.Dense(26, activation="selu", kernel_initializer="lecun_normal", kernel_regularizer=reg, input_shape=(13,)),
    keras.layers.AlphaDropout(0.1),
    keras.layers.Dense(13, activation="selu", kernel_initializer="lecun_normal", kernel_regularizer=reg),
    keras.layers.Dense(1, activation="sigmoid"),
])
optimizer = keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.05, 100, 0.5), momentum=0.9, nesterov=True)
model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy", keras.metrics.AUC(name="auc")])
h = model.fit(x_train, y_train, epochs=40, batch_size=12, validation_data=(x_test, y_test), verbose=2)
p = model.predict(x_test)
try:
    from sklearn.metrics import roc_auc_score
    print(roc_auc_score(y_test, p))
except ImportError:
    pass
