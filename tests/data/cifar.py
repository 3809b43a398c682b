# SPDX-License-Identifier: MIT
"""Small files in the form of CIFAR's binary version, with pixels and labels by a formula."""
import pathlib

PIXELS = 3072


def records(name, n, classes):
    """n records: their labels and the bytes of their pixels, plane by plane."""
    start = sum(name.encode())
    for i in range(n):
        labels = [(start + 7 * i) % c for c in classes]
        yield labels, bytes((start + 31 * i + 5 * k + k * k // 97) % 256 for k in range(PIXELS))


FILES = {
    "cifar10": ([f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"], [10]),
    "cifar100": (["train.bin", "test.bin"], [20, 100]),  # coarse, fine
}


def write(folder, n=3):
    for names, classes in FILES.values():
        for name in names:
            parts = [bytes(labels) + pixels for labels, pixels in records(name, n, classes)]
            (pathlib.Path(folder) / name).write_bytes(b"".join(parts))
