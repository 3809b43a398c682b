# SPDX-License-Identifier: MIT
"""The figures of a program that --set changes.
    many_runs.py CNNC MAKE_DIGITS"""
import json
import re
import sys
from pathlib import Path

import programs

cnnc, digits = sys.argv[1:]

MODEL = """
units = 12
model = keras.Sequential([keras.Input(shape=(28, 28, 1)), layers.Flatten(), layers.Dense(units, activation="relu"),
                          layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer=%s, metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=2, validation_split=0.1%s)
"""
ADAM = "keras.optimizers.Adam(%s)"


def build(name, rate="0.003", more="", *words):
    programs.build(cnnc, name, MODEL % (ADAM % rate, more), *words)


def train(name, *words):
    """What it says, and the bits that it comes to."""
    said = json.loads(programs.run(name, "train", "--json", "--out", "w.safetensors", *words))
    bits = Path("w.safetensors").read_bytes()
    return said, bits[8 + int.from_bytes(bits[:8], "little"):]  # the header names the script


def test_set():
    """A figure that is set is the one of a file that has it there: the same bits."""
    build("plain")
    for setting, rate, more in (("learning_rate=0.01", "0.01", ""),
                                ("validation_split=0.25", "0.003", "validation_split=0.25"),
                                ("steps_per_epoch=3", "0.003", "validation_split=0.1, steps_per_epoch=3"),
                                ("batch_size=20", "0.003", "batch_size=20"), ("epochs=1", "0.003", "epochs=1")):
        name = setting.split("=", maxsplit=1)[0]
        text = MODEL % (ADAM % rate, "")
        for argument in filter(None, more.split(", ")):
            key = argument.split("=")[0]
            text = re.sub(rf"{key}=[0-9.]+", argument, text) if f"{key}=" in text else text.replace(
                "validation_split", f"{argument}, validation_split")
        programs.build(cnnc, "other", text)
        said, bits = train("plain", "--set", setting)
        wanted, same = train("other")
        assert bits == same and said["figures"] == wanted["figures"], (setting, said, wanted)
        assert said["set"] == {name: float(setting.split("=")[1])} and wanted["set"] == {}, said
        assert said["batch_size"] == wanted["batch_size"], said
        assert train("plain")[1] != bits, f"{setting} changes nothing"
    assert train("plain", "--set", "seed=5")[1] == train("plain", "--seed", 5)[1]
    both = train("plain", "--set", "epochs=1", "--set", "learning_rate=1e-2")[0]
    assert both["epochs"] == 1 and both["set"] == {"epochs": 1, "learning_rate": 0.01}, both
    runs = json.loads(programs.run("plain", "train", "--json", "--runs", 2, "--set", "learning_rate=0.01"))
    assert runs["runs"][1]["set"] == {"learning_rate": 0.01} and runs["runs"][1]["seed"] == 1, runs
    assert runs["runs"][0]["figures"] == train("plain", "--set", "learning_rate=0.01")[0]["figures"], runs


def test_set_refused():
    build("plain")
    for setting, wrong in (("units=3", "--set units: a program can change learning_rate, epochs, batch_size, seed, "
                                       "validation_split, steps_per_epoch; what else plain.cnn binds to a name needs "
                                       "another program: cnnc build -D NAME=VALUE"),
                           ("learning_rate", "expected a number from 0 to 1e+30, seen ''"),
                           ("learning_rate=-1", "expected a number from 0 to 1e+30, seen '-1'"),
                           ("learning_rate=nan", "seen 'nan'"), ("epochs=1.5", "--set epochs=: expected a whole number"),
                           ("validation_split=1", "--set validation_split=: expected a number from 0 to ")):
        programs.run("plain", "train", "--set", setting, code=2, says=[wrong])
    programs.run("plain", "train", "--epochs", 1, "--set", "epochs=2", code=2,
                 says=["--set epochs is given twice, or beside the option for it"])
    programs.run("plain", "evaluate", "--weights", "w", "--set", "seed=1", code=2, says=["--set does not go with"])
    programs.run("plain", "train", "--resume", "state", "--set", "learning_rate=1", code=2,
                 says=["--set learning_rate and --resume exclude each other"])
    build("schedule", "keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)")
    programs.run("schedule", "train", "--set", "learning_rate=0.1", code=2, says=["is a schedule; change it there"])
    build("scheduler", "0.01", ", callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / (1 + epoch))]")
    programs.run("scheduler", "train", "--set", "learning_rate=0.1", code=2,
                 says=["--set learning_rate: LearningRateScheduler gives each epoch its own"])


def main():
    with programs.folder(digits, 300, 60):
        test_set()
        test_set_refused()


if __name__ == "__main__":
    main()
