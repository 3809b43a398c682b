#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Objects for machines without a system, run in emulators of them: tests/bare has what they run, examples/embed what
# that starts from. Those that train are in train.py.
#     targets.py predict CNNC GOLDENS TENSOR TARGET CPU NAME...  predictions held to Keras's; the object needs nothing,
#                                                                writes nothing of its own, keeps to its memory
#     targets.py apart CNNC GOLDENS TENSOR TARGET CPU NAME...  the same bits where weights are apart from the object
#     targets.py bits CNNC GOLDENS TENSOR TARGET CPU NATIVE NAME...  predictions as of this machine's CPU of that name
# Exit code 77 means skipped.
import array
import ctypes
import os
import platform
import re
import shutil
import sys
import tempfile

from objects import alone, fail, figure, floats, parameters, run, skip, tool

tests = os.path.dirname(os.path.realpath(__file__))
embed = f"{os.path.dirname(tests)}/examples/embed"
FREE = ["-std=c11", "-Os", "-ffreestanding", "-fno-builtin", "-Wall", "-Wextra", "-Werror"]


def machine(flags, flash, ram, *emulator):
    return flags.split(), flash, ram, emulator


def board(name):
    return ("qemu-system-arm", "-M", name, "-display", "none", "-monitor", "none", "-serial", "none",
            "-semihosting-config", "enable=on,target=native", "-kernel")


# How clang names it, where code and data lie, what runs it.
MACHINES = {
    "generic": machine("--target=aarch64-unknown-elf", 0x10000, 0x1000000, "qemu-aarch64"),
    "rv64gc": machine("--target=riscv64-unknown-elf -march=rv64gc -mabi=lp64d -mcmodel=medany", 0x10000, 0x1000000,
                      "qemu-riscv64"),
    **{f"rv64gcv-{bits}": machine("--target=riscv64-unknown-elf -march=rv64gc -mabi=lp64d -mcmodel=medany", 0x10000,
                                  0x1000000, "qemu-riscv64", "-cpu", f"rv64,v=true,vlen={bits},vext_spec=v1.0")
       for bits in (128, 1024)},
    "rv32imafc": machine("--target=riscv32-unknown-elf -march=rv32imafc -mabi=ilp32f", 0x10000, 0x1000000,
                         "qemu-riscv32"),
    "cortex-m4": machine("--target=thumbv7em-none-eabihf -mcpu=cortex-m4", 0, 0x20000000, *board("mps2-an386")),
    "cortex-m7": machine("--target=thumbv7em-none-eabihf -mcpu=cortex-m7", 0, 0x20000000, *board("mps2-an500")),
    "cortex-m7+nofp.dp": machine("--target=thumbv7em-none-eabihf -mcpu=cortex-m7+nofp.dp", 0, 0x20000000,
                                 *board("mps2-an500")),
    "cortex-m55": machine("--target=thumbv8.1m.main-none-eabihf -mcpu=cortex-m55", 0, 0x21000000,
                          *board("mps3-an547")),
}


def mcpu(cpu):
    """Of a machine here: several may be of one CPU, with larger registers or smaller ones."""
    return "-mcpu=" + re.sub(r"^(rv64gcv)-\d+$", r"\1", cpu)


def emit(folder, cnnc, model, *flags):
    for form, out in (("obj", "net.o"), ("header", "net.h")):
        run(cnnc, "emit", model, f"--as={form}", "--prefix=net", "-o", f"{folder}/{out}", *flags)


def in_node(folder, source, values):
    """A module of the object, as anybody would link it."""
    with open(f"{folder}/net.h") as file:
        calls = re.findall(r"\b(net_\w+)\(", file.read())
    exports = [f"--export={name}" for name in (*calls, "__heap_base")]
    run(tool("wasm-ld"), "--no-entry", *exports, f"{folder}/net.o", "-o", f"{folder}/net.wasm")
    sizes = ("INPUT_SIZE", "OUTPUT_SIZE", "WORKSPACE_BYTES") + ("WEIGHTS_BYTES", "PACK_BYTES") * ("net_check" in calls)
    if source == "train":
        sizes = ("INPUT_SIZE", "LABEL_SIZE", "OUTPUT_SIZE", "FIGURES", "BATCH_SIZE", "PARAMS_BYTES", "STATE_BYTES",
                 "WORKSPACE_BYTES", "PREDICT_BYTES")
    first = [values["EPOCHS"], values["SEED"]] if source == "train" else []
    run("node", f"{tests}/bare/{source}.mjs", "net.wasm", *map(str, first), *(str(figure(s, folder)) for s in sizes),
        cwd=folder)


