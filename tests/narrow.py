#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Weights in 16 bits: widened exactly, as far off as emit --case says, half as large; what cannot be is refused.
#     narrow.py goldens CNNC GOLDENS TENSOR CPU NAME...   on this machine
#     narrow.py values CNNC CPU                           all numbers there are in 16 bits, on this machine
#     narrow.py target CNNC GOLDENS TENSOR TARGET CPU NAME...   both in an emulator
#     narrow.py refused CNNC GOLDENS
# Exit code 77 means skipped.
import array
import itertools
import json
import math
import os
import platform
import random
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import targets
from objects import alone, fail, figure, floats, linked, predictions, run, skip
from rows import case

number = itertools.count()
TYPES = "f16", "bf16"
ROW = 256  # of a matrix of them


def every(kind):
    """All finite numbers, without those that are subnormal as floats, too."""
    if kind == "f16":
        return [struct.unpack("<e", struct.pack("<H", bits))[0] for bits in range(1 << 16) if bits & 0x7C00 != 0x7C00]
    return [struct.unpack("<f", struct.pack("<I", bits << 16))[0] for bits in range(1 << 16)
            if bits & 0x7F80 not in (0, 0x7F80)]


def write_values(folder, kind):
    """A layer that picks a row of its kernel, in which they are all; wanted: the rows, one after the other."""
    values = every(kind)
    random.Random(1).shuffle(values)
    rows = len(values) // ROW
    Path(folder, "net.cnn").write_text(f"model = keras.Sequential([keras.Input(({rows},)), "
                                       f"layers.Dense({ROW}, use_bias=False)])\n")
    case.write(Path(folder, "net.safetensors"), {"dense/kernel": case.floats((rows, ROW), values)})
    one_hot = [float(i == k) for i in range(rows) for k in range(rows)]
    Path(folder, "x").write_bytes(array.array("f", one_hot).tobytes())
    if len(values) != rows * ROW:
        fail(f"{len(values)} numbers are no rows of {ROW}")
    return array.array("f", values), rows


def compare(kind, wanted, got):
    off = [(a, b) for a, b in zip(wanted, got) if a != b]
    if off or len(wanted) != len(got):
        fail(f"{len(off)} of {len(wanted)} numbers in {kind} are widened to others: {off[:3]}")


def emit(cnnc, model, *flags):
    """net.o and net.h; what the compiler said."""
    weights = [word for word in ("-w", "--case") if word in flags]
    less = [flag for i, flag in enumerate(flags) if flag not in weights and (i == 0 or flags[i - 1] not in weights)]
    run(cnnc, "emit", model, "--as=header", "--prefix=net", "-o", "net.h", *less)
    done = subprocess.run([cnnc, "emit", model, "--as=obj", "--prefix=net", "-o", "net.o", *flags],
                          capture_output=True, text=True)
    return done.stderr if done.returncode == 0 else fail(f"{flags}: {done.stderr}")


def values(cnnc, cpu):
    need(cpu)
    for kind in TYPES:
        wanted, _ = write_values(".", kind)
        emit(cnnc, "net.cnn", "-w", "net.safetensors", f"--weights={kind}", f"-mcpu={cpu}")
        alone("net.o")
        compare(kind, wanted, predictions(linked(f"{next(number)}.so"), floats("x")))


def need(cpu):
    flag = {"x86-64-v3": "avx2", "x86-64-v4": "avx512bw"}.get(cpu)
    if cpu.startswith("x86-64") and platform.machine() != "x86_64":
        skip(f"-mcpu={cpu} is for x86-64")
    if flag and flag not in Path("/proc/cpuinfo").read_text().split():
        skip(f"this CPU has no {flag}")


def said_error(kind, said):
    found = re.search(rf"with weights in {kind}, .* off by (\S+) of the largest", said)
    return float(found[1]) if found else fail(f"it does not say how far it is off: {said}")


