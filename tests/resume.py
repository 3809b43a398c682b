#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A training that is interrupted goes on to the bits of one that is not, wherever and however it is, and what
cannot be gone on from is refused. Each fault is really caused.
    resume.py CNNC MAKE_DIGITS [KILLS]"""
import hashlib
import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

cnnc, digits = (Path(word).resolve() for word in sys.argv[1:3])
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 12
FLIPS, LIMIT, EPOCHS = 40, 120, 8
draw = random.Random(4)

# States that are easily forgotten: of dropout, batch statistics, the optimiser, and each callback.
MODEL = """\
model = Sequential([Input((28, 28, 1)), RandomRotation(0.1), Conv2D(4, 3, strides=3, activation="relu"), BatchNormalization(),
    Flatten(), Dropout(0.5), Dense({units}), Dense(10, activation="softmax")])
model.compile({optimizer}, "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=8, verbose=2, validation_split=0.2, callbacks={callbacks})
"""
CALLBACKS = """[ReduceLROnPlateau("val_loss", 0.5, 1, min_delta=0.01, cooldown=1, verbose=1), CSVLogger("run.csv"),
    EarlyStopping("val_accuracy", patience=20, restore_best_weights=True, verbose=1),
    ModelCheckpoint("best.safetensors", "val_accuracy", save_best_only=True, save_weights_only=True),
    ModelCheckpoint("steps.safetensors", save_freq=7)]"""


def build(name, units=8, optimizer="'adam'", callbacks=CALLBACKS):
    Path(name + ".cnn").write_text(MODEL.format(units=units, optimizer=optimizer, callbacks=callbacks),
                                   encoding="utf-8")
    subprocess.run([cnnc, "build", name + ".cnn", "--leaf=2"], check=True, capture_output=True)


def run(name, *words, code=0, says=(), **how):
    done = subprocess.run([f"./{name}", *map(str, words)], check=False, capture_output=True, text=True,
                          timeout=LIMIT, **how)
    text = done.stdout + done.stderr
    assert done.returncode == code, (words, done.returncode, text)
    for word in says:
        assert word in text, (words, word, text)
    return text


def start(name, *words):
    return subprocess.Popen([f"./{name}", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def log_rows(path):
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in row.items() if "seconds" not in key} for row in rows]


def count_rows():
    return Path("log.jsonl").read_bytes().count(b"\n") if Path("log.jsonl").exists() else 0


OUTPUTS = ("w.st", "run.csv", "best.safetensors", "steps.safetensors")


def results():
    return [Path(name).read_bytes() for name in OUTPUTS] + [log_rows("log.jsonl")]


def fresh():
    for name in (*OUTPUTS, "log.jsonl", "state"):
        Path(name).unlink(missing_ok=True)


def train(every, *more):
    threads = draw.randint(1, 3)
    resume = ["--resume", "state"] if Path("state").exists() else ["--checkpoint", "state"]
    return ["train", "--out", "w.st", "--log", "log.jsonl", "--threads", threads, "--every", every, *resume, *more]


def check_digest():
    """Where the program can say it, it says the SHA-256 of the file that it wrote."""
    said = run("net", "train", "--out", "w.st", "--log", "log.jsonl")
    if "openssl" in run("net", "--licenses"):
        assert f"weights sha256:{hashlib.sha256(Path('w.st').read_bytes()).hexdigest()}\n" in said, said
    else:
        assert "sha256" not in said
        print("skipped: the runtime has no library for SHA-256")


def test_kill(wanted):
    """kill -9 at random moments, until one run comes to its end. What is interrupted has printed some."""
    killed = 0
    while killed < KILLS:
        fresh()
        while True:
            process = start("net", *train(draw.choice(["1steps", "3steps", "1epochs", "1s", "2"])))
            time.sleep(draw.random() * 0.06)
            process.kill()
            process.communicate(timeout=LIMIT)
            if process.returncode == 0:
                break
            killed += 1
            assert process.returncode == -signal.SIGKILL
            if killed % 6 == 0 and Path("state").exists():
                run("net", *train("5steps"))
                break
        assert results() == wanted, [a == b for a, b in zip(results(), wanted)]


def test_signals(wanted):
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        fresh()
        for _ in range(3):
            rows = count_rows()
            process = start("net", *train("1000epochs", "--epochs", "1000000"))
            while count_rows() <= rows + 1:
                time.sleep(0.01)
            process.send_signal(number)
            out = process.communicate(timeout=LIMIT)
            assert process.returncode == code and b"state saved to state" in out[0], (process.returncode, out)
        assert not Path("state.lock").exists()
        state = Path("state").read_bytes()
        run("net", "train", "--out", "w.st", "--resume", "state", "--epochs", "1", says=["state saved to state"])
        assert Path("state").read_bytes() == state  # its end was reached long ago
    # By steps: the state after the signal goes on to the end.
    fresh()
    process = start("net", *train("1s"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    run("net", *train("1s"))
    assert results() == wanted


def test_total(wanted):
    """--epochs is the total, and a run that has come to its end can go on."""
    fresh()
    run("net", *train("1epochs", "--epochs", "3"))
    run("net", *train("1epochs", "--epochs", "3"))
    said = run("net", *train("1epochs"))
    assert "Epoch 4/8" in said and "Epoch 3/" not in said, said
    assert results() == wanted


def test_refused():
    for other, say in ((["--seed", 3], "its seed is 0, this run's is 3"),
                       (["--batch-size", 16], "its batch size is 32, this run's is 16"),
                       (["--data", "data2"], "its checksum of the training data is"),
                       (["--data", "data3"], "its number of training samples is 240, this run's is 320")):
        run("net", "train", "--out", "none.st", "--resume", "state", *other, code=1, says=[say])
    run("wide", "train", "--out", "none.st", "--resume", "state", code=1, says=["its text of the model has the hash "])
    run("net", "train", "--out", "none.st", "--resume", "w.st", code=1, says=["w.st: not a checkpoint"])
    run("net", "train", "--out", "none.st", "--resume", "nowhere", code=1, says=["nowhere"])
    run("net", "train", "--out", "none.st", "--resume", "net.cnn", code=1, says=["net.cnn"])
    for words in (["--every", "3"], ["--checkpoint", "s", "--every", "x"], ["--checkpoint", "s", "--every", "0s"],
                  ["--checkpoint", "none.st"], ["--resume", "none.st"]):
        run("net", "train", "--out", "none.st", *words, code=2)
    assert not Path("none.st").exists() and not Path("s").exists()
    run("net", "evaluate", "--weights", "state", says=["accuracy: "])


def test_models():
    """Of two models of one text that differ in nothing but how they are trained."""
    made = """Sequential([Input((28, 28, 1)), Flatten(name="f"), Dense(10, activation="softmax", name="d")])
{0}.compile(keras.optimizers.SGD({1}), "sparse_categorical_crossentropy")
{0}.fit(x_train, y_train, batch_size=32, epochs=2)
"""
    text = "slow = " + made.format("slow", 0.01) + "fast = " + made.format("fast", 0.1)
    Path("two.cnn").write_text(text, encoding="utf-8")
    for name in ("slow", "fast"):
        subprocess.run([cnnc, "build", "two.cnn", "--model", name, "-o", name], check=True, capture_output=True)
    run("slow", "train", "--out", "two.st", "--checkpoint", "two.state", "--epochs", 1)
    run("fast", "train", "--out", "two.st", "--resume", "two.state", code=1, says=["its text of the model has the hash "])
    run("slow", "train", "--out", "two.st", "--resume", "two.state")


def test_damaged(wanted):
    """Cut or with a bit flipped a state is refused, or it is what it was. Epochs are all made, so what is
    accepted shows at once."""
    whole = Path("state").read_bytes()
    header = 8 + struct.unpack("<Q", whole[:8])[0]
    cases = [whole[:draw.randrange(len(whole))] for _ in range(8)] + [b"", whole + b"x"]
    for _ in range(FLIPS):
        spoiled = bytearray(whole)
        end = header if draw.random() < 0.5 else len(whole)
        spoiled[draw.randrange(end)] ^= 1 << draw.randrange(8)
        cases.append(bytes(spoiled))
    accepted = 0
    for case in cases:
        Path("spoiled").write_bytes(case)
        done = subprocess.run(["./net", "train", "--out", "w2.st", "--resume", "spoiled"], check=False,
                              capture_output=True, timeout=LIMIT)
        assert done.returncode in (0, 1), (done.returncode, done.stderr)
        if done.returncode == 0:
            accepted += 1
            assert Path("w2.st").read_bytes() == wanted[0]
        else:
            assert Path("spoiled").read_bytes() == case
    assert accepted < FLIPS / 2, accepted


def test_lock():
    first = start("net", "train", "--out", "w2.st", "--checkpoint", "locked", "--epochs", "1000000")
    while not Path("locked").exists():
        time.sleep(0.01)
    os.symlink("locked", "link")
    for words in (["--checkpoint", "locked"], ["--resume", "locked"], ["--checkpoint", "link"]):
        run("net", "train", "--out", "w3.st", *words, code=1, says=["another run's checkpoint"])
    first.kill()
    first.communicate(timeout=LIMIT)
    assert Path("locked.lock").exists()
    run("net", "train", "--out", "w3.st", "--resume", "link", "--epochs", "1")
    assert not Path("locked.lock").exists() and Path("link").is_symlink()


def test_places():
    os.mkdir("folder")
    run("net", "train", "--out", "w2.st", "--checkpoint", "folder", code=1, says=["folder"])
    run("net", "train", "--out", "w2.st", "--checkpoint", "no/state", code=3, says=["no/state"])
    run("net", "train", "--out", "w2.st", "--checkpoint", "/dev/null", code=1, says=["regular file"])
    os.mkdir("disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", "disk"], check=False,
                      capture_output=True).returncode:
        print("skipped: a full disk, as nothing can be mounted")
        return
    try:
        check_disk()
    finally:
        subprocess.run(["umount", "disk"], check=True)


def check_disk():
    """Full from the second epoch on: a warning, once; the weights are saved; the state that was is whole."""
    command = ["train", "--out", "w2.st", "--checkpoint", "disk/state"]
    run("net", *command, "--epochs", "2")
    state = Path("disk/state").read_bytes()
    first = start("net", "train", "--out", "w2.st", "--resume", "disk/state", "--epochs", "1000000")
    while Path("disk/state").read_bytes() == state:
        time.sleep(0.01)
    with open("disk/rest", "wb", buffering=0) as rest:
        try:
            while True:
                rest.write(bytes(1024))
        except OSError:
            pass
    time.sleep(0.2)
    state = Path("disk/state").read_bytes()
    first.send_signal(signal.SIGTERM)
    out, err = first.communicate(timeout=LIMIT)
    assert first.returncode == 3 and err.count(b"warning: cannot write disk/state") == 1, (first.returncode, err)
    assert b"weights saved to w2.st" in out
    assert Path("disk/state").read_bytes() == state
    run("net", "train", "--out", "w2.st", "--checkpoint", "disk/other", code=3, says=["disk/other"])
    os.unlink("disk/rest")
    run("net", "train", "--out", "w2.st", "--resume", "disk/state", "--epochs", "1")
    subprocess.run(["mount", "-o", "remount,ro", "disk"], check=True)
    run("net", *command, code=3, says=["cannot write disk/state"])


def test_backup():
    """BackupAndRestore does the same, in a run of the file's statements too."""
    backup = CALLBACKS[:-1] + ', BackupAndRestore("backup/net", save_freq=4)]'
    build("backed", callbacks=backup)
    fresh()
    run("backed", "train", "--out", "w.st", "--log", "log.jsonl")
    assert not Path("backup/net").exists()
    wanted, outputs = results(), OUTPUTS[1:]
    for train_it in (True, False):
        fresh()
        for _ in range(3):
            process = start("backed", *(["train", "--out", "w.st", "--log", "log.jsonl"] if train_it else []))
            time.sleep(0.02 + draw.random() * 0.05)
            process.kill()
            process.communicate(timeout=LIMIT)
        run("backed", *(["train", "--out", "w.st", "--log", "log.jsonl"] if train_it else []))
        assert not Path("backup/net/latest.safetensors").exists()
        seen = results() if train_it else [Path(name).read_bytes() for name in outputs]
        assert seen == (wanted if train_it else wanted[1:4])
    build("kept", callbacks='BackupAndRestore("backup/kept", delete_checkpoint=False)')
    run("kept", "train", "--out", "w2.st")
    assert "Epoch" not in run("kept", "train", "--out", "w3.st")
    assert Path("w2.st").read_bytes() == Path("w3.st").read_bytes()
    run("kept", "train", "--out", "w3.st", "--seed", "5", code=1, says=["its seed is 0, this run's is 5"])


def test_backup_of_two():
    """Two fits with one BackupAndRestore: a run that is killed in the second one comes to the same weights."""
    Path("two.cnn").write_text("""backup = BackupAndRestore("backup/two")
model = Sequential([Input((28, 28, 1)), Flatten(), Dropout(0.5), Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=1, verbose=2, callbacks=backup)
model.fit(x_train, y_train, epochs=30, verbose=2, callbacks=backup)
""", encoding="utf-8")
    subprocess.run([cnnc, "build", "two.cnn"], check=True, capture_output=True)
    run("two", "train", "--out", "w.st")
    wanted = Path("w.st").read_bytes()
    process = start("two", "train", "--out", "w.st")
    while process.poll() is None and not Path("backup/two/latest-2.safetensors").exists():
        time.sleep(0.001)
    process.kill()
    process.communicate(timeout=LIMIT)
    assert Path("backup/two/latest-2.safetensors").exists()
    text = run("two", "train", "--out", "w.st")
    assert "Epoch 1/1\n" in text and "Epoch 1/30\n" not in text and "Epoch 30/30\n" in text, text
    assert Path("w.st").read_bytes() == wanted
    left = [path.name for path in Path("backup").glob("two/*")]  # who is killed while he writes leaves what he wrote
    assert all(name.startswith(".cnnc-") for name in left), left


def test_backup_double():
    """The backup before stays, and is gone on from where the latest is cut short; both go at the end."""
    callback = 'BackupAndRestore("backup/pair", double_checkpoint=True, delete_checkpoint={})'
    build("two", callbacks=callback.format(False))
    build("gone", callbacks=callback.format(True))
    latest, before = Path("backup/pair/latest.safetensors"), Path("backup/pair/latest.safetensors.bkp")
    run("two", "train", "--out", "w2.st")
    whole = latest.read_bytes()
    assert before.read_bytes() != whole and len(before.read_bytes()) == len(whole)
    latest.write_bytes(whole[:-4])
    assert "from the one before" in run("two", "train", "--out", "w3.st")
    assert Path("w2.st").read_bytes() == Path("w3.st").read_bytes() and latest.read_bytes() == whole
    latest.unlink()
    run("two", "train", "--out", "w3.st")
    assert Path("w2.st").read_bytes() == Path("w3.st").read_bytes() and latest.read_bytes() == whole
    before.write_bytes(b"")
    latest.write_bytes(whole[:-4])
    run("two", "train", "--out", "w3.st", code=1, says=["backup/pair/latest.safetensors"])
    latest.write_bytes(whole)
    run("gone", "train", "--out", "w3.st")
    assert not latest.exists() and not before.exists()


def finite(path):
    data = Path(path).read_bytes()
    length, = struct.unpack("<Q", data[:8])
    for name, entry in json.loads(data[8:8 + length]).items():
        if name.startswith(("conv", "dense", "batch")):
            first, end = (8 + length + at for at in entry["data_offsets"])
            assert all(math.isfinite(x) for x, in struct.iter_unpack("<f", data[first:end])), name
    return True


def test_nan():
    """A loss that is not finite: the state and the weights before it are kept, and a layer is named."""
    build("far", optimizer="keras.optimizers.SGD(1e30)", callbacks="None")
    said = run("far", "train", "--out", "far.st", "--checkpoint", "far.state", code=1)
    assert "the loss became " in said and " in epoch 1, step " in said, said
    assert "'dense'" in said or "'dense_1'" in said or "'conv2d'" in said, said
    assert finite("far.state") and ("no weights were saved" in said or finite("far.st"))
    again = run("far", "train", "--out", "far.st", "--resume", "far.state", code=1)
    assert again.split("the loss became")[1] == said.split("the loss became")[1], (said, again)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, samples, seed in (("data", 300, 1), ("data2", 300, 2), ("data3", 400, 1)):
            os.mkdir(name)
            subprocess.run([digits, name, str(samples), "60", str(seed)], check=True)
        os.environ["CNNC_DATA"] = str(Path("data").resolve())
        build("net")
        build("wide", units=16)
        run("net", "train", "--out", "w.st", "--log", "log.jsonl", "--threads", "2")
        wanted = results()
        check_digest()
        test_total(wanted)
        test_refused()
        test_models()
        test_damaged(wanted)
        test_kill(wanted)
        test_signals(wanted)
        test_lock()
        test_places()
        test_nan()
        test_backup()
        test_backup_of_two()
        assert not [path for path in Path(".").iterdir() if path.suffix == ".lock"]
        shutil.rmtree("data")


if __name__ == "__main__":
    main()
