#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the compiler refuses that has no place in a script, with the whole of what it says: weights and cases that are
others', outputs that cannot be, a compiler or a runtime that is not there.
    commands.py CNNC"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "rows"))
import case

CNNC = Path(sys.argv[1]).resolve()
MODEL = """model = Sequential([Input((4,)), Dense(3, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
"""


def refuses(code, words, *says, cnnc=CNNC, **environment):
    """It ends with that code, and all that it says are these lines."""
    done = subprocess.run([cnnc, *words], check=False, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})
    lines = [line for line in done.stderr.splitlines() if not line.startswith("cnnc: | ")]
    assert done.returncode == code and lines == [f"cnnc: {line}" for line in says], (words, done, says)


def weights():
    good = {"dense/kernel": case.floats((4, 3), [0] * 12), "dense/bias": case.floats((3,), [0] * 3)}
    emit = ["emit", "m.cnn", "--as=obj", "-o", "m.o", "-w", "w"]

    def refused(says, code=1, without=(), **other):
        case.write(Path("w"), {key: value for key, value in {**good, **other}.items() if key not in without})
        refuses(code, emit, *says)

    refused([], code=0)
    refused(["error: w: tensor 'more' is not one of the model's: is this another model's file?"],
            more=case.floats((1,), [0]))
    refused(["error: w: tensor 'dense/bias' (3,) is missing"], without=["dense/bias"])
    refused(["error: w: tensor 'dense/bias' is F32 (4,), the model needs F32 (3,)"],
            **{"dense/bias": case.floats((4,), [0] * 4)})
    refused(["warning: w: 2 of the 3 values of 'dense/bias' are nan or infinite"], code=0,
            **{"dense/bias": case.floats((3,), [0, float("nan"), float("inf")])})
    refuses(2, ["emit", "m.cnn", "--as=obj", "-o", "m.o"], "error: emit --as=obj needs -w WEIGHTS")
    refuses(2, ["emit", "m.cnn", "--dump=llvm"],
            "error: emit needs --as=obj|lib|shared|wasm|asm|llvm|bitcode|header|weights")
    refuses(2, [*emit, "--prefix=4net"], "error: --prefix must be a C identifier")


def cases():
    good = {"x": case.floats((2, 4), [0] * 8), "y": ("I32", [2], array("i", [0, 2])),
            "weights/dense/kernel": case.floats((4, 3), [0] * 12), "weights/dense/bias": case.floats((3,), [0] * 3)}
    for says, other in (("error: c: 'x' is missing, or not of 8 numbers", {"x": case.floats((2, 5), [0] * 10)}),
                        ("error: c: y[1] is 3; expected 0 to 2", {"y": ("I32", [2], array("i", [0, 3]))})):
        case.write(Path("c"), {**good, **other})
        refuses(1, ["verify-passes", "m.cnn", "--case", "c"], says)