def hold(name, kind, said, got, wanted):
    """The object is as far off as was said, which is more than rounding of floats and less than a hundredth or so."""
    size = max(1e-6, *(abs(v) for v in wanted))
    off = max(math.inf if a != a else abs(a - b) for a, b in zip(got, wanted)) / size
    print(f"{name} in {kind}: {off:.2e} off, {said:.2e} said")
    if len(got) != len(wanted) or not abs(off - said) <= 1e-5 + said / 100:
        fail(f"{name} in {kind}: the object is {off} off, and emit says {said}")
    if not said < (2e-2 if kind == "f16" else 1.5e-1):
        fail(f"{name} in {kind}: {said} off is more than rounding does")


def goldens(cnnc, folder, tensor, cpu, *names):
    need(cpu)
    if not names:
        fail("which models?")
    for name in names:
        stored = f"{folder}/{name}.safetensors"
        run(tensor, stored, "x", "x")
        run(tensor, stored, "predict", "predict")
        for kind in TYPES:
            said = emit(cnnc, f"{folder}/{name}.cnn", "-w", stored, "--case", stored, f"--weights={kind}",
                        f"-mcpu={cpu}")
            got = predictions(linked(f"{next(number)}.so"), floats("x"))
            hold(name, kind, said_error(kind, said), got, floats("predict"))


def target(cnnc, folder, tensor, triple, cpu, *names):
    where = f"--target={triple}", targets.mcpu(cpu)
    for kind in TYPES:
        wanted, rows = write_values(".", kind)
        emit(cnnc, "net.cnn", "-w", "net.safetensors", f"--weights={kind}", *where)
        targets.execute(os.getcwd(), cpu, "predict", SAMPLES=rows)
        compare(kind, wanted, floats("y"))
        for name in names:
            stored = f"{folder}/{name}.safetensors"
            for key in "x", "predict":
                run(tensor, stored, key, key)
            said = emit(cnnc, f"{folder}/{name}.cnn", "-w", stored, "--case", stored, f"--weights={kind}", *where)
            alone("net.o", targets.tool("llvm-nm"), targets.tool("llvm-readelf"))
            samples = os.path.getsize("x") // 4 // figure("INPUT_SIZE")
            targets.execute(os.getcwd(), cpu, "predict", SAMPLES=samples)
            hold(name, kind, said_error(kind, said), floats("y"), floats("predict"))


