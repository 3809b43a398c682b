# SPDX-License-Identifier: MIT
"""The memory of a training: cnnc plan says what the program takes, and what does not fit is refused with figures.
CNNC MAKE_DIGITS."""
import json
import re
import resource
import subprocess
import sys

import programs

cnnc, digits = sys.argv[1:]

MODEL = """
model = keras.Sequential([keras.Input(shape=(28, 28, 1))])
%s
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="%s", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=%d, epochs=1, validation_split=0.1)
"""
PLAIN = "model.add(layers.Conv2D(8, 3, padding='same', activation='relu'))\nmodel.add(layers.MaxPooling2D(2))"
NORMALISED = "model.add(layers.Conv2D(8, 3))\nmodel.add(layers.BatchNormalization())\nmodel.add(layers.ReLU())"
WIDE = "model.add(layers.Flatten())\nmodel.add(layers.Dense(2048, activation='relu'))\n" * 2
LESS = WIDE.replace("2048", "512")


def plan(*words):
    return subprocess.run([cnnc, "plan", "model.cnn", *words], check=True, capture_output=True, text=True).stdout


def planned(*words):
    return json.loads(plan("--json", *words))["memory"]["training"]


def test_plan_and_program():
    """To the byte, whatever the layers, the optimiser, the batch and the threads."""
    for layers, optimizer, batch in ((PLAIN, "adam", 32), (NORMALISED, "sgd", 100), (LESS, "rmsprop", 16)):
        programs.build(cnnc, "model", MODEL % (layers, optimizer, batch))
        of = planned()
        assert of["batch"] == batch and 0 < of["bytes_one_thread"] and 0 < of["needs"], of
        for threads, key in ((1, "bytes_one_thread"), (of["threads"], "bytes")):
            said = json.loads(programs.run("model", "train", "--threads", threads, "--json"))
            assert said["network_bytes"] == of[key], (said, of)
            assert said["peak_bytes"] > said["network_bytes"] - 1000000, said
        text = plan()
        assert f"a training in batches of {batch} takes " in text and "its tensors need " in text, text


def test_needs():
    """Weights, a gradient and a state of each, and what gradients read of each sample."""
    with open("model.cnn", "w", encoding="utf-8") as file:
        file.write(MODEL % ("model.add(layers.Dense(16, activation='relu'))", "adam", 8))
    weights = (1 * 16 + 16 + 28 * 28 * 16 * 10 + 10) * 4
    sample = 28 * 28 * 16 * 4  # what the relu gives: its own gradient and the last layer's read it
    assert planned()["needs"] == 4 * weights + 8 * sample, planned()


def refused(command, limit):
    def less():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=less)
    assert done.returncode == 3 and done.stderr.count("\n") == 1, (done.returncode, done.stderr)
    return done.stderr


def bytes_of(text):
    return float(text.split()[0]) * {"kB": 1e3, "MB": 1e6, "GB": 1e9}[text.split()[1]]


def test_refused():
    programs.build(cnnc, "model", MODEL % (WIDE, "adam", 16))
    of = planned()
    text = refused(["./model", "train", "--threads", "1"], 70000000)
    said = re.search(r"out of memory: the network needs ([0-9.]+ .B) \((.*)\), ([0-9.]+ .B) are free; a smaller "
                     r"--batch-size or fewer --threads need less", text)
    assert said, text
    assert abs(bytes_of(said[1]) - of["bytes_one_thread"]) < 0.01 * of["bytes_one_thread"], (text, of)
    parts = {part.rsplit(" ", 2)[0]: " ".join(part.rsplit(" ", 2)[1:]) for part in said[2].split(", ")}
    weights = (784 * 2048 + 2048 + 2048 * 2048 + 2048 + 20480 + 10) * 4
    assert abs(bytes_of(parts["the weights"]) - weights) < 0.01 * weights, (text, parts)
    assert abs(bytes_of(parts["the optimiser's state"]) - 2 * weights) < 0.02 * weights, (text, parts)
    assert 0 < bytes_of(said[3]) < 70000000, text


def main():
    with programs.folder(digits, 300, 60):
        programs.run_tests(globals())


if __name__ == "__main__":
    main()
