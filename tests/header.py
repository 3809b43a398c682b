#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a header says is true of the object of the same flags, though it is made without its weights, and
without the memory that they take.    header.py CNNC GOLDENS NAME..."""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

cnnc, goldens = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
target = "--target=x86_64-linux-gnu"
flags = ["-O2", "-O0", "-O3", "--kernels=plain", "--cpu-dispatch", "-mcpu=x86-64-v3", "-mcpu=x86-64-v4"]


def run(*command, **more):
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout


def header(model, *words, **more):
    text = run(cnnc, "emit", model, "--as=header", "-o", "-", *words, **more)
    return int(re.search(r"_STACK_BYTES +(\d+)", text)[1])


def largest_frame(file):
    """Of an object for x86-64: what its functions push, and take from the stack pointer."""
    most = frame = 0
    for line in run("objdump", "-d", "--no-show-raw-insn", file).splitlines():
        take = re.search(r"\bsub +\$0x([0-9a-f]+),%rsp", line)
        if line.endswith(">:"):
            frame = 0
        frame += int(take[1], 16) if take else 8 * bool(re.search(r"\tpush ", line))
        most = max(most, frame)
    return most


def check_stack(name, folder):
    for flag in flags:
        case, file = goldens / name, folder / "model.o"
        run(cnnc, "emit", f"{case}.cnn", "-w", f"{case}.safetensors", "--as=obj", "-o", file, flag, target)
        said, least = header(f"{case}.cnn", flag, target), 2 * (largest_frame(file) + 8)
        assert said == (least + 63) // 64 * 64, (name, flag, said, least)


def check_memory(folder):
    """1.6 GB of weights, some of them to be folded; the compiler and LLVM take less than 100 MB."""
    model = folder / "large.cnn"
    model.write_text("model = keras.Sequential([keras.Input((64, 64, 64)), layers.Conv2D(512, 3),\n"
                     "layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(800), layers.Dense(9)])\n")
    limit = 1 << 30
    assert header(model, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))


if not shutil.which("objdump") or os.uname().machine != "x86_64":
    print("skipped: no objdump for x86-64")
    sys.exit(77)
with tempfile.TemporaryDirectory() as made:
    for model_name in sys.argv[3:]:
        check_stack(model_name, Path(made))
    check_memory(Path(made))
