#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Makes the page: one HTML file with its style, its scripts, the network as a module of WebAssembly and the weights.
    make.py [--train] CNNC MODEL WEIGHTS PAGE
With --train the network learns in the page, from the weights or from nothing, and cnnc needs clang.
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


def module(cnnc, *words):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "net.wasm"
        subprocess.run([cnnc, "emit", *words, "--as=wasm", "--prefix=net", "-o", out], check=True)
        code = out.read_bytes()
    at = code.index(b'{"cnnc":')  # what net_info() returns
    return code, json.loads(code[at:code.index(b"\0", at)])


def pack(data):
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def predicting(cnnc, model, weights):
    """The network as page.js reads it, and what it says of itself."""
    code, info = module(cnnc, model, "-w", weights)
    return {"module": pack(code), "first": first_filters(weights)}, info


def training(cnnc, model, weights):
    """Likewise, with the weights apart, each where the module has it."""
    module(cnnc, model, "-w", weights)  # refuses what does not fit
    code, info = module(cnnc, model, "--train")
    if info["label_counts"] or not (info["label_classes"] or info["label_shape"] == info["output_shape"]):
        sys.exit(f"make.py: {model}: with --train a label has to be a class, without weights of classes or samples")
    found = {name: values for name, _, values in tensors(weights)}
    params = bytearray(info["params_bytes"])
    for one in info["weights"]:
        struct.pack_into(f"<{len(found[one['name']])}f", params, 4 * one["at"], *found[one["name"]])
    return {"module": pack(code), "weights": pack(params)}, info


def compact(path):
    """Without indentation and lines that are comments: none of our texts means them."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "".join(line + "\n" for line in lines if line and not line.startswith(("//", "/*")))


def page(network):
    """index.html with what it names, and the network before its first script."""
    data = json.dumps(network, separators=(",", ":")).replace("<", "\\u003c")
    text = (HERE / "index.html").read_text(encoding="utf-8")
    if "weights" not in network:
        text = re.sub(r"<!-- train -->.*?<!-- /train -->\n", "", text, flags=re.S)
    text = text.replace("<script ", f'<script id="network" type="application/json">{data}</script>\n<script ', 1)
    for pattern, tag in ((r'<link rel="stylesheet" href="([\w.]+)">', "style"), (r'<script src="([\w.]+)"></script>', "script")):
        text = re.sub(pattern, lambda m, t=tag: f"<{t}>\n{compact(HERE / m[1])}</{t}>", text)
    return text


def main():
    words = sys.argv[1:]
    train = words[:1] == ["--train"]
    if len(words) != 4 + train:
        sys.exit(__doc__)
    cnnc, model, weights, out = words[train:]
    try:
        network, info = (training if train else predicting)(cnnc, model, weights)
        if info["input_shape"] not in ([28, 28, 1], [28, 28], [784]):
            sys.exit(f"make.py: {model}: its input is {info['input_shape']}, but the page draws images of 28 x 28 x 1")
        Path(out).write_text(page(network), encoding="utf-8")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # cnnc has said why
    except OSError as error:
        sys.exit(f"make.py: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
