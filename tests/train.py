#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Objects that train (emit --train).
#     train.py bits CNNC MAKE_DIGITS FLAG     the same weights, bit for bit, as the program on one thread
#     train.py cross CNNC MAKE_DIGITS TARGET  for another machine, in an emulator: the same first weights and order,
#                                             and what a training comes to, but for rounding
#     train.py bare CNNC MAKE_DIGITS TARGET CPU MODEL...    likewise, on a machine without a system (tests/bare), and
#                                             the same bits once more
#     train.py same CNNC MAKE_DIGITS TARGET CPU OTHER FLAGS MODEL...    to the same bits as on another CPU, of this machine or
#                                             of the same target, with these flags
#     train.py refused CNNC MAKE_DIGITS       what no step can do; headers of another object
#     train.py frozen CNNC MAKE_DIGITS FLAG   layers that are not trained cost no state
#     train.py examples CNNC MAKE_DIGITS PROJECT digits|mnist    the examples in C and C++, as the program
#     train.py python CNNC MAKE_DIGITS PROJECT digits|mnist      and the one in Python, with numpy
# Exit code 77 means skipped.
import array
import hashlib
import json
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import targets
from interpreter import with_numpy
from objects import alone, fail, floats, run, skip, tool

what, cnnc, digits, *rest = sys.argv[1:]
cnnc, digits = os.path.realpath(cnnc), os.path.realpath(digits)
tests = os.path.dirname(os.path.realpath(__file__))
STRICT = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"]
SAMPLES = 2000 if what in ("examples", "python") else 140

HEAD = """model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    %s])
"""
CONV = """layers.Conv2D(6, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(9, 3, activation="relu"),
    layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax"),"""
PLAIN = """layers.Flatten(), layers.Dense(24, activation="tanh"), layers.Dense(10, activation="softmax"),"""
MIXED = """layers.RandomTranslation(0.1, 0.1),
    layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, kernel_initializer="he_normal",
                  kernel_regularizer=keras.regularizers.L2(1e-3)),
    layers.BatchNormalization(), layers.ReLU(),
    layers.SeparableConv2D(12, 3, activation="gelu", depthwise_initializer="orthogonal"),
    layers.GaussianNoise(0.1), layers.Flatten(),
    layers.Dense(20, activation="tanh", kernel_initializer="random_normal",
                 kernel_constraint=keras.constraints.MaxNorm(2.0),
                 kernel_regularizer=keras.regularizers.L1L2(1e-4, 1e-4)),
    layers.Dropout(0.3),
    layers.Dense(10, activation="softmax", kernel_initializer="orthogonal",
                 kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.01)),"""
FROZEN = """layers.Conv2D(8, 3, activation="relu", trainable=False), layers.MaxPooling2D(2), layers.Flatten(),
    layers.Dense(128, activation="relu", trainable=False), layers.Dense(10, activation="softmax"),"""
SCHEDULE = "rate = keras.optimizers.schedules.CosineDecay(0.01, 12, warmup_target=0.02, warmup_steps=5)\n"

# layers, what stands before compile, compile's arguments, fit's
MODELS = {
    "adam": (CONV, "", """loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"]""", "batch_size=50"),
    "one": (PLAIN, "", """loss="mse", optimizer="rmsprop" """, "batch_size=1"),
    "mixed": (MIXED, "", """loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Nadam(0.003, use_ema=True, ema_momentum=0.9, global_clipnorm=1.0),
    metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(3)]""", "batch_size=40"),
    "frozen": (FROZEN, SCHEDULE, """loss="categorical_crossentropy",
    optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, gradient_accumulation_steps=2),
    metrics=["accuracy", keras.metrics.AUC(curve="PR"), keras.metrics.Precision([0.1, 0.5])]""", "batch_size=33"),
    "batch_loss": (PLAIN, "", """loss=keras.losses.Dice(), optimizer=keras.optimizers.Lion(0.001)""", "batch_size=77"),
    "ignored": (PLAIN, "", """loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=3),
    optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.01)""", "batch_size=64"),
    "sums": (PLAIN, "", """loss=keras.losses.CategoricalCrossentropy(reduction="sum"),
    optimizer=keras.optimizers.Adagrad(0.01)""", "batch_size=32, shuffle=False"),
    "weighed": (PLAIN, "", """loss="sparse_categorical_crossentropy", optimizer="adamax",
    weighted_metrics=["accuracy"]""", "batch_size=48, class_weight={0: 2.0, 7: 0.25}"),
}


def script(name, folder):
    layers, before, compiled, fitted = MODELS[name]
    path = os.path.join(folder, name + ".cnn")
    with open(path, "w") as file:
        file.write(HEAD % layers + before + f"model.compile({compiled})\n"
                   f"model.fit(x_train, y_train, epochs=2, {fitted})\n")
    return path


