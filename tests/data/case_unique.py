# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
df = pd.read_csv("pixels.csv")
df = df.dropna().fillna(0)
df.dropna(how="any", inplace=True)
assert df.keys().tolist() == df.columns.tolist()
label = df["label"]
assert label.nunique() == len(label.unique()) == len(np.unique(label)) == len(set(label)) == 3
assert sorted(label.unique().tolist()) == np.unique(label.values).tolist() == [0, 1, 2]
assert label.unique().tolist() == df.label.unique().tolist() == [1, 2, 0]
assert np.unique(label).shape == (3,) and np.unique(label).size == 3 and 2 in np.unique(label)
classes = int(label.max()) + 1
assert classes == int(np.max(label.values)) + 1 == 3 and int(label.min()) == 0
kinds = pd.read_csv("pictures.csv")["kind"]
assert kinds.unique().tolist() == ["square, too", "round", "flat"] and kinds.nunique() == 3
assert np.unique(kinds).tolist() == sorted(kinds.unique()) == ["flat", "round", "square, too"]
assert np.unique(np.load("y.npy")).tolist() == [0, 1, 2, 3] and np.unique(np.array([12, -5, 12])).tolist() == [-5, 12]
assert len(pd.read_csv("mixed.csv")["name"].unique()) == 30
part = df.loc[:, "pixel2":"pixel5"]
assert df.loc[:, [c == "label" for c in df.columns]].columns.tolist() == ["label"]
assert part.columns.tolist() == ["pixel2", "pixel3", "pixel4", "pixel5"] and df.loc[:, "label"].shape == (30,)
frame = pd.DataFrame({"a": df["pixel0"], "b": df["pixel1"], "c": df["pixel2"]})
rest = frame.loc[:, frame.columns != "b"].dropna()
assert rest.columns.tolist() == ["a", "c"] and frame.loc[:, "b":].columns.tolist() == ["b", "c"]
x = np.concatenate([df.loc[:, df.columns != "label"].to_numpy(dtype="float32"), part.to_numpy("float64", copy=True),
                    rest.to_numpy(dtype="float32"), df.loc[:, df.columns[1:3]].values, df.loc[:, ["pixel0", "label"]]],
                   axis=1) / 255
y = keras.utils.to_categorical(label, label.max() + 1)
model = keras.Sequential([keras.layers.Dense(label.max() + 1, input_dim=22)])
model.compile("sgd", "mse")
model.evaluate(x, y)
