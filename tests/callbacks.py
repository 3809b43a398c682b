#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Callbacks in whole programs: files, messages, learning rates. What they decide epoch by epoch is the unit
test's.
    callbacks.py CNNC MAKE_DIGITS"""
import csv
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import programs
import protobuf

cnnc, digits = (Path(word).resolve() for word in sys.argv[1:3])
MODEL = """\
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile({optimizer}, "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=50, epochs={epochs}, verbose=2, validation_split=0.2, callbacks={callbacks})
print("done")
"""


def build(name, callbacks, optimizer="keras.optimizers.SGD(0.05)", epochs=4):
    programs.build(cnnc, name, MODEL.format(callbacks=callbacks, optimizer=optimizer, epochs=epochs))


def run(*words, code=0):
    done = subprocess.run([f"./{words[0]}", *words[1:]], check=False, capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def tensors(path):
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    start = 8 + length
    return {name: data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]]
            for name, entry in header.items()}


def log_rows(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def lines(text, word):
    return [line for line in text.splitlines() if word in line]


def checksum(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    crc ^= 0xffffffff
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def fields(data):
    """What a message of Protocol Buffers says, by the fields' numbers, each of which is there once."""
    pairs = [*protobuf.fields(data)]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def events(folder):
    """{tag: [(step, value), ...]} of the one event file in a folder."""
    path, = Path(folder).iterdir()
    assert path.name.startswith("events.out.tfevents.")
    data, found, first = path.read_bytes(), {}, True
    while data:
        size, = struct.unpack("<Q", data[:8])
        body = data[12:12 + size]
        assert data[8:12] == struct.pack("<I", checksum(data[:8])) and len(body) == size
        assert data[12 + size:16 + size] == struct.pack("<I", checksum(body))
        data, event = data[16 + size:], fields(body)
        assert struct.unpack("<d", event[1])[0] > 1.7e9
        if first:
            assert event[3] == b"brain.Event:2"
        else:
            value = fields(fields(event[5])[1])
            assert fields(value[9]) == {1: b"\n\7scalars", 4: 1}
            found.setdefault(value[1].decode(), []).append((event[2], struct.unpack("<f", value[2])[0]))
        first = False
    return found


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def test_tensorboard():
    build("board", "TensorBoard('tb/a')")
    run("board", "train", "--log", "log.jsonl")
    rows = log_rows("log.jsonl")

    def column(key, steps):
        return [(step, float32(row[key])) for step, row in zip(steps, rows)]
    epochs, iterations = range(4), [5, 10, 15, 20]
    assert events("tb/a/train") == {"epoch_accuracy": column("accuracy", epochs),
                                    "epoch_loss": column("loss", epochs),
                                    "epoch_learning_rate": [(e, float32(0.05)) for e in epochs]}
    assert events("tb/a/validation") == {
        "epoch_accuracy": column("val_accuracy", epochs), "epoch_loss": column("val_loss", epochs),
        "evaluation_accuracy_vs_iterations": column("val_accuracy", iterations),
        "evaluation_loss_vs_iterations": column("val_loss", iterations)}
    build("stepwise", "TensorBoard('tb/b', update_freq=2, write_steps_per_second=True)")
    run("stepwise", "train")
    found = events("tb/b/train")
    for tag in ("batch_loss", "batch_accuracy", "batch_steps_per_second"):
        assert [step for step, _ in found[tag]] == list(range(2, 21, 2)), (tag, found[tag])
    assert found["batch_loss"][4] == (10, found["epoch_loss"][1][1])
    assert all(value > 0 for _, value in found["epoch_steps_per_second"])
    build("everystep", "TensorBoard('tb/c', update_freq='batch')")
    run("everystep", "train")
    assert len(events("tb/c/train")["batch_loss"]) == 20
    Path("tbfile").write_text("", encoding="utf-8")
    build("boardless", "TensorBoard('tbfile')")
    assert "cannot make tbfile" in run("boardless", "train", code=3)


def test_csv():
    build("logged", "[CSVLogger('a.csv'), CSVLogger('b/../b.csv', ';', append=True)]")
    run("logged", "train", "--log", "log.jsonl")
    run("logged", "train")
    with open("a.csv", newline="", encoding="utf-8") as file:
        assert file.read().startswith("epoch,accuracy,loss,val_accuracy,val_loss\r\n0,")
        file.seek(0)
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"], rows
    for row, own in zip(rows, log_rows("log.jsonl")):
        for key in ("accuracy", "loss", "val_accuracy", "val_loss"):
            assert struct.pack("f", float(row[key])) == struct.pack("f", own[key]), (key, row, own)
    assert len(Path("b.csv").read_text(encoding="utf-8").splitlines()) == 9  # one header


SEVERAL = """\
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", keras.metrics.F1Score(), keras.metrics.Recall([0.3, 0.05])])
callbacks = [CSVLogger("s.csv"), TensorBoard("tb/s")]
history = model.fit(x_train, y_train, batch_size=50, epochs=2, verbose=2, validation_data=(x_test, y_test), callbacks=callbacks)
score = model.evaluate(x_test, y_test, verbose=0)
model.save_weights("s.weights.h5")
print("figures", len(score), len(score[2]), score[3][0], score[3][-1])
for of_class in score[2]:
    print("class", of_class)
print("epochs", [f"{epoch[0]:.4f}" for epoch in history.history["val_recall"]])
print("half", score[3][1] / 2, history.history["val_f1_score"][-1][3])
"""


def test_several():
    """Metrics with several figures, wherever these are told."""
    programs.build(cnnc, "several", SEVERAL)
    said = run("several")
    shutil.rmtree("tb/s")
    run("several", "train", "--log", "s.jsonl")
    rows = log_rows("s.jsonl")
    measured = json.loads(run("several", "evaluate", "--weights", "s.safetensors", "--json"))["metrics"]
    assert list(measured) == ["accuracy", "f1_score", "recall"] and len(measured["f1_score"]) == 10, measured
    told = {word: [line.split()[1:] for line in lines(said, word + " ")] for word in ("figures", "class", "epochs", "half")}
    last = [float32(rows[-1][f"val_f1_score[{k}]"]) for k in range(10)]
    assert [float32(float(of_class)) for (of_class,) in told["class"]] == last, (told, last)
    assert [float32(value) for value in measured["f1_score"]] == last
    recall = [float32(value) for value in measured["recall"]]
    assert told["figures"][0][:2] == ["4", "10"] and [float32(float(v)) for v in told["figures"][0][2:]] == recall
    assert float32(float(told["half"][0][0])) == recall[1] / 2, told
    assert float32(float(told["half"][0][1])) == last[3]
    assert told["epochs"][0] == [f"['{rows[0]['val_recall[0]']:.4f}',", f"'{rows[1]['val_recall[0]']:.4f}']"], told
    with open("s.csv", newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    for row, own in zip(table, rows):
        for key, n in ("f1_score", 10), ("val_recall", 2):
            assert row[key][:2] == '"[' and row[key][-2:] == ']"', row[key]
            assert [float32(float(v)) for v in row[key][2:-2].split(", ")] == [float32(own[f"{key}[{k}]"]) for k in range(n)]
    mean = sum(rows[1][f"f1_score[{k}]"] for k in range(10)) / 10
    assert f" - f1_score: {mean:.4f} - " in lines(said, "val_loss")[1], (said, mean)
    assert events("tb/s/validation")["epoch_f1_score[9]"] == [(e, float32(rows[e]["val_f1_score[9]"])) for e in (0, 1)]
    run("several", "report", "s.jsonl")
    assert "f1_score[9]" in Path("s.html").read_text(encoding="utf-8")


def test_checkpoint():
    name = "w/{epoch:02d}-{val_loss:.2f}"
    build("saved", f"ModelCheckpoint('{name}.keras', verbose=1)", "'adam'")
    said = run("saved", "train", "--out", "last.st", "--log", "log.jsonl")
    files = [f"w/{i + 1:02d}-{row['val_loss']:.2f}.safetensors" for i, row in enumerate(log_rows("log.jsonl"))]
    assert sorted(str(path) for path in Path("w").iterdir()) == sorted(files)
    wanted = []
    for i, file in enumerate(files):
        wanted += [f"Epoch {i + 1}: saving model to {file}", f"Epoch {i + 1}: finished saving model to {file}"]
    assert lines(said, ": saving") + lines(said, ": finished") == wanted[::2] + wanted[1::2], said
    whole, weights = tensors(files[-1]), tensors("last.st")
    assert {key: value for key, value in whole.items() if key in weights} == weights
    assert set(whole) - set(weights) == {f"optimizer/{slot}/dense/{name}" for slot in (0, 1)
                                         for name in ("bias", "kernel")}
    assert all(any(value) for value in whole.values())
    run("saved", "evaluate", "--weights", files[0])
    run("saved", "train", "--epochs", "1", "--out", "one.st")
    assert tensors("one.st") == {key: value for key, value in tensors(files[0]).items() if key in weights}


def test_checkpoint_best():
    build("best", "ModelCheckpoint('best.weights.h5', 'loss', 1, True, True, initial_value_threshold=2.2)")
    said = lines(run("best", "train", "--out", "last.st", "--log", "log.jsonl"), "Epoch ")
    last, wanted = 2.2, []
    for i, row in enumerate(log_rows("log.jsonl")):
        wanted.append(f"Epoch {i + 1}/4")
        old, loss = f"{last:.5f}", row["loss"]
        if loss < last:
            wanted += [f"Epoch {i + 1}: loss improved from {old} to {loss:.5f}, saving model to best.safetensors",
                       f"Epoch {i + 1}: finished saving model to best.safetensors"]
            last = loss
        else:
            wanted.append(f"Epoch {i + 1}: loss did not improve from {old}")
    assert said == wanted, (said, wanted)
    assert last < 2.2 and any("did not improve from 2.20000" in line for line in said), said
    assert tensors("best.safetensors") == tensors("last.st")  # the loss falls to the end
    build("worst", "ModelCheckpoint('worst.safetensors', 'loss', 1, True, True, mode='max')")
    said = run("worst")
    assert len(lines(said, "did not improve from")) == 3, said
    run("worst", "train", "--epochs", "1", "--out", "one.st")
    assert tensors("worst.safetensors") == tensors("one.st")
    first = lines(said, "improved from None to")
    assert len(first) == 1 and first[0].startswith("Epoch 1: loss improved from None to "), said


def test_checkpoint_steps():
    # 240 samples are 5 steps an epoch: after steps 3, 6 (1 of epoch 2), 9, ...
    build("steps", "ModelCheckpoint('s/{epoch}-{batch}.safetensors', save_weights_only=True, save_freq=3)", epochs=2)
    run("steps", "train", "--out", "last.st")
    assert sorted(path.name for path in Path("s").iterdir()) == ["1-3.safetensors", "2-1.safetensors",
                                                                 "2-4.safetensors"]
    assert all(list(tensors(f"s/{name}.safetensors")) == list(tensors("last.st")) for name in ("1-3", "2-1"))
    assert tensors("s/2-4.safetensors") != tensors("last.st")


def test_checkpoint_faults():
    Path("file").write_text("no folder", encoding="utf-8")
    build("nowhere", "ModelCheckpoint('file/a.safetensors')")
    said = run("nowhere", "train", "--out", "none.st", code=3)
    assert "error: cannot make file" in said or "error: cannot write file/a" in said, said
    assert not Path("none.st").exists()
    # A place that fails later is a warning; what was there stays.
    build("later", "ModelCheckpoint('x{epoch}/a.safetensors', save_weights_only=True, verbose=1)", epochs=2)
    Path("x2").write_text("no folder", encoding="utf-8")
    said = run("later", "train", "--out", "later.st")
    assert "warning: cannot " in said and "finished saving model to x1/a.safetensors" in said, said
    assert tensors("later.st")
    # No input is written to.
    build("input", "CSVLogger('data/train-labels-idx1-ubyte')")
    assert "which this run needs" in run("input", "train", code=1)


def test_rate():
    """Where a loss counts as never better, the rate shrinks to nothing, and the weights stay."""
    build("plateau", "[ReduceLROnPlateau('loss', 0.0, 0, 1, min_delta=100), CSVLogger('rate.csv'),"
          "ModelCheckpoint('r{epoch}.safetensors', save_weights_only=True)]")
    said = run("plateau", "train", "--out", "last.st")
    assert lines(said, "ReduceLR") == ["Epoch 2: ReduceLROnPlateau reducing learning rate to 0.0."], said
    assert tensors("r2.safetensors") == tensors("r3.safetensors") == tensors("last.st")
    assert tensors("r1.safetensors") != tensors("r2.safetensors")
    with open("rate.csv", newline="", encoding="utf-8") as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    assert [struct.pack("f", rate) for rate in rates] == [struct.pack("f", rate) for rate in (0.05, 0, 0, 0)]


def scheduled(name, function, epochs=4, **how):
    """The rates that a program has set, as it says them."""
    Path(name + ".cnn").write_text(function + MODEL.format(
        callbacks="[LearningRateScheduler(rate, verbose=1), CSVLogger('rates.csv')]", optimizer="keras.optimizers.SGD(0.05)",
        epochs=epochs), encoding="utf-8")
    subprocess.run([cnnc, "build", name + ".cnn"], check=True, capture_output=True)
    said = lines(run(name, "train"), "LearningRateScheduler setting learning rate to ")
    with open("rates.csv", newline="", encoding="utf-8") as file:
        used = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    rates = [line.split(" to ")[1].rstrip(".") for line in said]
    assert [line.split(":")[0] for line in said] == [f"Epoch {i + 1}" for i in range(epochs)], said
    assert used == [float32(float(rate)) for rate in rates], (used, rates)
    return rates


def test_schedule():
    rates = scheduled("lambda", "rate = lambda epoch: 0.01 * 0.95 ** epoch\n")
    assert rates == [repr(0.01 * 0.95 ** epoch) for epoch in range(4)], rates
    text = "def rate(epoch, lr):\n    if epoch < 2:\n        return lr\n    return lr * 0.5\n"
    rates = scheduled("function", text)
    first = float32(0.05)
    assert rates == [repr(first), repr(first), repr(first * 0.5), repr(first * 0.25)], rates
    run("lambda", "train", "--epochs", "2")
    assert "of fit's 4 epochs, not of 5" in run("lambda", "train", "--epochs", "5", code=1)


def test_run():
    """The same without a program: the compiler has all callbacks."""
    build("memory", "[CSVLogger('memory.csv'), TensorBoard('tb/m'), TerminateOnNaN(), EarlyStopping(patience=9),"
          "ReduceLROnPlateau(), ModelCheckpoint('m.safetensors', save_weights_only=True)]")
    run("memory")
    wanted = [Path(name).read_bytes() for name in ("memory.csv", "m.safetensors")]
    for name in ("memory.csv", "m.safetensors"):
        os.unlink(name)
    subprocess.run([cnnc, "run", "memory.cnn"], check=True, capture_output=True)
    assert [Path(name).read_bytes() for name in ("memory.csv", "m.safetensors")] == wanted


def test_nan():
    build("finite", "TerminateOnNaN()")
    run("finite")
    huge = "keras.optimizers.SGD(1e38)"
    build("quiet", "TerminateOnNaN()", huge)
    said = run("quiet")
    why = lines(said, "the loss became nan in epoch 1, step 2 of 5: the weights before it are finite, the largest")
    assert len(why) == 1 and ", of 'dense'; " in why[0] and "-nan" not in said, said
    assert lines(said, "Batch 1: Invalid loss, terminating training") and lines(said, "done"), said
    assert lines(said, "Epoch 1/4") and not lines(said, "Epoch 2/4")
    for name, callback in (("loud", "TerminateOnNaN(raise_error=True)"), ("plain", "None")):
        build(name, callback, huge)
        said = run(name, code=1)
        assert "in epoch 1, step 2 of 5" in said and not lines(said, "done"), said


def main():
    with programs.folder(digits, 300, 60):
        os.mkdir("b")
        programs.run_tests(globals())


if __name__ == "__main__":
    main()
