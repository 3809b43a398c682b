#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Objects for machines without a system, run in emulators of them: tests/bare has what they run on. Those that train
# are in train.py.
#     targets.py predict CNNC GOLDENS TENSOR TARGET CPU NAME...  predictions held to Keras's; the object needs nothing,
#                                                                writes nothing of its own, keeps to its memory
# Exit code 77 means skipped.
import array
import os
import re
import shutil
import subprocess
import sys
import tempfile

tests = os.path.dirname(os.path.realpath(__file__))
FREE = ["-std=c11", "-Os", "-ffreestanding", "-fno-builtin", "-Wall", "-Wextra", "-Werror"]


def machine(flags, flash, ram, *emulator):
    return flags.split(), flash, ram, emulator


def board(name):
    return ("qemu-system-arm", "-M", name, "-display", "none", "-monitor", "none", "-serial", "none",
            "-semihosting-config", "enable=on,target=native", "-kernel")


# How clang names it, where code and data lie, what runs it.
MACHINES = {
    "rv64gc": machine("--target=riscv64-unknown-elf -march=rv64gc -mabi=lp64d -mcmodel=medany", 0x10000, 0x1000000,
                      "qemu-riscv64"),
    "rv32imafc": machine("--target=riscv32-unknown-elf -march=rv32imafc -mabi=ilp32f", 0x10000, 0x1000000,
                         "qemu-riscv32"),
    "cortex-m4": machine("--target=thumbv7em-none-eabihf -mcpu=cortex-m4", 0, 0x20000000, *board("mps2-an386")),
    "cortex-m7": machine("--target=thumbv7em-none-eabihf -mcpu=cortex-m7", 0, 0x20000000, *board("mps2-an500")),
    "cortex-m55": machine("--target=thumbv8.1m.main-none-eabihf -mcpu=cortex-m55", 0, 0x21000000,
                          *board("mps3-an547")),
}


def fail(text):
    sys.exit(f"targets.py: {text}")


def skip(text):
    print(f"skipped: {text}")
    sys.exit(77)


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode == 3 and "built without clang" in done.stderr:
        skip("this cnnc was built without clang")
    if done.returncode:
        fail(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def tool(name):
    for one in (f"{name}-19", f"/usr/lib/llvm-19/bin/{name}", name):
        if shutil.which(one):
            return one
    skip(f"no {name}-19")


def floats(path):
    values = array.array("f")
    with open(path, "rb") as file:
        values.frombytes(file.read())
    return values


def figure(folder, name):
    with open(f"{folder}/net.h") as file:
        return int(re.search(rf"#define NET_{name} +(\d+)", file.read())[1])


def emit(folder, cnnc, model, *flags):
    for form, out in (("obj", "net.o"), ("header", "net.h")):
        run(cnnc, "emit", model, f"--as={form}", "--prefix=net", "-o", f"{folder}/{out}", *flags)


def alone(folder):
    """It needs nothing and holds nothing that is written."""
    undefined = run(tool("llvm-nm"), "-u", f"{folder}/net.o").strip()
    if undefined:
        fail(f"the object needs {undefined}")
    sections = run(tool("llvm-readelf"), "-SW", f"{folder}/net.o")
    found = re.findall(r"\] (\S+) +\w+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +([A-Z]*)", sections)
    if ".text" not in [name for name, _, _ in found]:
        fail(f"no sections are read from {sections}")
    for name, size, flags in found:
        if "W" in flags and int(size, 16):
            fail(f"section {name} is writable")


def execute(folder, cpu, source, **values):
    flags, flash, ram, emulator = MACHINES[cpu]
    if not shutil.which(emulator[0]):
        skip(f"no {emulator[0]}")
    for name in (source, "start"):
        run(tool("clang"), *flags, *FREE, *(f"-D{key}={value}" for key, value in values.items()), f"-I{folder}", "-c",
            f"{tests}/bare/{name}.c", "-o", f"{folder}/{name}.o")
    run(tool("ld.lld"), f"--defsym=FLASH={flash}", f"--defsym=RAM={ram}", "-T", f"{tests}/bare/link.ld",
        f"{folder}/start.o", f"{folder}/{source}.o", f"{folder}/net.o", "-o", f"{folder}/program")
    run(*emulator, f"{folder}/program", cwd=folder)


def predict(cnnc, goldens, tensor, target, cpu, *names):
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            case = f"{goldens}/{name}.safetensors"
            for key in ("x", "predict", "slack/predict"):
                run(tensor, case, key, f"{folder}/{key.replace('/', '.')}")
            emit(folder, cnnc, f"{goldens}/{name}.cnn", f"--target={target}", f"-mcpu={cpu}", "-w", case)
            alone(folder)
            samples = os.path.getsize(f"{folder}/x") // 4 // figure(folder, "INPUT_SIZE")
            execute(folder, cpu, "predict", SAMPLES=samples)
            wanted, got = floats(f"{folder}/predict"), floats(f"{folder}/y")
            size = max(1e-6, *(abs(v) for v in wanted))
            off = max(float("inf") if a != a else abs(a - b) for a, b in zip(got, wanted)) / size
            tolerance = max(1e-5, 3 * floats(f"{folder}/slack.predict")[0] / size)
            print(f"{name}: {off:.1e} off, tolerance {tolerance:.1e}")
            if len(got) != len(wanted) or not off <= tolerance:
                fail(f"{name}: not Keras's predictions")


if __name__ == "__main__":
    what, cnnc, *rest = sys.argv[1:]
    {"predict": predict}[what](os.path.realpath(cnnc), *rest)
