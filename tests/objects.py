# SPDX-License-Identifier: MIT
"""What tests of objects share: they run commands, skip what this machine or this cnnc lacks, and look into objects."""
import array
import ctypes
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


def fail(text):
    sys.exit(f"{Path(sys.argv[0]).name}: {text}")


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
    """A program of LLVM's."""
    for one in (f"{name}-19", f"/usr/lib/llvm-19/bin/{name}", name):
        if shutil.which(one):
            return one
    skip(f"no {name}-19")


def floats(path):
    values = array.array("f")
    with open(path, "rb") as file:
        values.frombytes(file.read())
    return values


def alone(path, nm="nm", readelf="readelf"):
    """The object needs nothing and holds nothing that is written."""
    with open(path, "rb") as file:
        wasm = file.read(4) == b"\0asm"
    undefined = run(nm, "-u", path).strip()
    if undefined and not (wasm and undefined == "U __stack_pointer"):  # which every linker defines
        fail(f"the object needs {undefined}")
    if wasm:
        return  # what is written would be a global, or in memory that the host looks at
    sections = run(readelf, "-SW", path)
    found = re.findall(r"\] (\S+) +\w+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +([A-Z]*)", sections)
    if ".text" not in [name for name, _, _ in found]:
        fail(f"no sections are read from {sections}")
    for name, size, flags in found:
        if "W" in flags and int(size, 16):
            fail(f"section {name} is writable")


def figure(name, folder="."):
    """Of net.h."""
    with open(f"{folder}/net.h") as file:
        return int(re.search(rf"#define NET_{name} +(\d+)", file.read())[1])


def parameters(cnnc, tensor, case, folder="."):
    """The block of a case's weights that objects take, as net.o's info says."""
    info = json.loads(run(cnnc, "inspect", "--json", f"{folder}/net.o").splitlines()[0])
    values = array.array("f", bytes(info["params_bytes"]))
    for weight in info["weights"]:
        run(tensor, case, "weights/" + weight["name"], f"{folder}/w")
        w = floats(f"{folder}/w")
        if len(w) != math.prod(weight["shape"]):
            fail(f"{weight} has {len(w)} numbers")
        values[weight["at"]:weight["at"] + len(w)] = w
    return values.tobytes()


def aligned(content):
    """A copy at a multiple of 64, and what keeps it."""
    room = ctypes.create_string_buffer(len(content) + 64)
    at = ctypes.addressof(room) + 63 & ~63
    ctypes.memmove(at, content, len(content))
    return room, ctypes.c_void_p(at)


def linked(out):
    """net.o as a library; each under a name of its own, since a loader knows them by it."""
    run(os.environ.get("CC", "cc"), "-shared", "-Wl,-z,defs", "net.o", "-o", out)
    return ctypes.CDLL(f"./{out}")


def predictions(library, x, *weights):
    """Of all samples in x, as floats: in a batch and one by one, to the same bits."""
    each, n = figure("INPUT_SIZE"), len(x) // figure("INPUT_SIZE")
    y = (ctypes.c_float * (n * figure("OUTPUT_SIZE")))()
    kept, at = aligned(bytes(figure("WORKSPACE_BYTES")))
    library.net_predict_batch((ctypes.c_float * len(x))(*x), y, ctypes.c_size_t(n), *weights, at)
    first = bytes(y)
    for i in range(n):
        library.net_predict((ctypes.c_float * each)(*x[i * each:(i + 1) * each]),
                            ctypes.byref(y, 4 * i * figure("OUTPUT_SIZE")), *weights, at)
    return array.array("f", y) if bytes(y) == first else fail("in batches it differs")