def idx(path):
    with open(path, "rb") as file:
        return file.read()


def write_data(folder, info, weights):
    """Files of raw samples and labels, as the program makes them of the digits."""
    pixels = idx(f"{folder}/data/train-images-idx3-ubyte")[16:]
    labels = idx(f"{folder}/data/train-labels-idx1-ubyte")[8:]
    rows = []
    for label in labels:
        row = struct.pack("i", label)
        if not info["label_classes"]:
            row = struct.pack("10f", *(float(k == label) for k in range(10)))
        rows.append(row + (struct.pack("f", weights.get(label, 1)) if info["label_counts"] else b""))
    with open(f"{folder}/x", "wb") as file:
        array.array("f", [p / 255 for p in pixels]).tofile(file)
    with open(f"{folder}/y", "wb") as file:
        file.write(b"".join(rows))


def information(folder):
    """What net_info() says: it stands in the object as a text."""
    with open(f"{folder}/net.o", "rb") as file:
        text = re.search(rb'\{"cnnc":.*?\]\}\0', file.read())
    return json.loads(text[0][:-1])


def make(folder, path, flags, cc=("cc",)):
    """net.o, net.h and the program that uses them."""
    for form, out in (("obj", "net.o"), ("header", "net.h")):
        run(cnnc, "emit", path, "--train", "--prefix=net", f"--as={form}", "-o", f"{folder}/{out}", *flags)
    run(*cc, *STRICT, f"-I{folder}", f"{tests}/object/train.c", f"{folder}/net.o", "-o", f"{folder}/train", "-lm",
        "-lpthread")


def same_file(folder, info, trained):
    """Puts the object's weights into the program's file: the SHA-256 that it printed must stay."""
    data = bytearray(idx(f"{folder}/w.safetensors"))
    length, = struct.unpack("<Q", data[:8])
    head = json.loads(data[8:8 + length])
    with open(trained, "rb") as file:
        params = file.read()
    for w in info["weights"]:
        first, end = (8 + length + k for k in head[w["name"]]["data_offsets"])
        new = params[4 * w["at"]:4 * w["at"] + end - first]
        if data[first:end] != new:
            print("differs:", w["name"])
        data[first:end] = new
    return hashlib.sha256(data).hexdigest()


def bits(folder, flag):
    for name in MODELS:
        path, seed = script(name, folder), 5
        run(cnnc, "build", path, "-o", f"{folder}/program", flag)
        said = run(f"{folder}/program", "train", "--threads", "1", "--seed", str(seed), "--out",
                   f"{folder}/w.safetensors", cwd=folder)
        make(folder, path, [flag])
        alone(f"{folder}/net.o")
        info = information(folder)
        write_data(folder, info, {0: 2.0, 7: 0.25})
        done = run(f"{folder}/train", f"{folder}/x", f"{folder}/y", "2", str(seed), f"{folder}/out",
                   *(["whole"] if "shuffle=False" in MODELS[name][3] else []))
        mine = same_file(folder, info, f"{folder}/out")
        wanted = hashlib.sha256(idx(f"{folder}/w.safetensors")).hexdigest()
        if mine != wanted:
            fail(f"{name} {flag}: weights of SHA-256 {mine}, not the program's {wanted}")
        if "sha256" in said and wanted not in said:
            fail(f"{name}: the program printed another SHA-256: {said}")
        print(name, mine, done.split())


def train_here(folder, path, flags=(), cc=("cc",), runner=(), where="here"):
    make(folder, path, flags, cc)
    write_data(folder, information(folder), {})
    run(*runner, f"{folder}/train", f"{folder}/x", f"{folder}/y", "2", "5", f"{folder}/{where}")


def alike(folder, name, target):
    """What here and there, files of weights, have come to."""
    here, there, first = (floats(f"{folder}/{file}") for file in ("here", "there", "here.init"))
    if first != floats(f"{folder}/there.init"):
        fail(f"{name}: other first weights on {target}")
    moved = max(abs(a - b) for a, b in zip(here, first))
    off = max(abs(a - b) for a, b in zip(here, there))
    print(f"{name}: weights moved by up to {moved:.3g}, {target} is off by {off:.3g}")
    if not 0 <= off < moved / 50:
        fail(f"{name}: not the same training on {target}")


def cross(folder, target):
    machine = target.split("-")[0]
    for needed in (f"{target}-gcc", f"{target}-nm", f"qemu-{machine}"):
        if not shutil.which(needed):
            skip(f"no {needed}")
    for name in ("adam", "mixed"):
        path = script(name, folder)
        train_here(folder, path)
        train_here(folder, path, [f"--target={target}"], (f"{target}-gcc", "-static"), (f"qemu-{machine}",), "there")
        alone(f"{folder}/net.o", f"{target}-nm", f"{target}-readelf")
        alike(folder, name, target)


