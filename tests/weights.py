#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""save, save_weights and load_weights as statements of a script: at their place, to the bits of `train --out`.
    weights.py CNNC MAKE_DIGITS"""
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

cnnc, digits = (Path(word).resolve() for word in sys.argv[1:3])
MODEL = """\
model = Sequential([Input((28, 28, 1)), {}Flatten(), Dense(10, activation="softmax")])
model.compile({}, "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
FIT = "model.fit(x_train, y_train, batch_size=50, verbose=0{})\n"
SCORE = "print(model.evaluate(x_test, y_test, verbose=0)[0])\n"


def run(text, *words, code=0, layers="", optimizer='"adam"'):
    Path("own.cnn").write_text(MODEL.format(layers, optimizer) + text, encoding="utf-8")
    done = subprocess.run([cnnc, "run", "own.cnn", *words], check=False, capture_output=True, text=True)
    assert done.returncode == code, (text, done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def tensors(name):
    data = Path(name).read_bytes()
    return data[8 + struct.unpack("<Q", data[:8])[0]:]  # without the hash of the script


def trained(text, name="out.safetensors", **how):
    run(text, "train", "--out", name, **how)
    return tensors(name)


def saves_at_its_place():
    text = FIT.format("") + 'model.save("one.keras")\n' + FIT.format("") + 'model.save_weights("new/two.weights.h5")\n'
    run(text)
    out = Path("both.safetensors")
    run(text, "train", "--out", out)
    assert Path("new/two.safetensors").read_bytes() == out.read_bytes(), "not the file that train writes"
    assert tensors("one.safetensors") == trained(FIT.format("")) != tensors(out), "not the state of its place"
    run('model.save("first.h5")\n')
    run('model.save("own.safetensors")\n')
    assert tensors("first.safetensors") == tensors("own.safetensors")
    assert run(FIT.format("") + 'model.save("a.keras")\nmodel.save("a.h5")\n') == ""
    # An average of the weights is what they end as, in both.
    average = 'keras.optimizers.SGD(0.01, use_ema=True, ema_momentum=0.9)'
    run(FIT.format("") + 'model.save("mean.keras")\n', optimizer=average)
    assert tensors("mean.safetensors") == trained(FIT.format(""), optimizer=average)


def loads_at_its_place():
    run(FIT.format(", shuffle=False") + 'model.save("one.keras")\n' + SCORE)
    score = run('model.load_weights("one.keras")\n' + SCORE)
    assert score == run(FIT.format(", shuffle=False") + SCORE)
    assert score != run(SCORE + 'model.load_weights("one.keras")\n')
    # Training starts from there: without a state, SGD's second epoch is a first one from where that began.
    sgd = {"optimizer": "keras.optimizers.SGD(0.05)"}
    two = trained(FIT.format(", shuffle=False, epochs=2"), **sgd)
    run(FIT.format(", shuffle=False") + 'model.save("sgd.weights.h5")\n', **sgd)
    text = 'model.load_weights("sgd.weights.h5")\n' + FIT.format(", shuffle=False")
    assert trained(text, **sgd) == two
    run(text + 'model.save("sgd.keras")\n', **sgd)  # over what it was loaded from
    assert tensors("sgd.safetensors") == two
    # Between fits that forget, train does as the statements.
    text = (FIT.format("") + 'model.load_weights("one.safetensors")\nmodel.compile("adam", '
            '"sparse_categorical_crossentropy", metrics=["accuracy"])\n' + FIT.format(""))
    run(text + 'model.save("both.keras")\n')
    assert trained(text) == tensors("both.safetensors")
    # What the script writes and loads again, train does too, also where it is there already.
    best = (FIT.format(', epochs=2, callbacks=keras.callbacks.ModelCheckpoint("best.keras")')
            + 'model.load_weights("best.keras")\n' + SCORE)
    assert trained(best) == trained(best)
    first = 'model.save("first.keras")\n'
    anew = 'model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])\n'
    Path("first.safetensors").unlink(missing_ok=True)
    text = first + FIT.format("") + 'model.load_weights("first.keras")\n' + anew + FIT.format("")
    run(text + 'model.save("both.keras")\n')
    Path("first.safetensors").unlink()
    assert trained(text) == trained(text) == tensors("both.safetensors")
    # What a layer measures comes before what is loaded.
    measured = "model.layers[0].adapt(x_train)\n"
    layers = "Normalization(), "
    run(measured + 'model.save("n.keras")\n', layers=layers)
    run(measured + 'model.load_weights("n.keras")\nmodel.save("again.keras")\n', layers=layers)
    assert tensors("n.safetensors") == tensors("again.safetensors")


def loses_nothing():
    """What fails between two fits, or before the first step of the second, leaves what the first one made."""
    one = trained(FIT.format(""))
    anew = 'model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])\n'
    for code, between, wrong in ((1, 'model.load_weights("none.keras")\n', "none.safetensors: No such file"),
                                 (3, 'model.save("/proc/x.keras")\nmodel.load_weights("/proc/x.keras")\n', "/proc/x")):
        Path("left.safetensors").unlink(missing_ok=True)
        said = run(FIT.format("") + between + anew + FIT.format(""), "train", "--out", "left.safetensors", code=code)
        assert wrong in said and "the weights of the fits before are saved to left.safetensors" in said, said
        assert tensors("left.safetensors") == one


def refuses():
    said = run('model.load_weights("none.keras")\n' + SCORE, code=1)
    assert "none.safetensors: No such file" in said, said
    Path("bad.safetensors").write_bytes(b"what")
    said = run('model.load_weights("bad.keras")\n', code=1)
    assert "error: bad.safetensors" in said, said
    run('model.save("other.keras")\n', layers="Conv2D(2, 3), ")
    said = run('model.load_weights("other.keras")\n', code=1)
    assert "other.safetensors: not the weights of own.cnn: dense/kernel" in said, said
    # Where it cannot be written is found out before the training.
    for path in ("/proc/m.keras", "data/train-images-idx3-ubyte/m.keras"):
        said = run(FIT.format(", epochs=1000000") + f'model.save("{path}")\n', code=3)
        assert path.replace("keras", "safetensors").rpartition("/")[0] in said, said
    os.symlink("data/train-images-idx3-ubyte", "data.safetensors")
    said = run(FIT.format(", epochs=1000000") + 'model.save("data.keras")\n', code=1)
    assert "cannot write data.safetensors" in said, said
    said = run(FIT.format("") + 'model.save("m.csv.keras")\n', "--log", "m.csv.safetensors", code=2)
    assert "--log m.csv.safetensors: expected a name that ends in .csv or .jsonl" in said, said
    # A link leads from the one to the other, whether that is there yet or not.
    os.symlink("saved.safetensors", "m.csv")
    for _ in range(2):
        said = run(FIT.format("") + 'model.save("saved.keras")\n', "--log", "m.csv", code=2)
        assert "--log and a file that own.cnn saves are one, m.csv" in said, said
        Path("saved.safetensors").write_bytes(b"what was there")
    assert Path("m.csv").read_bytes() == b"what was there"
    said = run('model.load_weights("one.keras")\n' + FIT.format(""), "train", "--out", "one.safetensors", code=1)
    assert "cannot write one.safetensors" in said and "loaded weights" in said, said


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.mkdir("data")
    subprocess.run([digits, "data", "500", "200", "1"], check=True, capture_output=True)
    os.environ["CNNC_DATA"] = str(Path(folder) / "data")
    saves_at_its_place()
    loads_at_its_place()
    loses_nothing()
    refuses()
    os.chdir("/")
