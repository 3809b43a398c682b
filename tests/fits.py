#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several fits of a script, and what it prints of their histories.
    fits.py CNNC MAKE_DIGITS
Of each printed expression Python says what it should be, from the history that the program prints whole."""
import ast
import math
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

cnnc, digits = (Path(word).resolve() for word in sys.argv[1:3])
MODEL = """\
import numpy as np
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
AGAIN = 'model.compile(keras.optimizers.Adam({}), "sparse_categorical_crossentropy", metrics=["accuracy"])\n'


def run(text, *words, code=0, layers="Flatten()"):
    Path("own.cnn").write_text(MODEL.replace("Flatten()", layers) + text, encoding="utf-8")
    done = subprocess.run([cnnc, "run", "own.cnn", *words], check=False, capture_output=True, text=True)
    assert done.returncode == code, (text, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def weights(text, **how):
    run(text, "train", "--out", "w.safetensors", **how)
    data = Path("w.safetensors").read_bytes()
    return data[8 + struct.unpack("<Q", data[:8])[0]:]  # without the hash of the script


def fit(words, more=""):
    return f"{more}model.fit(x_train, y_train, batch_size=50, verbose=0, {words})\n"


def has_leaves_of_its_own():
    """A fit in small batches sums them as if no fit in large ones had been before it."""
    layers = 'Conv2D(4, 3, activation="relu"), MaxPooling2D(2), Conv2D(8, 3), Flatten()'
    small = "model.fit(x_train, y_train, batch_size=32, verbose=0, shuffle=False)\n"
    large = "model.fit(x_train, y_train, batch_size=128, verbose=0, shuffle=False)\n"
    Path("own.cnn").write_text(MODEL.replace("Flatten()", layers) + small, encoding="utf-8")
    said = subprocess.run([cnnc, "plan", "own.cnn"], check=True, capture_output=True, text=True).stdout
    assert "leaves of 4 samples, of 8 in batches of 64 and more, of 16 in batches of 128 and more" in said, said
    still = AGAIN.format("1e-30") + large + AGAIN.format("0.002")
    assert weights(still + small, layers=layers) == weights(small, layers=layers)


def goes_on():
    once = weights(fit("epochs=3, shuffle=False"))
    assert weights(fit("epochs=2, shuffle=False") + fit("epochs=1, shuffle=False")) == once
    assert weights(fit("epochs=2, shuffle=False") + fit("epochs=3, initial_epoch=2, shuffle=False")) == once
    shuffled = weights(fit("epochs=1") + fit("epochs=1"))
    assert shuffled != once and shuffled == weights(fit("epochs=2")), "the second fit shuffles as the first"
    # Compile makes the optimiser forget: its moments and its steps are those of a first fit.
    still = AGAIN.format("1e-30")
    assert weights(fit("epochs=3, shuffle=False") + still + fit("epochs=2")) == once
    anew = weights(fit("epochs=2, shuffle=False") + AGAIN.format("0.002") + fit("epochs=1, shuffle=False"))
    assert anew != once, "the optimiser remembers"
    # Nor does it forget where memory is laid out anew, for a larger batch.
    grown = "model.fit(x_train, y_train, batch_size=100, verbose=0, shuffle=False)\n"
    small = fit("epochs=2, shuffle=False")
    assert weights(small + grown) != weights(small + AGAIN.format("0.002") + grown), "it is forgotten"
    said = run(fit("epochs=1") + fit("epochs=1"), "--epochs", "3", code=2)
    assert "--epochs goes with one fit: own.cnn has 2" in said, said


def steps():
    """Epochs of fewer batches than there are go on through the data; the last one of a pass has what is left."""
    all_batches = 10
    for shuffle in "shuffle=True", "shuffle=False":
        once = weights(fit(f"epochs=1, {shuffle}"))
        for n in 1, 3, all_batches // 2, all_batches - 1, all_batches, 10 * all_batches:
            epochs = -(-all_batches // n)
            assert weights(fit(f"epochs={epochs}, steps_per_epoch={n}, {shuffle}")) == once, (n, shuffle)
    whole = run(fit("epochs=1, shuffle=False", "h = ") + "print(h.history['loss'])\n")
    parts = run(fit("epochs=4, shuffle=False, steps_per_epoch=3", "h = ") + "print(h.history['loss'])\n")
    whole, parts = (ast.literal_eval(text.splitlines()[-1]) for text in (whole, parts))
    assert abs(sum(p * n for p, n in zip(parts, (3, 3, 3, 1))) / 10 - whole[0]) < 1e-6, (whole, parts)
    # A second pass is shuffled anew, where full epochs would be, by the number of its first epoch.
    twice = weights(fit("epochs=4, steps_per_epoch=5"))
    assert twice not in (weights(fit("epochs=2")), weights(fit("epochs=4, steps_per_epoch=5, shuffle=False")))
    # Interrupted in the middle of a pass and of an epoch, it goes on to the same bits.
    run(fit("epochs=6, steps_per_epoch=4"), "train", "--out", "w.safetensors", "--checkpoint", "s", "--every", "3steps",
        "--epochs", "2")
    run(fit("epochs=6, steps_per_epoch=4"), "train", "--resume", "s", "--out", "w.safetensors")
    data = Path("w.safetensors").read_bytes()
    assert data[8 + struct.unpack("<Q", data[:8])[0]:] == weights(fit("epochs=6, steps_per_epoch=4"))
    # Without a batch size there are as many samples in a batch as make so many steps.
    given = ("(x, y), _ = keras.datasets.mnist.load_data()\n"
             "model.fit(x[:345] / 255, y[:345], verbose=0, shuffle=False, {})\n")
    assert weights(given.format("steps_per_epoch=7")) == weights(given.format("batch_size=50"))


EXPRESSIONS = [
    "a[-1]", "a[0]", "h.history['loss'][-2]", "max(a)", "min(h.history['loss'])", "sum(a)", "len(a)",
    "sum(a) / len(a)", "round(a[-1], 3)", "round(max(a) * 100)", "np.argmax(a)", "np.argmin(h.history['loss'])",
    "np.max(a)", "np.mean(h.history['val_loss'])", "1 + int(np.argmax(a))", "abs(a[0] - a[-1])", "max(a[0], a[1], 0.5)",
    "h.history.keys()", "list(h.history)", "h.history['val_loss']", "len(h.history)", "h.history['val_loss'][0] ** 2 // 1",
    "f'{a[-1]:.2%} {a[0]!r} {max(a):8.3f}|{a}'", "'%.3f%% %s %5d' % (a[-1] * 100, a[0], a[1] * 10)",
    "'{:.4f} {} {x}'.format(a[0], len(a), x=min(a))", "'accuracy' in h.history", "(a[0], a[1])", "[round(v, 2) for v in a]",
    "{k: v[-1] for k, v in h.history.items()}", "str(a[0]) + 's'", "float(a[0])", "int(a[-1] * 1000)",
]
NUMPY = SimpleNamespace(argmax=lambda v: v.index(max(v)), argmin=lambda v: v.index(min(v)), max=max,
                        mean=lambda v: __import__("functools").reduce(lambda x, y: x + y, v) / len(v))


def prints():
    loop = ("for i, (u, v) in enumerate(zip(h.history['loss'], a), start=1):\n"
            "    print('epoch', i, f'{u:.3f}', v)\n")
    text = (fit("epochs=5, validation_split=0.2", "h = ") + "a = h.history['accuracy']\nprint(h.history)\n" +
            "".join(f"print({e})\n" for e in EXPRESSIONS) + loop)
    out = run(text).splitlines()
    h = SimpleNamespace(history=ast.literal_eval(out[0]))
    a = h.history["accuracy"]
    assert len(a) == 5 and list(h.history) == ["accuracy", "loss", "val_accuracy", "val_loss"], h.history
    assert all(math.isfinite(v) for series in h.history.values() for v in series)
    for said, e in zip(out[1:], EXPRESSIONS):
        wanted = str(eval(e, {"h": h, "a": a, "np": NUMPY}))  # pylint: disable=eval-used
        assert said == wanted, f"{e}: Python prints {wanted}, the program {said}"
    rows = [f"epoch {i} {u:.3f} {v}" for i, (u, v) in enumerate(zip(h.history["loss"], a), start=1)]
    assert out[1 + len(EXPRESSIONS):] == rows, out[-5:]


def fewer_epochs():
    """How many epochs there are is known where a script goes through them; an item that is not there is an error."""
    stopped = fit("epochs=9, validation_split=0.2, callbacks=[keras.callbacks.EarlyStopping(baseline=99, "
                  "monitor='val_accuracy', mode='max', patience=1)]", "h = ")
    text = stopped + "for v in h.history['loss']: print('row')\nprint(len(h.history['loss']))\n"
    out = run(text)
    assert "left out: it is of fit's history" in out and out.startswith("5\n"), out
    said = run(stopped + "print(h.history['loss'][8])\n", code=1)
    assert "own.cnn prints an item of the history that is not there" in said, said
    never = fit("epochs=2, validation_split=0.2, validation_freq=9", "h = ")
    for what, says in (("np.mean", "the mean"), ("min", "the least or most"), ("max", "the least or most")):
        said = run(never + f"print({what}(h.history['val_loss']))\n", code=1)
        assert f"own.cnn prints {says} of no epochs" in said, said
    for options, order in (("validation_freq=1", "loss val_loss learning_rate"),
                           ("validation_freq=2", "loss learning_rate val_loss"),
                           ("validation_freq=2, initial_epoch=1", "loss val_loss learning_rate"),
                           ("validation_freq=[3]", "loss learning_rate val_loss"),
                           ("validation_freq=[1, 3]", "loss val_loss learning_rate")):
        text = fit("epochs=4, validation_split=0.2, callbacks=[keras.callbacks.ReduceLROnPlateau()], " + options, "h = ")
        seen = run(text + "print(*h.history.keys())\n").split()
        assert [name for name in seen if "accuracy" not in name] == order.split(), (options, seen)
    each = fit("epochs=2", "h = ") + "for v in h.history['loss']: print('row')\n"
    assert run(each, "--epochs", "2").splitlines() == ["row", "row"]
    said = run(each, "--epochs", "3", code=2)
    assert "statements of own.cnn go through the 2 epochs of its fit" in said, said


def very_many_epochs():
    """Their history takes memory where it is printed alone."""
    text = fit("epochs=1000000000, callbacks=[keras.callbacks.EarlyStopping('loss', patience=1, min_delta=99)]")
    assert run(text + "print('done')\n") == "done\n"
    weights(text)


def validated_seldom():
    text = fit("epochs=5, validation_split=0.2, validation_freq={}", "h = ") + "print(h.history)\n"
    all_of = ast.literal_eval(run(text.format(1)).splitlines()[0])
    for freq, at in (("2", [1, 3]), ("[1, 4]", [0, 3]), ("9", [])):
        seen = ast.literal_eval(run(text.format(freq)).splitlines()[0])
        assert seen["loss"] == all_of["loss"], freq
        assert seen["val_loss"] == [all_of["val_loss"][i] for i in at], (freq, seen)
    data = "model.fit(x_train, y_train, batch_size=50, verbose=0, validation_data=({0}, {1}){2})\n"
    rows = "(x, y), (xt, yt) = keras.datasets.mnist.load_data()\nx = x / 255.\nxt = xt / 255.\n"
    few = rows + "h = " + data.format("xt[:60]", "yt[:60]", "").replace("x_train, y_train", "x, y")
    steps = rows + "h = " + data.format("xt", "yt", ", validation_steps=3, validation_batch_size=20").replace(
        "x_train, y_train", "x, y")
    assert run(few + "print(h.history)\n") == run(steps + "print(h.history)\n")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.mkdir("data")
    subprocess.run([digits, "data", "500", "200", "1"], check=True, capture_output=True)
    os.environ["CNNC_DATA"] = str(Path(folder) / "data")
    goes_on()
    has_leaves_of_its_own()
    steps()
    prints()
    fewer_epochs()
    very_many_epochs()
    validated_seldom()
    os.chdir("/")
