#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that cnnc and its programs wrote in version 0.1.0 are read as they were, and what machines read has
every field that it had (docs/promises.md): tests/kept, which is never made anew.

    kept.py CNNC MAKE_DIGITS"""
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path(__file__).resolve().parent / "kept"
sys.path.insert(0, str(Path(__file__).resolve().parent / "rows"))
sys.dont_write_bytecode = True
import case


def run(*command):
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def has_all(was, now, where):
    """Each field there was is there, of the same type; of lists the first items stand for all."""
    number = isinstance(was, (int, float)) and isinstance(now, (int, float))
    assert number or was is None or isinstance(now, type(was)), (where, was, now)
    if isinstance(was, dict):
        assert was.keys() <= now.keys(), (where, was.keys() - now.keys())
        for key, value in was.items():
            has_all(value, now[key], f"{where}.{key}")
    if isinstance(was, list) and was:
        assert now, where
        has_all(was[0], now[0], f"{where}[0]")


def kept(name):
    return json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))


def same_fields(name, *command):
    said = json.loads(run(*command))
    has_all(kept(name), said, name)
    return said


def main():
    cnnc, digits = (os.path.abspath(word) for word in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("data")
        for file in KEPT.iterdir():
            shutil.copy(file, ".")
        run(digits, "data", 400, 100, 1)
        run(cnnc, "build", "net.cnn", "-o", "net")
        # weights
        seen = same_fields("predict", "./net", "predict", "--weights", "end.safetensors", "--json",
                           "data/t10k-images-idx3-ubyte:0", "data/t10k-images-idx3-ubyte:7")
        for was, now in zip(kept("predict"), seen):
            assert all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(was["output"], now["output"])), (was, now)
        same_fields("evaluate", "./net", "evaluate", "--weights", "end.safetensors", "--data", "data", "--json")
        run(cnnc, "emit", "net.cnn", "-w", "end.safetensors", "--as=obj")
        # a checkpoint, from which training goes on to where it went then
        run("./net", "train", "--data", "data", "--resume", "half.state", "--out", "now.safetensors")
        was, now = case.read(Path("end.safetensors")), case.read(Path("now.safetensors"))
        assert was.keys() == now.keys()
        for key, value in was.items():
            off = max(abs(a - b) for a, b in zip(value[2], now[key][2]))
            assert off <= 1e-3 * max(map(abs, value[2])), (key, off)
        # a case, a log, and what else machines read
        run("./net", "verify", "case.safetensors")
        assert "<html" in run("./net", "report", "run.jsonl", "-o", "/dev/stdout")
        same_fields("runs", "./net", "train", "--data", "data", "--runs", 2, "--json")
        same_fields("bench", "./net", "bench", "--json", "--seconds", 0)
        same_fields("plan", cnnc, "plan", "--json", "net.cnn")
        assert same_fields("summary", cnnc, "summary", "--json", "net.cnn") == kept("summary")


main()