def train_there(folder, path, target, cpu, *flags, samples=SAMPLES, epochs=2):
    """By what write_data() wrote: the weights, as bytes."""
    targets.emit(folder, cnnc, path, "--train", f"--target={target}", targets.mcpu(cpu), *flags)
    alone(f"{folder}/net.o", tool("llvm-nm"), tool("llvm-readelf"))
    targets.execute(folder, cpu, "train", SAMPLES=samples, EPOCHS=epochs, SEED=5)
    return idx(f"{folder}/w")


def bare(folder, target, cpu, *names):
    for name in names:
        path = script(name, folder)
        train_here(folder, path)
        weights = train_there(folder, path, target, cpu)
        for there, own in (("there.init", "i"), ("there", "w")):
            os.rename(f"{folder}/{own}", f"{folder}/{there}")
        alike(folder, name, target)
        if name == names[0]:
            targets.execute(folder, cpu, "train", SAMPLES=SAMPLES, EPOCHS=2, SEED=5)
            if idx(f"{folder}/w") != weights:
                fail(f"{name}: other bits in a second run on {target}")


def same(folder, target, cpu, other, flags, *names):
    if other.startswith("x86-64") and platform.machine() != "x86_64":
        skip(f"{other} is for x86-64")
    for name in names:
        path = script(name, folder)
        is_here, given = other.startswith("x86-64"), flags.split()
        train_here(folder, path, [f"-mcpu={other}", *given] if is_here else [])
        much = {} if is_here else {"samples": 70, "epochs": 1}  # an emulator's doubles are slow
        wanted = idx(f"{folder}/here") if is_here else train_there(folder, path, target, other, *given, **much)
        if train_there(folder, path, target, cpu, *given, **much) != wanted:
            fail(f"{name}: other bits on {cpu} than on {other}")


def refused(folder):
    def refuses(code, text, *arguments):
        done = subprocess.run([cnnc, "emit", *arguments, "-o", f"{folder}/out.o"], capture_output=True, text=True)
        if done.returncode != code or text not in done.stderr:
            fail(f"{arguments}: exit code {done.returncode}, {done.stderr}")
        if os.path.exists(f"{folder}/out.o"):
            fail(f"{arguments}: an error left an output")
    adam = script("adam", folder)
    train = [adam, "--train", "--as=obj"]
    refuses(2, "exclude each other", *train, "-w", adam)
    for target in ("thumbv7em-none-eabihf", "riscv32-unknown-elf", "wasm32-unknown-unknown"):
        refuses(1, "reach 2,147,483,647", *train, f"--target={target}", "--batch-size=9999999")
        refuses(1, "help: with --batch-size=", *train, f"--target={target}", "--batch-size=9999999")
    refuses(2, "exclude each other", *train, "--cpu-dispatch")
    refuses(2, "calls no library", *train, "--blas=always")
    refuses(2, "from 1 to 9999999", *train, "--batch-size=0")
    refuses(2, "from 1 to 9999999", *train, "--batch-size=12345678")
    refuses(2, "goes with --train", adam, "--as=header", "--batch-size=3")
    with open(f"{folder}/bare.cnn", "w") as file:
        file.write(HEAD % PLAIN)
    refuses(1, "has no compile()", f"{folder}/bare.cnn", "--train", "--as=obj")
    with open(f"{folder}/adapts.cnn", "w") as file:
        file.write("norm = layers.Normalization(axis=None)\nnorm.adapt(x_train)\n" +
                   HEAD % ("norm, " + PLAIN) + "model.compile(loss='mse')\n")
    refuses(1, "'normalization' measures data before the first step, by adapt(), and an object has none\n"
            "cnnc: help: give the layer its mean and variance, as PROGRAM train has saved them\n",
            f"{folder}/adapts.cnn", "--train", "--as=obj")
    make(folder, adam, [])
    run(cnnc, "emit", adam, "--train", "--prefix=net", "--as=header", "--batch-size=7", "-o", f"{folder}/net.h")
    for level in "02":
        done = subprocess.run(["cc", f"-O{level}", f"-I{folder}", f"{tests}/object/train.c", f"{folder}/net.o", "-o",
                               f"{folder}/train", "-lm", "-lpthread"], capture_output=True, text=True)
        if done.returncode == 0 or "net_object_in" not in done.stderr:
            fail(f"links with another's header: {done.stderr}")
    for compiler, name in (("cc -std=c99", "h.c"), ("c++ -std=c++11", "h.cc")):
        with open(f"{folder}/{name}", "w") as file:
            file.write('#include "net.h"\n#include "net.h"\nint main(void) { return net_info() == 0; }\n')
        make(folder, adam, [])
        run(*compiler.split(), "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{folder}", f"{folder}/{name}",
            f"{folder}/net.o", "-o", f"{folder}/h")
        run(f"{folder}/h")


