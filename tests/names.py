#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Layers may be called like anything that linker, assembler or LLVM know: the same model under plain and
# under hostile names makes the same code, in every form, for one CPU and for several, as object and as
# program.    names.py CNNC
import ctypes
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

CC = os.environ.get("CC", "cc").split()
CNNC = os.path.abspath(sys.argv[1])
SIZES = [16, 64, 10]  # input, between, output
PREFIX = "net"
EXPORTED = ["predict", "predict_batch", "info", "object_in16_out10_ws"]
HOSTILE = [f"{PREFIX}_{e}" for e in EXPORTED] + [
    "llvm.exp", "llvm.exp.f32", "llvm.memcpy.p0.p0.i64", "llvm.used", "llvm.global_ctors",
    ".text", ".rodata.cnn", ".data", ".bss", ".L", ".Ltmp0", ".L.str", ".",
    "main", "memset", "memcpy", "expf", "cnn_model", "cblas_sgemm", "cnn.level", "cnn.constants",
    "constants", "level", "info", "find_level", "predict", "predict.first", "predict.x86-64",
    "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail", "_start", "_end", "$", "%rax", "rax", "@", "x@plt",
    "x@@V1", "a\"b", "a\\b", "a b", "a,b", "#", ";", "(", "é", "名", "-", "0", "x" * 1000,
]  # fmt: skip


def run(*command, code=0, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != code:
        sys.exit(f"names.py: {command}: exit {done.returncode}\n{(done.stdout + done.stderr)[:2000]}")
    return done.stdout


def model(folder, name, layers):
    """Writes a model of Dense layers of these names, and weights for it: by place the same floats."""
    dense = [f"layers.Dense({SIZES[1]}, 'tanh', name={json.dumps(n, ensure_ascii=False)})"
             for n in layers[:-1]]
    dense.append(f"layers.Dense({SIZES[2]}, 'softmax', name={json.dumps(layers[-1])})")
    with open(os.path.join(folder, name + ".cnn"), "w", encoding="utf-8") as f:
        f.write("model = keras.Sequential([keras.Input((%d,)),\n%s])\n" % (SIZES[0], ",\n".join(dense)))
        f.write("model.compile(loss='categorical_crossentropy', optimizer='sgd')\n")
        f.write("model.fit(x_train, y_train)\n")
    draw, header, data = random.Random(1), {}, b""
    for i, layer in enumerate(layers):
        shape = [SIZES[min(i, 1)], SIZES[2 if i + 1 == len(layers) else 1]]
        for variable, dims in (("kernel", shape), ("bias", shape[1:])):
            n = dims[0] * (dims[1] if len(dims) > 1 else 1)
            floats = struct.pack(f"<{n}f", *(draw.uniform(-0.2, 0.2) for _ in range(n)))
            header[f"{layer}/{variable}"] = {"dtype": "F32", "shape": dims,
                                             "data_offsets": [len(data), len(data) + len(floats)]}
            data += floats
    text = json.dumps(header).encode()
    with open(os.path.join(folder, name + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def predictions(library):
    lib = ctypes.CDLL(library)
    x = (ctypes.c_float * SIZES[0])(*(i / 7 for i in range(SIZES[0])))
    y = (ctypes.c_float * SIZES[2])()
    room = ctypes.create_string_buffer(1 << 20)
    lib.net_predict(x, y, ctypes.c_void_p((ctypes.addressof(room) + 63) & ~63))
    return bytes(y)


def linked(folder, name, form, flags):
    """Emits and makes a shared library of it; NULL where a tool for the form is not there."""
    suffix = {"obj": ".o", "lib": ".a", "shared": ".so", "asm": ".s", "llvm": ".ll", "bitcode": ".bc"}[form]
    out, library = (os.path.join(folder, name + s) for s in (suffix, f".{form}{len(flags)}.so"))
    run(CNNC, "emit", name + ".cnn", "-w", name + ".safetensors", f"--as={form}", "-o", out,
        f"--prefix={PREFIX}", *flags, cwd=folder)
    if form in ("llvm", "bitcode"):
        llc = shutil.which("llc-19") or shutil.which("llc")
        if not llc:
            return None
        run(llc, "-filetype=obj", "-relocation-model=pic", out, "-o", out + ".o")
        out += ".o"
    whole = ["-Wl,--whole-archive", out, "-Wl,--no-whole-archive"] if form == "lib" else [out]
    if form == "shared":
        library = out
        needed = [line for line in run("readelf", "-d", library).splitlines() if "NEEDED" in line]
        if needed or run("nm", "-D", "--undefined-only", library):
            sys.exit(f"names.py: {name} --as={form} {flags}: it needs something: {needed}")
    else:
        run(*CC, "-shared", *whole, "-o", library)
    seen = [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]
    for e in EXPORTED:
        if not any(s == f"{PREFIX}_{e}" or s.startswith(f"{PREFIX}_object_in16_out10_ws") for s in seen):
            sys.exit(f"names.py: {name} --as={form} {flags}: no {PREFIX}_{e} in {seen}")
    if form == "shared" and len(seen) != len(EXPORTED):
        sys.exit(f"names.py: {name} --as={form} {flags}: it exports {seen}")
    return predictions(library)


def program(folder, name):
    run(CNNC, "build", name + ".cnn", "-o", name + ".exe", cwd=folder)
    run(f"./{name}.exe", "bench", "--seconds=0", cwd=folder)


def main():
    with tempfile.TemporaryDirectory() as folder:
        model(folder, "plain", [f"d{i}" for i in range(len(HOSTILE))])
        model(folder, "hostile", HOSTILE)
        dispatch = ["--cpu-dispatch"] if os.uname().machine == "x86_64" else []
        for flags in [[]] + [dispatch] * bool(dispatch):
            for form in ("obj", "lib", "shared", "asm", "llvm", "bitcode"):
                made = [linked(folder, name, form, flags) for name in ("plain", "hostile")]
                if made[0] != made[1]:
                    sys.exit(f"names.py: --as={form} {flags}: another answer under other names")
        headers = [run(CNNC, "emit", name + ".cnn", "--as=header", "-o", "-", f"--prefix={PREFIX}",
                       cwd=folder).split("\n", 1)[1] for name in ("plain", "hostile")]  # fmt: skip
        if headers[0] != headers[1]:
            sys.exit("names.py: the header depends on names")
        program(folder, "hostile")
        # Few layers: kernels are not shared between them, so each has a function of its own name.
        for i in range(0, len(HOSTILE) - 8, 8):
            model(folder, "hostile", HOSTILE[i : i + 8])
            model(folder, "plain", [f"d{i}" for i in range(8)])
            if linked(folder, "plain", "obj", []) != linked(folder, "hostile", "obj", []):
                sys.exit(f"names.py: another answer for {HOSTILE[i : i + 8]}")


main()
