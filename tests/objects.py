# SPDX-License-Identifier: MIT
"""What tests of objects share: they run commands, skip what this machine or this cnnc lacks, and look into objects."""
import array
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