def program(folder, project, data):
    """The program's weights are in w.safetensors; what the example links is there, and the data's folder returned."""
    place = os.environ["CNNC_DATA"]
    if data == "mnist":
        place = os.environ.get("MNIST") or skip("$CNNC_DATA names no MNIST")
        os.environ["CNNC_DATA"] = place
    model = f"{project}/models/mnist_convnet.cnn"
    run(cnnc, "build", model, "-mcpu=x86-64" if platform.machine() == "x86_64" else "-mcpu=generic", "-o",
        f"{folder}/program")
    run(f"{folder}/program", "train", "--threads", "1", "--epochs", "1", "--seed", "3", "--out",
        f"{folder}/w.safetensors", cwd=folder)
    make(folder, model, [])
    return place


def examples(folder, project, data):
    place, own = program(folder, project, data), f"{project}/examples/train"
    alone(f"{folder}/net.o")
    run("cc", *STRICT, f"-I{folder}", f"{own}/train.c", f"{folder}/net.o", "-o", f"{folder}/c", "-lz")
    print(run(f"{folder}/c", place, "1", "3", cwd=folder))
    wanted = hashlib.sha256(idx(f"{folder}/w.safetensors")).hexdigest()
    if same_file(folder, information(folder), f"{folder}/net.params") != wanted:
        fail("C: not the program's weights")
    if data == "digits":
        run("c++", "-std=c++17", *STRICT[1:], f"-I{folder}", f"{own}/train.cc", f"{folder}/net.o", "-o", f"{folder}/learn")
        shares = [float(n) for n in re.findall(r"([\d.]+) % right", run(f"{folder}/learn", place))]
        print(shares)
        if len(shares) != 4 or shares[3] < shares[0] + 20:
            fail("C++: it does not learn")


def python(folder, project, data):
    interpreter = with_numpy() or skip("no numpy")
    place, own = program(folder, project, data), f"{project}/examples/train"
    run("cc", "-shared", "-o", f"{folder}/libnet.so", f"{folder}/net.o")
    print(run(interpreter, f"{own}/train.py", f"{folder}/libnet.so", place, "1", "3", cwd=folder))
    run(cnnc, "emit", f"{project}/models/mnist_convnet.cnn", "-w", f"{folder}/net.safetensors", "--as=obj", "-o", f"{folder}/trained.o")
    mine, theirs = (tensors(f"{folder}/{name}.safetensors") for name in ("net", "w"))
    if mine != theirs:
        fail("Python: not the program's weights")


def tensors(path):
    data = idx(path)
    length, = struct.unpack("<Q", data[:8])
    head = json.loads(data[8:8 + length])
    head.pop("__metadata__", None)
    return {name: (entry["shape"], data[8 + length:][slice(*entry["data_offsets"])]) for name, entry in head.items()}


def frozen(folder, flag):
    sizes = {}
    for name in ("frozen", "thawed"):
        path = script("frozen", folder)
        if name == "thawed":
            with open(path) as file:
                text = file.read().replace(", trainable=False", "")
            with open(path, "w") as file:
                file.write(text)
        header = run(cnnc, "emit", path, "--train", "--prefix=net", "--as=header", "-o", "-", flag)
        sizes[name] = {key: int(re.search(rf"NET_{key}_BYTES +(\d+)", header)[1])
                       for key in ("CODE", "STATE", "WORKSPACE")}
        said = [tuple(int(n.replace(",", "")) for n in pair)
                for pair in re.findall(r"^     (?:code|state|workspace) +([\d,]+) bytes, not ([\d,]+)", header, re.M)]
        if name == "frozen":
            claimed = said
        elif said:
            fail("a header without frozen layers tells of some")
    print(sizes, claimed)
    for (all_of_it, own), key in zip(claimed, ("CODE", "STATE", "WORKSPACE")):
        if (all_of_it, own) != (sizes["thawed"][key], sizes["frozen"][key]) or own >= all_of_it / 1.2:
            fail(f"{key}: the header says {own} and {all_of_it}")
    if len(claimed) != 3:
        fail("the header does not say what is saved")


with tempfile.TemporaryDirectory() as place:
    os.mkdir(f"{place}/data")
    run(digits, f"{place}/data", str(SAMPLES), "60", "1")
    os.environ["MNIST"] = os.environ.get("CNNC_DATA", "")
    os.environ["CNNC_DATA"] = f"{place}/data"
    if what == "bits" and rest[0].startswith("-mcpu=x86") and platform.machine() != "x86_64":
        skip(f"{rest[0]} is for x86-64")
    {"bits": bits, "cross": cross, "bare": bare, "same": same, "refused": refused, "frozen": frozen, "examples": examples, "python": python}[what](place, *rest)
