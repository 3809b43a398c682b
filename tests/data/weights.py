# SPDX-License-Identifier: MIT
"""Weights of a dense layer by a formula, and the file that programs read them from."""
import json
import struct


def kernel(rows, columns):
    return [[((i * 7919 + j * 104729) % 1000) / 1000 - 0.5 for j in range(columns)] for i in range(rows)]


def bias(columns):
    return [j / 8 for j in range(columns)]


def write(path, rows, columns):
    values = [v for row in kernel(rows, columns) for v in row] + bias(columns)
    split = 4 * rows * columns
    header = json.dumps({
        "dense/kernel": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, split]},
        "dense/bias": {"dtype": "F32", "shape": [columns], "data_offsets": [split, split + 4 * columns]},
    }).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + struct.pack(f"<{len(values)}f", *values))
