#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Weights apart from their object: the bits of the object that has them in itself, from a file that is this object's
# alone; a header that does not go with objects of the other kind.
#     apart.py CNNC GOLDENS TENSOR
import ctypes
import json
import math
import os
import platform
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from objects import aligned, alone, fail, figure, floats, linked, parameters, predictions, run
from rows.case import read as read_case
from rows.case import write as write_case

cnnc, goldens, tensor = (os.path.realpath(path) for path in sys.argv[1:])
CC = os.environ.get("CC", "cc")
COMPUTED = "mnist_convnet", "batchnorm"  # models of whose parameters something is computed, by some kernels
PAINT = b"\x5a"
PROGRAM = """#include "net.h"
int main(void) {
    static float x[4096], y[64];
    net_predict(x, y, net_info(), x);
    return net_check(net_info()) + net_pack(x, x, x);
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
    packed(library, name, flags, content, x, inside)
    if len(content) > 50000 and whole - os.path.getsize("net.o") < 0.9 * len(content):
        fail(f"{name} {flags}: there are weights in the object")
    said = json.loads(run(cnnc, "inspect", "--json", "weights"))
    info = json.loads(run(cnnc, "inspect", "--json", "net.o").splitlines()[0])
    if (said["weights_id"], said["weights_bytes"]) != (info["weights_id"], info["weights_bytes"]):
        fail(f"{name}: inspect says {said} of weights and {info} of their object")
    return library, content


def packed(library, name, flags, content, x, inside):
    """What pack makes of parameters here is the file that cnnc writes, but for the rounding of what it computes."""
    params, size, room = parameters(cnnc, tensor, f"{goldens}/{name}.safetensors"), len(content), figure("PACK_BYTES")
    given, params_at = aligned(params)
    kept, at = aligned(PAINT * (size + 64))
    work, work_at = aligned(PAINT * (room + 64))
    if library.net_pack(params_at, at, work_at) != 1:
        fail(f"{name} {flags}: pack finds a number that is not finite")
    made = ctypes.string_at(at, size)
    if ctypes.string_at(at.value + size, 64) + ctypes.string_at(work_at.value + room, 64) != PAINT * 128:
        fail(f"{name} {flags}: pack writes behind what is its own")
    if ctypes.string_at(params_at, len(params)) != params:
        fail(f"{name} {flags}: pack changes what it is given")
    if made[:64] != content[:64]:
        fail(f"{name} {flags}: pack writes another head")
    if made == content:
        return
    y = predictions(library, x, at)
    off = max(map(abs, map(float.__sub__, y, inside))) / max(map(abs, inside))
    if name not in COMPUTED or not off < 1e-5:
        fail(f"{name} {flags}: with what pack made, predictions are off by {off:.1e}")


def trained(name):
    """A training object of the model has the same block of parameters."""
    emit(name, "train.o", "--as=obj", "--train")
    emit(name, "net.o", "--as=obj", "--weights=extern")
    info = [json.loads(run(cnnc, "inspect", "--json", file).splitlines()[0]) for file in ("train.o", "net.o")]
    if any(info[0][key] != info[1][key] for key in ("params_bytes", "weights")):
        fail(f"{name}: another block of parameters than that of a training object: {info}")


def rounds():
    """To 16 bits as cnnc does, whatever the number is."""
    draw = random.Random(1)
    case = read_case(Path(goldens, "mlp.safetensors"))
    kind, shape, values = case["weights/dense/kernel"]
    for least, width in ((0x33000000, 0x06000000), (0, 0x47000000)):  # halves and those near none; floats
        for i in range(len(values) // 4):
            bits = least + draw.randrange(width) & ~draw.choice((0, 0xFFF, 0x1FFF, 0x7FFF, 0xFFFF))
            values[draw.randrange(len(values))], = struct.unpack("f", struct.pack("I", bits | draw.choice((0, 1 << 31))))
    write_case(Path("odd.safetensors"), case)
    for form in "f16", "bf16":
        emit("mlp", "net.o", "--as=obj", f"--weights=extern,{form}")
        emit("mlp", "net.h", "--as=header", f"--weights=extern,{form}")
        emit("mlp", "weights", "--as=weights", "-w", "odd.safetensors", f"--weights={form}")
        library, params = linked(f"{form}.so"), bytearray(parameters(cnnc, tensor, "odd.safetensors"))
        kept, at = aligned(bytes(figure("WEIGHTS_BYTES")))
        work, work_at = aligned(bytes(figure("PACK_BYTES")))
        for wrong, good in (None, 1), (65519.0, 1), (65520.0, form == "bf16"), (3.4e38, 0), (math.inf, 0), (-math.nan, 0):
            if wrong is not None:
                struct.pack_into("f", params, 400, wrong)
            given, params_at = aligned(bytes(params))
            if library.net_pack(params_at, at, work_at) != good:
                fail(f"{form}: pack of {wrong} is not {good}")
            if wrong is None and ctypes.string_at(at, figure("WEIGHTS_BYTES")) != read("weights"):
                fail(f"{form}: pack rounds otherwise than cnnc")


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
    trained("batchnorm")
    rounds()
    headers_tell()
    refuses()
