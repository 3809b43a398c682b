#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Weights apart from their object: the bits of the object that has them in itself, from a file that is this object's
# alone; a header that does not go with objects of the other kind.
#     apart.py CNNC GOLDENS TENSOR
import ctypes
import json
import os
import platform
import subprocess
import sys
import tempfile

from objects import aligned, alone, fail, figure, floats, linked, predictions, run

cnnc, goldens, tensor = (os.path.realpath(path) for path in sys.argv[1:])
CC = os.environ.get("CC", "cc")
PROGRAM = """#include "net.h"
int main(void) {
    static float x[4096], y[64];
    net_predict(x, y, net_info(), x);
    return net_check(net_info());
}
"""


def emit(name, out, *flags):
    run(cnnc, "emit", f"{goldens}/{name}.cnn", "--prefix=net", "-o", out, *flags)


def with_weights(name):
    return "-w", f"{goldens}/{name}.safetensors"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def same_bits(name, number, *flags):
    run(tensor, f"{goldens}/{name}.safetensors", "x", "x")
    x = floats("x")
    emit(name, "net.o", "--as=obj", *with_weights(name), *flags)
    emit(name, "net.h", "--as=header", *flags)
    inside, whole = predictions(linked(f"in{number}.so"), x), os.path.getsize("net.o")
    where = [flag.replace("--weights=", "--weights=extern,") for flag in flags]
    apart = where if where != [*flags] else ["--weights=extern", *flags]
    emit(name, "net.o", "--as=obj", *apart)
    emit(name, "net.h", "--as=header", *apart)
    emit(name, "weights", "--as=weights", *with_weights(name), *flags)
    if "--cpu-dispatch" not in flags:
        alone("net.o")
    library, content = linked(f"out{number}.so"), read("weights")
    kept, at = aligned(content)
    if len(content) != figure("WEIGHTS_BYTES") or library.net_check(at) != 1:
        fail(f"{name} {flags}: it refuses its weights")
    if predictions(library, x, at) != inside:
        fail(f"{name} {flags}: other bits where weights are apart")
    if whole - os.path.getsize("net.o") < 0.9 * len(content):
        fail(f"{name} {flags}: there are weights in the object")
    said = json.loads(run(cnnc, "inspect", "--json", "weights"))
    info = json.loads(run(cnnc, "inspect", "--json", "net.o").splitlines()[0])
    if (said["weights_id"], said["weights_bytes"]) != (info["weights_id"], info["weights_bytes"]):
        fail(f"{name}: inspect says {said} of weights and {info} of their object")
    return library, content


def others_are_refused():
    library, own = same_bits("mnist_convnet", "own", "-O1")
    for name, flags in (("mnist_convnet_nodrop", ()), ("mlp", ()), ("mnist_convnet", ("--kernels=plain",))):
        emit(name, "other", "--as=weights", *with_weights(name), *flags)
        kept, at = aligned(read("other"))
        same = read("other")[8:24] == own[8:24]
        if library.net_check(at) != same or same != (name == "mnist_convnet_nodrop"):
            fail(f"weights of {name} {flags}: {library.net_check(at)}")


def headers_tell():
    with open("net.c", "w") as file:
        file.write(PROGRAM)
    emit("mlp", "net.h", "--as=header", "--weights=extern")
    emit("mlp", "net.o", "--as=obj", "--weights=extern")
    for compiler in (CC, "-std=c99"), (os.environ.get("CXX", "c++"), "-std=c++11", "-x", "c++"):
        run(*compiler, "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "net.c", "-o", "main.o")
        run(CC, "main.o", "net.o", "-o", "net")
    emit("mlp", "net.o", "--as=obj", *with_weights("mlp"))
    done = subprocess.run([CC, "main.o", "net.o", "-o", "net"], capture_output=True, text=True)
    if not done.returncode or "_object_in" not in done.stderr:
        fail(f"an object with weights goes with the header of one without: {done.stderr}")


def refuses():
    for words, text in (
            (("--as=obj", "--weights=extern", *with_weights("mlp")), "takes no -w: --as=weights writes them"),
            (("--as=weights",), "emit --as=weights needs -w WEIGHTS"),
            (("--as=weights", "--train"), "--train and --as=weights exclude each other"),
            (("--as=obj", "--train", "--weights=extern"), "--train and --weights exclude each other")):
        done = subprocess.run([cnnc, "emit", f"{goldens}/mlp.cnn", *words, "-o", "out"], capture_output=True, text=True)
        if done.returncode != 2 or text not in done.stderr or os.path.exists("out"):
            fail(f"{words}: {done}")
    budget = subprocess.run([cnnc, "emit", f"{goldens}/mlp.cnn", "--as=obj", "--weights=extern", "--max-flash=1K", "-o",
                             "out"], capture_output=True, text=True)
    if "weights are apart" not in budget.stderr:
        fail(f"the budget: {budget.stderr}")


os.environ["TMPDIR"] = os.path.realpath(tempfile.gettempdir())
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    every = [("mnist_convnet", "-mcpu=native"), ("batchnorm", "-mcpu=native"), ("lenet5", "--kernels=plain"),
             ("mlp", "-O0"), ("mnist_convnet", "--weights=f16"), ("mlp", "--weights=bf16")]
    if platform.machine() == "x86_64":
        every += [("mnist_convnet", "-mcpu=x86-64"), ("batchnorm", "--cpu-dispatch"), ("mnist_convnet", "--cpu-dispatch")]
    for number, (name, *flags) in enumerate(every):
        same_bits(name, number, *flags)
    others_are_refused()
    headers_tell()
    refuses()