def refuses(code, text, *command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != code or text not in done.stderr or os.path.exists("out"):
        fail(f"{command}: exit code {done.returncode}, {done.stderr}")


def refused(cnnc, folder):
    Path("net.cnn").write_text("model = keras.Sequential([keras.Input((2,)), layers.Dense(2), layers.Dense(2)])\n")
    weights = {f"{layer}/{name}": case.floats(shape, [1.0] * math.prod(shape))
               for layer in ("dense", "dense_1") for name, shape in (("kernel", (2, 2)), ("bias", (2,)))}
    words = cnnc, "emit", "net.cnn", "-w", "w.safetensors", "--as=obj", "-o"
    for value, kind, says in ((65519.9, "f16", None), (65520, "f16", "'dense_1/kernel' has 65520, which is no finite"),
                              (-1e30, "f16", "'dense_1/kernel' has -1.00000002e+30"), (1e30, "bf16", None),
                              (3.4e38, "bf16", "'dense_1/kernel' has 3.39999995e+38"),
                              (math.inf, "bf16", "'dense_1/kernel' has inf"),
                              (math.nan, "f16", "'dense_1/kernel' has nan")):
        weights["dense_1/kernel"] = case.floats((2, 2), [1, value, 1, 1])
        weights["dense_1/bias"] = case.floats((2,), [1e20, 1])  # which stays a float
        case.write(Path("w.safetensors"), weights)
        if says:
            says = f"error: --weights={kind}: {says}"
            refuses(1, says, *words, "out", f"--weights={kind}")
            refuses(1, says, *words[:5], "--as=weights", "-o", "out", f"--weights=extern,{kind}")
            if kind == "f16":
                refuses(1, "help: up to 65,504 there are; bf16 has the range of floats", *words, "out", "--weights=f16")
        else:
            run(*words, "net.o", f"--weights={kind}")
    mlp = cnnc, "emit", f"{folder}/mlp.cnn", "-o", "out", "-w", f"{folder}/mlp.safetensors", "--as=obj"
    half = *mlp, "--weights=f16", "--case"
    write_other(folder)
    refuses(1, "is it a case of other weights?", *mlp[:5], "-w", "other.safetensors", *half[7:],
            f"{folder}/mlp.safetensors")
    refuses(1, "'weights/dense/kernel' is missing", *half, f"{folder}/lenet5.safetensors")
    refuses(1, "none.safetensors", *half, "none.safetensors")
    stored = case.read(Path(folder, "mlp.safetensors"))
    kind, shape, numbers = stored.pop("predict")
    for less in ({}, {"predict": (kind, [shape[0] - 1, *shape[1:]], numbers[shape[1]:])}):
        case.write(Path("less.safetensors"), {**stored, **less})
        refuses(1, f"error: less.safetensors: 'predict' is missing, or not of {len(numbers)} numbers", *half,
                "less.safetensors")
    refuses(2, "emit --case goes with --weights=f16 or bf16", *mlp, "--case", f"{folder}/mlp.safetensors")
    refuses(2, "emit --case needs -w WEIGHTS", cnnc, "emit", f"{folder}/mlp.cnn", "--as=header", "-o", "out",
            "--weights=f16", "--case", f"{folder}/mlp.safetensors")
    refuses(2, "--train and --weights exclude each other", cnnc, "emit", f"{folder}/mlp.cnn", "--as=obj", "--train",
            "--weights=bf16", "-o", "out")
    halves(cnnc, folder)
    others(cnnc)


def write_other(folder):
    """Weights of the same shapes, with another bias."""
    tensors = {name.removeprefix("weights/"): value for name, value in case.read(Path(folder, "mlp.safetensors")).items()
               if name.startswith("weights/")}
    kind, shape, numbers = tensors["dense/bias"]
    tensors["dense/bias"] = kind, shape, array.array("f", [v + 0.5 for v in numbers])
    case.write(Path("other.safetensors"), tensors)


def halves(cnnc, folder):
    """Flash of Cortex-M4, and what objects say of themselves."""
    stored = f"{folder}/mnist_convnet.safetensors"
    words = cnnc, "emit", f"{folder}/mnist_convnet.cnn", "-w", stored, "--as=obj", "--target=thumbv7em-none-eabihf"
    run(*words, "-o", "net.o", "--weights=f16", "--max-flash=73K")
    info = json.loads(run(cnnc, "inspect", "--json", "net.o"))
    if info["weights_in"] != "f16":
        fail(f"it says of itself {info}")
    refuses(1, "69,864 bytes are weights, of which 'conv2d_1' has 37,120", *words, "-o", "out", "--weights=bf16",
            "--max-flash=70K")
    run(*words, "-o", "net.o", "--max-flash=141K")
    said = subprocess.run([*words, "-o", "net.o", "-v", "--weights=f16"], capture_output=True, text=True).stderr
    if "69,440 bytes of weights in f16; the largest change is 3.9e-04 of the largest of 'conv2d/kernel'" not in said:
        fail(f"-v says {said}")


def others(cnnc):
    """Of two outputs that f16 makes one number the first is the largest; of one output that is not said."""
    for kernel, says in (([1, 1.0001], ", the largest output another one in 2\n"), ([1.0001], ")\n")):
        Path("net.cnn").write_text("model = keras.Sequential([keras.Input((1,)), "
                                   f"layers.Dense({len(kernel)}, use_bias=False)])\n")
        kernel = case.floats((1, len(kernel)), kernel)
        case.write(Path("net.safetensors"), {"dense/kernel": kernel})
        case.write(Path("case.safetensors"), {"x": case.floats((3, 1), [1, -1, 1]), "weights/dense/kernel": kernel,
                                              "predict": case.floats((3, len(kernel[2])), [x * k for x in (1, -1, 1)
                                                                                           for k in kernel[2]])})
        said = emit(cnnc, "net.cnn", "-w", "net.safetensors", "--case", "case.safetensors", "--weights=f16")
        if not said.endswith(says):
            fail(f"emit --case says {said}")


if __name__ == "__main__":
    what, cnnc, *rest = sys.argv[1:]
    rest = [os.path.realpath(word) if "/" in word else word for word in rest]
    with tempfile.TemporaryDirectory() as made:
        os.chdir(made)
        {"goldens": goldens, "values": values, "target": target, "refused": refused}[what](os.path.realpath(cnnc), *rest)
