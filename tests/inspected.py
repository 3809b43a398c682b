#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cnnc inspect shows what is in weights, checkpoints, cases and objects, and says no to all else.

    inspected.py CNNC GOLDENS"""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from rows import case

MODEL = """model = keras.Sequential([keras.Input((3,)), layers.Dense(4, name="wide")])
class_names = ["a", "b", "c", "d"]
"""
VALUES = {"wide/kernel": ([3, 4], [math.nan, 1.5, -2.0, 0.25, math.inf] + [0.0] * 7), "wide/bias": ([4], [4.0] * 4)}


def run(*words, code=0):
    seen = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)
    assert seen.returncode == code, (words, seen)
    return seen.stdout if code == 0 else seen.stderr


def weights(path, **meta):
    case.write(path, {name: case.floats(*value) for name, value in VALUES.items()}, **meta)


def main():
    cnnc, goldens = sys.argv[1], Path(sys.argv[2])
    weights(Path("w.safetensors"), format="cnnc-weights", model="net")
    seen = json.loads(run(cnnc, "inspect", "w.safetensors", "--json"))
    assert (seen["kind"], seen["values"], seen["bytes"], seen["metadata"]["model"]) == ("weights", 16, 64, "net"), seen
    kernel, bias = seen["tensors"]
    assert kernel == {"name": "wide/kernel", "type": "F32", "shape": [3, 4], "values": 12, "least": -2.0, "mean": -0.025,
                      "most": 1.5, "not_finite": 2}, kernel
    assert (bias["least"], bias["mean"], bias["most"], bias["not_finite"]) == (4.0, 4.0, 4.0, 0), bias
    text = run(cnnc, "inspect", "w.safetensors")
    assert "weights, 16 values in 2 tensors" in text and "2 nan or infinite" in text and "model: net" in text, text
    weights(Path("c.safetensors"), format="cnnc-checkpoint")
    both = run(cnnc, "inspect", "c.safetensors", goldens / "mlp.safetensors", "--json").splitlines()
    assert [json.loads(line)["kind"] for line in both] == ["a checkpoint", "a case"], both

    Path("net.cnn").write_text(MODEL)
    VALUES["wide/kernel"] = ([3, 4], [0.0] * 12)
    weights(Path("w.safetensors"), format="cnnc-weights")
    for form, name in ("obj", "net.o"), ("lib", "net.a"), ("asm", "net.s"):
        run(cnnc, "emit", "net.cnn", "-w", "w.safetensors", f"--as={form}", "-o", name)
    for name in "net.o", "net.a":
        seen = json.loads(run(cnnc, "inspect", "--json", name))
        assert seen["name"] == "net" and seen["input_shape"] == [3] and seen["parameters"] == 16, seen
        assert seen["class_names"] == ["a", "b", "c", "d"] and seen["file"] == name, seen
        assert "class_names: [\"a\", \"b\", \"c\", \"d\"]\n" in run(cnnc, "inspect", name)

    run(cnnc, "emit", "net.cnn", "-w", "w.safetensors", "--as=weights")
    apart = Path("net.bin").read_bytes()
    seen = json.loads(run(cnnc, "inspect", "--json", "net.bin"))
    assert seen["kind"] == "weights of an object" and seen["weights_bytes"] == len(apart), seen
    assert seen["weights_id"] == f"{int.from_bytes(apart[8:16], 'little'):016x}", seen
    assert seen["weights_id"] in run(cnnc, "inspect", "net.bin")
    Path("cut.bin").write_bytes(apart[:-1])
    said = f"'cut.bin' has {len(apart) - 1} bytes, and its head says {len(apart)}: it is cut, or not what it says\n"
    assert run(cnnc, "inspect", "cut.bin", code=1) == f"cnnc: error: {said}"

    whole = Path("w.safetensors").read_bytes()
    for name, content in ("cut", whole[:-1]), ("empty", b""), ("text", b"x" * 99), ("mark", b'{"cnnc":"' * 9), \
            ("open", b'{"cnnc":"1"}'), ("header", struct.pack("<Q", 1 << 62) + b"{}" + b" " * 99):
        Path(name).write_bytes(content)
        said = run(cnnc, "inspect", name, code=1)
        assert said.count("\n") == 1 and name in said, said
    assert "No such file" in run(cnnc, "inspect", "none", code=1)
    assert "w.safetensors: " in subprocess.run([cnnc, "inspect", "text", "w.safetensors"], capture_output=True,
                                               text=True, check=False).stdout
    run(cnnc, "inspect", code=2)


with tempfile.TemporaryDirectory() as folder:
    sys.argv[1:3] = [str(Path(word).resolve()) for word in sys.argv[1:3]]
    os.chdir(folder)
    main()
