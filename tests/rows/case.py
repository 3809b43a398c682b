# SPDX-License-Identifier: MIT
"""Cases for `PROGRAM verify`: a batch and weights, and what is to be computed of them."""
import array
import json
import math
import random
import struct
import sys

NOISE = 3e-6  # relative, of what kernels may differ by
LARGE = 1e12  # a training that went so far explodes


def read(path):
    """The tensors of a safetensors file by name: type, shape, numbers."""
    raw = path.read_bytes()
    size, = struct.unpack_from("<Q", raw)
    tensors = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = array.array("f" if entry["dtype"] == "F32" else "i")
        values.frombytes(raw[8 + size + begin:8 + size + end])
        if sys.byteorder == "big":
            values.byteswap()
        tensors[name] = entry["dtype"], entry["shape"], values
    return tensors


def write(path, tensors, **meta):
    header, at = {"__metadata__": meta} if meta else {}, 0
    for name, (kind, shape, values) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + 4 * len(values)]}
        at += 4 * len(values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _, _, values in tensors.values():
            if sys.byteorder == "big":
                values = array.array(values.typecode, values)
                values.byteswap()
            out.write(values.tobytes())


def floats(shape, values):
    return "F32", list(shape), array.array("f", values)


def write_data_set(folder, model, seed):
    """IDX files of two and a half batches and less than one; False if the model wants no labels, or divides by them,
    many of which are 0."""
    if len(model.shape) > 1 or model.loss == "mape":
        return False
    draw = random.Random(seed)
    sparse = model.loss.startswith(("sparse", "categorical_generalized"))
    classes = min(256, model.shape[0] if sparse else max(2, model.shape[0]))  # a label is a byte
    for half, n in ("train", 2 * model.samples + (model.samples + 1) // 2), ("t10k", 1 + model.samples // 2):
        pixels, labels = draw.randbytes(n * math.prod(model.input)), [draw.randrange(classes) for _ in range(n)]
        (folder / f"{half}-images-idx3-ubyte").write_bytes(
            struct.pack(">3i", 0x802, n, math.prod(model.input)) + pixels)  # flat: any Input takes it
        (folder / f"{half}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, n) + bytes(labels))
    return True


def results(case):
    return {key for key in case if key not in ("x", "y", "sample_weight") and not key.startswith(("weights/", "slack/"))}


def disturbed(case, seed):
    """The case with its batch and weights off by NOISE."""
    draw, other = random.Random(seed), dict(case)
    for key, (kind, shape, values) in case.items():
        if key == "x" or key.startswith("weights/"):
            other[key] = kind, shape, array.array("f", (v * (1 + draw.gauss(0, NOISE)) for v in values))
    return other


def distance(key, a, b):
    """As verify measures errors: the root mean square of weights after steps, else the largest."""
    off = [abs(p - q) for p, q in zip(a[2], b[2])]
    far = math.hypot(*off) / math.sqrt(len(off)) if key.startswith("step3/") else max(off)
    return math.inf if math.isnan(far) else far


def add_slack(case, others):
    """How far each result moves from the case to any of the others."""
    for key in results(case):
        moved = max(distance(key, case[key], other[key]) for other in others)
        case[f"slack/{key}"] = floats([1], [moved])


def is_tame(case):
    """Whether results are numbers, and so small that products of some of them are floats too."""
    return all(abs(v) < LARGE for key in results(case) for v in case[key][2])
