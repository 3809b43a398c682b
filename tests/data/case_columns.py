# SPDX-License-Identifier: MIT
import numpy as np
import pandas as pd
df = pd.read_csv("pixels.csv")
pixels = [f"pixel{i}" for i in range(12)]
assert df.columns.tolist() == ["label"] + pixels and len(df.columns) == 13 and df.columns.size == 13
assert list(df.columns) == df.columns.to_list() == df.columns.values.tolist() == df.columns.copy().to_numpy().tolist()
assert "label" in df.columns and "label" in df and "y" not in df.columns and "y" not in df
assert df.columns[0] == "label" and df.columns[-1] == "pixel11" and list(df.columns[1:3]) == ["pixel0", "pixel1"]
assert df.columns.drop("label").tolist() == pixels == [c for c in df.columns if c != "label"]
assert df.columns.drop(["label", "pixel11"]).shape == (11,) and df.columns.get_loc("pixel3") == 4
assert df.columns.difference(["label", "y"]).tolist() == sorted(pixels) == sorted(df.columns)[1:]
assert [i for i, c in enumerate(df.columns) if c.endswith("10")] == [11]
left = df.drop(columns=df.columns[:4]).values
df.columns = ["y"] + [c.replace("pixel", "p") for c in df.columns[1:]]
y = df["y"]
df = df.rename(columns={"p0": "first", "q": "r"})
assert df.columns.tolist()[:3] == ["y", "first", "p1"]
half = df.sample(frac=0.5, random_state=5).reset_index(drop=True)
half.columns = [c.upper() for c in df.columns]
assert half["FIRST"].shape == (15,) and "first" in df and "FIRST" not in df
df.rename(columns={"first": "p0"}, inplace=True)
plain = pd.read_csv("semicolons.csv", sep=";", header=None)
assert plain.columns.tolist() == [0, 1, 2] and 2 in plain.columns and "2" not in plain.columns
frame = pd.DataFrame({"a": df["p0"], "b": df.p1})
frame.columns = ["c", "d"]
frame = frame.rename(columns={"d": "e"})
assert list(frame.columns) == ["c", "e"] and "e" in frame and frame.columns.drop("c").tolist() == ["e"]
frame["f"] = df["p2"] / 255
assert list(frame.columns) == ["c", "e", "f"]
x = np.concatenate([df[df.columns[1:]].values[:15], half[half.columns.drop("Y")].values])
x = np.concatenate([x / 255, left / 100, frame[frame.columns[1:]].values], axis=1)
model = keras.Sequential([keras.layers.Dense(1, input_dim=23)])
model.compile("sgd", "mse")
model.evaluate(x, y)
