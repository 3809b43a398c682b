#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the compiler grows with its models: seconds of CPU and peak memory of `cnnc check`, `plan` and `build` for
nets of more and more layers, and for VGG16; what a training takes and what its tensors need (docs/plan.md).
Prints a table in Markdown. It asserts nothing.

    growth.py BUILD [--layers 100,400,1000] [--kinds dense,conv,norm,vgg16]
"""
import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from bench import run

HEAD = "model = keras.Sequential()\nmodel.add(keras.Input(shape=%s))\n"
TAIL = """model.add(layers.Dense(%d, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=%d, epochs=1)
"""


def dense(layers):
    return (HEAD % "(784,)" + f"for i in range({layers - 1}):\n    model.add(layers.Dense(64, activation='relu'))\n"
            + TAIL % (10, 128))


def conv(layers):
    return (HEAD % "(28, 28, 1)" + f"for i in range({layers - 2}):\n"
            "    model.add(layers.Conv2D(16, 3, padding='same', activation='relu'))\n"
            "model.add(layers.Flatten())\n" + TAIL % (10, 128))


def norm(layers):
    """Convolution, BatchNormalization and relu in turn."""
    return (HEAD % "(28, 28, 1)" + f"for i in range({(layers - 2) // 3}):\n"
            "    model.add(layers.Conv2D(16, 3, padding='same', use_bias=False))\n"
            "    model.add(layers.BatchNormalization())\n    model.add(layers.ReLU())\n"
            "model.add(layers.GlobalAveragePooling2D())\n" + TAIL % (10, 128))


def vgg16(batch):
    text = HEAD % "(224, 224, 3)"
    for count, channels in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        text += (f"for i in range({count}):\n"
                 f"    model.add(layers.Conv2D({channels}, 3, padding='same', activation='relu'))\n"
                 "model.add(layers.MaxPooling2D(2))\n")
    return (text + "model.add(layers.Flatten())\n" + "model.add(layers.Dense(4096, activation='relu'))\n" * 2
            + TAIL % (1000, batch))


def measured(*command):
    """Seconds of CPU of the command and what it starts, and the peak memory of the largest, in MB."""
    pid = os.fork()
    if pid == 0:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 1)
            try:
                os.execvp(command[0], command)
            finally:
                os._exit(127)
    _, status, used = os.wait4(pid, 0)
    if status:
        sys.exit(f"growth.py: {' '.join(command)}: status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def row(cnnc, name, text, folder):
    model = folder / "model.cnn"
    model.write_text(text, encoding="utf-8")
    check, plan, build = (measured(cnnc, command, str(model), *more) for command, more in (
        ("check", ()), ("plan", ("-o", str(folder / "plan"))), ("build", ("-o", str(folder / "program")))))
    room = json.loads(run(cnnc, "plan", "--json", model))["memory"]["training"]
    return {"name": name, "check": check[0], "plan": plan[0], "build": build[0], "plan MB": plan[1],
            "build MB": build[1], "program": (folder / "program").stat().st_size / 1e6,
            "takes": room["bytes"] / 1e6, "needs": room["needs"] / 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--layers", default="100,400,1000")
    parser.add_argument("--kinds", default="dense,conv,norm,vgg16")
    settings = parser.parse_args()
    cnnc, layers = str(settings.build.resolve() / "compiler" / "cnnc"), list(map(int, settings.layers.split(",")))
    kinds = {"dense": dense, "conv": conv, "norm": norm}
    print("| layers | check, s | plan, s | build, s | plan, MB | build, MB | program, MB | training takes, MB | "
          "its tensors need, MB |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        for kind in settings.kinds.split(","):
            models = [(f"VGG16, batches of {n}", vgg16(n)) for n in (32, 1024)] if kind == "vgg16" else [
                (f"{kind} {n}", kinds[kind](n)) for n in layers]
            rows = [row(cnnc, title, text, Path(name)) for title, text in models]
            for of in rows:
                print(f"| {of['name']} | {of['check']:.2f} | {of['plan']:.2f} | {of['build']:.2f} | "
                      f"{of['plan MB']:.0f} | {of['build MB']:.0f} | {of['program']:.1f} | {of['takes']:,.0f} | "
                      f"{of['needs']:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