def execute(folder, cpu, source, **values):
    if cpu.startswith("wasm-"):
        if not shutil.which("node"):
            skip("no node")
        return in_node(folder, source, values)
    flags, flash, ram, emulator = MACHINES[cpu]
    if not shutil.which(emulator[0]):
        skip(f"no {emulator[0]}")
    for name, at in ((source, f"{tests}/bare"), ("start", embed)):
        run(tool("clang"), *flags, *FREE, *(f"-D{key}={value}" for key, value in values.items()), f"-I{folder}",
            f"-I{embed}", "-c", f"{at}/{name}.c", "-o", f"{folder}/{name}.o")
    run(tool("ld.lld"), f"--defsym=FLASH={flash}", f"--defsym=RAM={ram}", "-T", f"{embed}/link.ld",
        f"{folder}/start.o", f"{folder}/{source}.o", f"{folder}/net.o", "-o", f"{folder}/program")
    run(*emulator, f"{folder}/program", cwd=folder)


def run_golden(folder, cnnc, goldens, tensor, target, cpu, name, *flags):
    case = f"{goldens}/{name}.safetensors"
    for key in ("x", "predict", "slack/predict"):
        run(tensor, case, key, f"{folder}/{key.replace('/', '.')}")
    emit(folder, cnnc, f"{goldens}/{name}.cnn", f"--target={target}", mcpu(cpu), *(flags or ("-w", case)))
    if flags:
        run(cnnc, "emit", f"{goldens}/{name}.cnn", "--as=weights", "-w", case, f"--target={target}", mcpu(cpu), *flags,
            "-o", f"{folder}/weights")
        with open(f"{folder}/params", "wb") as file:
            file.write(parameters(cnnc, tensor, case, folder))
    alone(f"{folder}/net.o", tool("llvm-nm"), tool("llvm-readelf"))
    samples = os.path.getsize(f"{folder}/x") // 4 // figure("INPUT_SIZE", folder)
    execute(folder, cpu, "predict", SAMPLES=samples)


def apart(cnnc, goldens, tensor, target, cpu, *names):
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            run_golden(folder, cnnc, goldens, tensor, target, cpu, name)
            inside = floats(f"{folder}/y")
            run_golden(folder, cnnc, goldens, tensor, target, cpu, name, "--weights=extern")
            if floats(f"{folder}/y").tobytes() != inside.tobytes():
                fail(f"{name}: other bits where weights are apart")
            made, wanted = floats(f"{folder}/packed"), floats(f"{folder}/weights")
            if made[:16].tobytes() != wanted[:16].tobytes() or any(
                    abs(a - b) > 1e-5 * abs(b) + 1e-6 for a, b in zip(made[16:], wanted[16:], strict=True)):
                fail(f"{name}: pack makes other weights")


def here(folder, cnnc, goldens, native, name):
    """What the object for this machine makes of the same samples."""
    emit(folder, cnnc, f"{goldens}/{name}.cnn", f"-mcpu={native}", "-w", f"{goldens}/{name}.safetensors")
    run(os.environ.get("CC", "cc"), "-shared", f"{folder}/net.o", "-o", f"{folder}/{name}.so")
    x, outputs = floats(f"{folder}/x"), figure("OUTPUT_SIZE", folder)
    n = len(x) // figure("INPUT_SIZE", folder)
    y, room = (ctypes.c_float * (n * outputs))(), ctypes.create_string_buffer(figure("WORKSPACE_BYTES", folder) + 64)
    at = ctypes.c_void_p(ctypes.addressof(room) + 63 & ~63)
    object_here = ctypes.CDLL(f"{folder}/{name}.so")
    object_here.net_predict_batch((ctypes.c_float * len(x))(*x), y, ctypes.c_size_t(n), at)
    return array.array("f", y)


def bits(cnnc, goldens, tensor, target, cpu, native, *names):
    if native.startswith("x86-64") and platform.machine() != "x86_64":
        skip(f"{native} is for x86-64")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            run_golden(folder, cnnc, goldens, tensor, target, cpu, name)
            if floats(f"{folder}/y") != here(folder, cnnc, goldens, native, name):
                fail(f"{name}: other bits than on {native}")


def predict(cnnc, goldens, tensor, target, cpu, *names):
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            run_golden(folder, cnnc, goldens, tensor, target, cpu, name)
            wanted, got = floats(f"{folder}/predict"), floats(f"{folder}/y")
            size = max(1e-6, *(abs(v) for v in wanted))
            off = max(float("inf") if a != a else abs(a - b) for a, b in zip(got, wanted)) / size
            tolerance = max(1e-5, 3 * floats(f"{folder}/slack.predict")[0] / size)
            print(f"{name}: {off:.1e} off, tolerance {tolerance:.1e}")
            if len(got) != len(wanted) or not off <= tolerance:
                fail(f"{name}: not Keras's predictions")


if __name__ == "__main__":
    what, cnnc, *rest = sys.argv[1:]
    if len(rest) < 5 + (what == "bits"):
        fail("which models?")
    {"predict": predict, "apart": apart, "bits": bits}[what](os.path.realpath(cnnc), *rest)
