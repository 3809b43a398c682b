# SPDX-License-Identifier: MIT
"""Programs that a test builds and runs, in a folder of its own with synthetic digits, and data that they read."""
import contextlib
import os
import struct
import subprocess
import tempfile
from pathlib import Path

LIMIT = 120


@contextlib.contextmanager
def folder(make_digits, train, tests):
    """The current folder, and $CNNC_DATA below it, until it goes."""
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        os.mkdir("data")
        subprocess.run([make_digits, "data", str(train), str(tests), "1"], check=True)
        os.environ["CNNC_DATA"] = str(Path("data").resolve())
        yield


def run_tests(scope):
    """All functions of a test that are called test_..., by name."""
    tests = [test for name, test in sorted(scope.items()) if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def build(cnnc, name, text, *words):
    Path(name + ".cnn").write_text(text, encoding="utf-8")
    subprocess.run([cnnc, "build", name + ".cnn", *words], check=True, capture_output=True)


def run(name, *words, code=0, says=()):
    """Its output; with its messages it says all that it shall."""
    done = subprocess.run([f"./{name}", *map(str, words)], check=False, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    for word in says:
        assert word in done.stdout + done.stderr, (word, done.stdout, done.stderr)
    return done.stdout


def npy(path, shape, kind, values):
    """kind: as struct has it."""
    descr = {"B": "|u1", "f": "<f4", "d": "<f8", "i": "<i4", "q": "<i8"}[kind]
    header = repr({"descr": descr, "fortran_order": False, "shape": shape})
    header = (header + " " * (-(len(header) + 11) % 64) + "\n").encode()
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
                           + struct.pack(f"<{len(values)}{kind}", *values))
