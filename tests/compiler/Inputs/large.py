# SPDX-License-Identifier: MIT
"""One image of five million rows, all zeros, and its label, as NPY files."""
import struct
import sys
from pathlib import Path

for name, shape in ("x.npy", (1, 5000000, 2, 1)), ("y.npy", (1,)):
    header = str({"descr": "|u1", "fortran_order": False, "shape": shape}).encode()
    count = 1
    for d in shape:
        count *= d
    with Path(sys.argv[1], name).open("wb") as file:
        file.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header)
        file.truncate(10 + len(header) + count)
