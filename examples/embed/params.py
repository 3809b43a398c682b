#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
# A file of weights as the block of memory that an object of emit --train takes, which says in itself where each lies.
#     params.py OBJECT WEIGHTS.safetensors OUT
import json
import re
import struct
import sys

with open(sys.argv[1], "rb") as file:  # the text that P_info() returns
    info = json.loads(re.search(rb'\{"cnnc":.*?\]\}(?=\0)', file.read())[0])
with open(sys.argv[2], "rb") as file:
    length, = struct.unpack("<Q", file.read(8))
    head, values = json.loads(file.read(length)), file.read()
block = bytearray(info["params_bytes"])
for weight in info["weights"]:
    first, end = head[weight["name"]]["data_offsets"]
    if head[weight["name"]]["shape"] != weight["shape"]:
        sys.exit(f"{weight['name']} has another shape")
    block[4 * weight["at"]:4 * weight["at"] + end - first] = values[first:end]
with open(sys.argv[3], "wb") as file:
    file.write(block)
