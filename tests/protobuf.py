# SPDX-License-Identifier: MIT
"""Messages of Protocol Buffers, read and written, and ONNX files made of them by hand."""
import math
import struct

FLOAT, INT64, DOUBLE = 1, 7, 11


def fields(data):
    """Number and value of each field, an integer or bytes."""
    at = 0

    def varint():
        nonlocal at
        n = shift = 0
        while True:
            n |= (data[at] & 0x7f) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 0x80:
                return n

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            value = varint()
        else:
            size = {1: 8, 2: 0, 5: 4}[key & 7] or varint()
            value, at = data[at:at + size], at + size
        assert at <= len(data)
        yield key >> 3, value


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def message(*pairs):
    """Of fields: integers, floats, texts, bytes."""
    out = b""
    for number, value in pairs:
        if isinstance(value, float):
            out += varint(number << 3 | 5) + struct.pack("<f", value)
        elif isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


# ---- ONNX

def tensor(name, shape, values, kind=FLOAT, *more):
    raw = struct.pack(f"<{len(values)}{ {FLOAT: 'f', INT64: 'q', DOUBLE: 'd'}[kind]}", *values)
    return message(*((1, n) for n in shape), (2, kind), (8, name), (9, raw), *more)


def floats(name, *shape):
    """Some numbers of that shape."""
    return tensor(name, shape, [((7 * i + 3) % 11 - 5) / 8 for i in range(math.prod(shape))])


def ints(name, *values):
    return tensor(name, [len(values)], values, INT64)


def attribute(name, value):
    if isinstance(value, float):
        return message((1, name), (2, value), (20, 1))
    if isinstance(value, int):
        return message((1, name), (3, value), (20, 2))
    if isinstance(value, str):
        return message((1, name), (4, value), (20, 3))
    if isinstance(value, bytes):  # a tensor
        return message((1, name), (5, value), (20, 4))
    return message((1, name), *((8, n) for n in value), (20, 7))


def node(kind, inputs, output, domain="", **attributes):
    return message(*((1, name) for name in inputs.split()), *((2, name) for name in output.split()), (3, f"the {kind}"), (4, kind),
                   *((5, attribute(*item)) for item in attributes.items()), *([(7, domain)] if domain else []))


def end(name, shape, kind=FLOAT):
    dims = b"".join(message((1, message((2, n) if isinstance(n, str) else (1, n)))) for n in shape)
    return message((1, name), (2, message((1, message((1, kind), (2, dims))))))


def model(shape, *nodes, constants=(), opset=17, inputs=(), outputs=(), kind=FLOAT, more=(), graph=()):
    """From x to y; shape is that of a sample, or with a number or name for the samples before it."""
    shape = shape if isinstance(shape, list) else ["N", *shape]
    return message((1, 8), *more, (8, message((2, opset))), (7, message(
        *((1, n) for n in nodes), *((5, t) for t in constants), (11, end("x", shape, kind)), *((11, i) for i in inputs),
        (12, end("y", [])), *((12, o) for o in outputs), *graph)))
