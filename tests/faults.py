#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs on a system in trouble (tests/faults.c makes it): each piece of memory that is not there, each write, sync
and rename that fails, each thread that cannot start. A program then ends with a message and 3, or does without what
it does not need; never by a signal, never with a file that is not whole, never with a wrong answer as if it were right.
Reads and writes in small pieces, stops and a full quota change no bit.
    faults.py CNNC MAKE_DIGITS FAULTS.so [EVERY]    every so many pieces of memory (else as many as are quick)"""
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from programs import npy

cnnc, digits, faults = (Path(word).resolve() for word in sys.argv[1:4])
EVERY = int(sys.argv[4]) if len(sys.argv) > 4 else 0
LIMIT, QUICK = 120, 25
draw = random.Random(5)
MODEL = """\
model = Sequential([Input((28, 28, 1)), Conv2D(4, 3, strides=3, activation="relu"), Flatten(), Dropout(0.5),
    Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=3, verbose=2, validation_split=0.2,
    callbacks=[CSVLogger("run.csv"), ModelCheckpoint("best.safetensors", "val_accuracy", save_weights_only=True),
               EarlyStopping("val_loss", patience=9, restore_best_weights=True)])
"""
TRAIN = ["train", "--threads", "2", "--out", "w.st", "--log", "log.jsonl", "--checkpoint", "state", "--every", "4steps"]
FILES = ("w.st", "state", "best.safetensors")


def run(words, fault=None, **more):
    environment = dict(os.environ, FAULT=fault, LD_PRELOAD=faults) if fault else None
    return subprocess.run(["./net", *words], check=False, capture_output=True, text=True, timeout=LIMIT,
                          env=environment, **more)


def fresh():
    for path in Path(".").iterdir():
        if path.is_file() and path.name not in ("net", "net.cnn", "good.st", "good.jsonl", "it.pgm"):
            path.unlink()


def kept():
    return {name: Path(name).read_bytes() for name in FILES if Path(name).exists()}


def is_whole(name):
    """What a run left can be read by the next one."""
    done = run(["evaluate", "--weights", name])
    return done.returncode == 0, done.stderr


def counted(words, kind):
    """How many calls of the kind the command makes."""
    fresh()
    done = run(words, kind + ":0")
    assert done.returncode == 0, done.stderr
    return int(done.stderr.rpartition("faults: ")[2])


def places(n):
    if EVERY:
        return range(1, n + 1, EVERY)
    return range(1, n + 1) if n <= QUICK else sorted(draw.sample(range(1, n + 1), QUICK))


def check_one(words, kind, place, wanted, output):
    fresh()
    done = run(words, f"{kind}:{place}")
    what = (kind, place, words[0], done.returncode, done.stdout[-500:], done.stderr)
    assert done.returncode in (0, 3), what
    message = done.stderr.partition("faults: ")[0]
    if done.returncode == 3:
        assert message.startswith("net: error: ") or "net: warning: " in message or ": error: " in message, what
    elif output is not None:
        assert done.stdout == output, what
    elif kind == "memory":
        assert Path("w.st").read_bytes() == wanted["w.st"], what
    for name in kept():
        whole, why = is_whole(name)
        assert whole, (what, name, why)


def check_kinds(words, kinds, wanted=None, output=None):
    for kind in kinds:
        n = counted(words, kind)
        assert n > 0 or kind == "thread", (words, kind)
        for place in places(n):
            check_one(words, kind, place, wanted, output)


def check_training(wanted):
    check_kinds(TRAIN, ("memory", "write", "fsync", "rename", "thread"), wanted)
    # And after a fault there is a way on, to the same bits.
    for kind in ("write", "rename"):
        fresh()
        run(TRAIN, f"{kind}:5")
        if Path("state").exists():
            done = run(TRAIN[:5] + ["--resume", "state"])
            assert done.returncode == 0 and Path("w.st").read_bytes() == wanted["w.st"], (kind, done.stderr)


def check_reading():
    good = ["--weights", "good.st"]
    for words in (["evaluate", *good], ["evaluate", *good, "--json"], ["predict", *good, "it.pgm", "data"],
                  ["predict", *good, "--json", "data/t10k-images-idx3-ubyte"]):
        check_kinds(words, ("memory",), output=run(words).stdout)
    check_kinds(["report", "good.jsonl", *good, "-o", "page.html"], ("memory", "write", "rename"),
                output="report written to page.html\n")


def check_pieces(wanted):
    """Half of what could be moved, and interruptions; stops and continuations at any moment."""
    fresh()
    done = run(TRAIN, "short")
    assert done.returncode == 0 and kept() == wanted, done.stderr
    fresh()
    process = subprocess.Popen(["./net", *TRAIN, "--every", "1steps"], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD):
            process.send_signal(number)
        time.sleep(0.0005)
    assert process.returncode == 0 and kept()["w.st"] == wanted["w.st"]


def check_little_memory():
    """From hardly any memory on: refused with a line, or it works."""
    codes = set()
    for mega in (6, 10, 16, 24, 40, 80, 4000):
        fresh()
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (mega << 20, mega << 20))  # noqa: E731
        done = run(TRAIN, preexec_fn=limit)
        assert done.returncode in (0, 3, 127, -signal.SIGKILL) or "loading shared" in done.stderr, (mega, done)
        assert done.returncode == 0 or done.stderr, (mega, done)
        codes.add(done.returncode)
    assert 0 in codes


def check_limit():
    """A quota that is full, by a limit of the size of files: the state that was stays, and the weights are saved."""
    fresh()
    assert run([*TRAIN, "--epochs", "1"]).returncode == 0
    state, size = Path("state").read_bytes(), Path("w.st").stat().st_size
    assert len(state) > 2 * size
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + 64, size + 64))  # noqa: E731
    done = run([*TRAIN[:-4], "--resume", "state"], preexec_fn=limit)
    assert done.returncode == 3 and "File too large" in done.stderr, done
    assert Path("state").read_bytes() == state and not Path("state.lock").exists()


MAPPED = """\
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=16, epochs=6, verbose=2)
"""


SOURCES = """import numpy as np
import pandas as pd
train = keras.utils.image_dataset_from_directory("images", image_size=(4, 4), color_mode="grayscale")
table = pd.read_csv("table.csv")
print(list(table.columns), np.load("a.npy").shape, train.class_names)
model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3, "softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
model.fit(train)
"""


def check_compiler():
    """What the compiler reads of data it reads whole, or says that memory is not there."""
    for name in "abc":
        Path("images", name).mkdir(parents=True)
        for i in range(2):
            Path("images", name, f"{i}.pgm").write_bytes(b"P5 4 4 255\n" + bytes(16))
    Path("table.csv").write_text("a,b,c\n1,2,x\n3,4,y\n", encoding="utf-8")
    npy("a.npy", (3, 2), "f", [0] * 6)
    Path("sources.cnn").write_text(SOURCES, encoding="utf-8")
    words = [cnnc, "check", "--dump=graph", "--data", ".", "sources.cnn"]
    wanted = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert "['a', 'b', 'c']" in wanted.replace('"', "'") and "(3, 2)" in wanted, wanted
    for place in range(1, 1000):
        environment = dict(os.environ, FAULT=f"memory:{place}", LD_PRELOAD=faults)
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=LIMIT, env=environment)
        said, _, calls = done.stderr.rpartition("faults: ")
        what = (place, done.returncode, done.stdout[-300:], said)
        assert done.stdout == wanted if done.returncode == 0 else done.returncode in (1, 3) and "emory" in said, what
        if calls and int(calls) < place:
            return
    raise AssertionError("the compiler asks for memory without end")


def check_shrinking():
    """A file of samples that becomes shorter while it is mapped: said, and no state is lost."""
    n = 600
    values = [draw.random() for _ in range(784)]
    npy("x.npy", (n, 28, 28, 1), "f", [value for i in range(n) for value in (*values[i:], *values[:i])])
    npy("y.npy", (n,), "B", [i % 10 for i in range(n)])
    Path("mapped.cnn").write_text(MAPPED, encoding="utf-8")
    subprocess.run([cnnc, "build", "mapped.cnn", "--data", "."], check=True, capture_output=True)
    train = ["./mapped", "train", "--data", ".", "--out", "m.st", "--checkpoint", "m.state", "--every", "10steps"]
    subprocess.run(train, check=True, capture_output=True, timeout=LIMIT)
    wanted, whole = Path("m.st").read_bytes(), Path("x.npy").read_bytes()
    Path("m.state").unlink()
    process = subprocess.Popen([*train, "--epochs", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not Path("m.state").exists():
        time.sleep(0.01)
    os.truncate("x.npy", len(whole) // 3)
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and b"has become shorter" in err, (process.returncode, out[-300:], err)
    done = subprocess.run([*train[:6], "--resume", "m.state"], check=False, capture_output=True, timeout=LIMIT)
    assert done.returncode == 1 and b"x.npy" in done.stderr, done
    Path("x.npy").write_bytes(whole)
    # That state may be far on: an uninterrupted run to the same epoch has the same bits.
    done = subprocess.run([*train[:6], "--resume", "m.state", "--epochs", "6"], check=True, capture_output=True,
                          timeout=LIMIT)
    Path("m.state").unlink()
    assert b"weights saved" in done.stdout
    subprocess.run(train, check=True, capture_output=True, timeout=LIMIT)
    assert Path("m.st").read_bytes() == wanted


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("data")
        subprocess.run([digits, "data", "300", "40", "1"], check=True)
        os.environ["CNNC_DATA"] = str(Path("data").resolve())
        Path("net.cnn").write_text(MODEL, encoding="utf-8")
        subprocess.run([cnnc, "build", "net.cnn"], check=True, capture_output=True)
        Path("it.pgm").write_bytes(b"P5 56 56 255\n" + bytes(draw.randrange(256) for _ in range(56 * 56)))
        assert run(TRAIN).returncode == 0
        wanted = kept()
        Path("good.st").write_bytes(wanted["w.st"])
        Path("good.jsonl").write_bytes(Path("log.jsonl").read_bytes())
        assert [json.loads(line)["epoch"] for line in Path("good.jsonl").read_text().splitlines()] == [1, 2, 3]
        check_compiler()
        check_shrinking()
        check_pieces(wanted)
        check_limit()
        check_little_memory()
        check_reading()
        check_training(wanted)


if __name__ == "__main__":
    main()
