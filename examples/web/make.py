#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Makes the page: one HTML file with its style, its scripts, the network as a module of WebAssembly and the weights.
    make.py CNNC MODEL WEIGHTS PAGE
The model takes images of 28 x 28 x 1; where its first layer with weights is a Conv2D its filters are shown."""
import base64
import gzip
import json
import math
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def tensors(path):
    """Of a safetensors file that cnnc has read already: name, shape and values, in the order of their data."""
    data = Path(path).read_bytes()
    length, = struct.unpack_from("<Q", data)
    head = json.loads(data[8:8 + length])
    head.pop("__metadata__", None)
    for name, entry in sorted(head.items(), key=lambda item: item[1]["data_offsets"]):
        if entry["dtype"] == "F32":
            count, at = math.prod(entry["shape"]), 8 + length + entry["data_offsets"][0]
            yield name, entry["shape"], struct.unpack_from(f"<{count}f", data, at)


def first_filters(path):
    found = {name: (shape, values) for name, shape, values in tensors(path)}
    name, (shape, kernel) = next(iter(found.items()))
    if not name.endswith("/kernel") or len(shape) != 4 or shape[2] != 1:
        return None
    _, bias = found.get(name[:-len("kernel")] + "bias", (None, (0,) * shape[3]))
    values = struct.pack(f"<{len(kernel) + len(bias)}f", *kernel, *bias)
    return {"shape": shape, "values": base64.b64encode(values).decode()}


def module(cnnc, model, weights):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "net.wasm"
        subprocess.run([cnnc, "emit", model, "-w", weights, "--as=wasm", "--prefix=net", "-o", out], check=True)
        return out.read_bytes()


def page(code, first):
    """index.html with what it names, and the network before its first script."""
    packed = base64.b64encode(gzip.compress(code, 9, mtime=0)).decode()
    data = json.dumps({"module": packed, "first": first}, separators=(",", ":")).replace("<", "\\u003c")
    text = (HERE / "index.html").read_text(encoding="utf-8")
    text = text.replace("<script ", f'<script id="network" type="application/json">{data}</script>\n<script ', 1)
    for pattern, tag in ((r'<link rel="stylesheet" href="([\w.]+)">', "style"), (r'<script src="([\w.]+)"></script>', "script")):
        text = re.sub(pattern, lambda m, t=tag: f"<{t}>\n{(HERE / m[1]).read_text(encoding='utf-8')}</{t}>", text)
    return text


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    cnnc, model, weights, out = sys.argv[1:]
    try:
        code = module(cnnc, model, weights)
        shape = json.loads(re.search(rb'"input_shape":(\[[\d,]*\])', code)[1])
        if shape not in ([28, 28, 1], [28, 28], [784]):
            sys.exit(f"make.py: {model}: its input is {shape}, but the page draws images of 28 x 28 x 1")
        Path(out).write_text(page(code, first_filters(weights)), encoding="utf-8")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # cnnc has said why
    except OSError as error:
        sys.exit(f"make.py: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