def outputs():
    refuses(2, ["build", "m.cnn", "-o", "-"], "error: a program cannot be written to stdout: give -o FILE")
    refuses(2, ["build", "m.cnn", "-o", "same", "--tune=same"], "error: -o and --tune name one file")
    refuses(2, ["summary", "m.cnn", "--json=no"], "error: option '--json' takes no value")
    refuses(2, ["summary", "m.cnn", "--json", "--explain"],
            "error: --json and --explain exclude each other")
    refuses(2, ["fmt", "m.cnn", "--check", "-i"], "error: --check and -i exclude each other")
    refuses(2, ["fmt", "n.ipynb"], "error: fmt takes no notebooks: 'n.ipynb'")
    refuses(2, ["fmt", "-i", "-"], "error: fmt -i writes a file in its place, and '-' is none")
    refuses(1, ["fmt", "--check", "wide.cnn"], "'wide.cnn' would change")
    refuses(1, ["inspect", "m.cnn"],
            "error: 'm.cnn' is neither weights, a checkpoint or a case nor an object of cnnc's")
    refuses(1, ["check", "m.ipynb"], "error: 'm.ipynb' is no notebook: '[' or '{' expected near 'no'")
    Path("long.ipynb").write_bytes(b" " * ((64 << 20) + 1))
    refuses(1, ["check", "long.ipynb"], "error: 'long.ipynb' is no notebook: it is longer than 64 MiB")
    full = open("/dev/full", "w", encoding="utf-8")
    done = subprocess.run([CNNC, "summary", "m.cnn"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "cnnc: error: cannot write stdout: No space left on device\n"), done
    refuses(2, ["emit", "m.cnn", "--as=obj", "--max-ram=much", "-w", "w", "-o", "m.o"],
            "error: --max-ram: expected bytes, as 3000, 64K or 1M, not 'much'")
    refuses(1, ["emit", "big.cnn", "--train", "--as=obj", "--batch-size=9999999", "-o", "m.o"],
            "error: --train: a batch of 9999999 samples is too large: each takes 512000141 bytes",
            "help: give a smaller one by --batch-size=N")


def tools():
    """The C compiler, the runtime and parts of cnnc where they are not, or are something else."""
    build = ["build", "m.cnn", "-o", "m"]
    refuses(3, build, "error: cannot run 'nowhere' to link: No such file or directory",
            "help: install a C compiler (Debian: apt install gcc libc6-dev), or set CC", CC="nowhere")
    refuses(3, build, "error: 'true' said that it was done, and made no program: is it a C compiler?", CC="true")
    refuses(3, build, "error: 'false' could not link the program: its exit code is 1", CC="false")
    for name, text in ("full", "echo No space left on device; exit 1"), ("dies", "kill -9 $$"):
        Path(name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        Path(name).chmod(0o755)
    refuses(3, build, f"error: '{os.getcwd()}/dies' could not link the program: Killed", CC=f"{os.getcwd()}/dies")
    done = subprocess.run([CNNC, *build], check=False, capture_output=True, text=True,
                          env={**os.environ, "CC": f"{os.getcwd()}/full"})
    assert done.returncode == 3 and "cnnc: help: no space is left where '" in done.stderr, done
    assert "' is: make some, or set TMPDIR\n" in done.stderr, done
    done = subprocess.run([CNNC, "build", "m.cnn", "-o", "m", "--tune=t.json"], check=False, capture_output=True,
                          text=True, env={**os.environ, "CC": "false"})
    assert done.returncode == 3, done
    assert done.stderr.endswith("cnnc: error: --tune: the program could not be built and run\n"), done
    here = os.getcwd()
    refuses(3, build, f"error: the runtime libcnnrt.a is not in '{here}', which CNNC_RUNTIME names", CNNC_RUNTIME=here)
    refuses(3, ["build", "m.cnn", "-o", "m", "--tune=t.json"],
            "error: --tune: no temporary folder: No such file or directory", TMPDIR="/no/such/folder")
    os.makedirs("alone/compiler")
    for part in CNNC, CNNC.parent / "cnnc-back":
        shutil.copy(part, f"alone/compiler/{part.name}")
    alone = Path("alone/compiler/cnnc").resolve()
    refuses(3, build, f"error: the runtime libcnnrt.a is not near '{alone.parent}/': set CNNC_RUNTIME to its folder",
            cnnc=alone)
    refuses(3, ["fetch", "mnist", "."],
            f"error: cannot run 'cnnc-fetch' near '{alone.parent}/': No such file or directory",
            "help: it is there if cnnc is built where libcurl, nettle and libarchive are", cnnc=alone)
    refuses(3, ["import", "m.keras"],
            f"error: cannot run 'cnnc-exchange' near '{alone.parent}/': No such file or directory",
            "help: it is there if cnnc is built where libhdf5 and libzip are", cnnc=alone)


def main():
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        Path("m.cnn").write_text(MODEL, encoding="utf-8")
        Path("wide.cnn").write_text(MODEL.replace("(4,)", "( 4, )"), encoding="utf-8")
        Path("big.cnn").write_text(MODEL.replace("Dense(3,", "Dense(64000000, 'relu'), Dense(3,"), encoding="utf-8")
        cell = {"cell_type": "code", "source": [MODEL], "metadata": {}, "outputs": [], "execution_count": None}
        Path("n.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        Path("m.ipynb").write_text("no notebook", encoding="utf-8")
        for part in weights, cases, outputs, tools:
            part()
    print("refused as they should be")


main()
