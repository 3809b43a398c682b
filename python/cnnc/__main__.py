# SPDX-License-Identifier: MIT
"""The command `cnnc`."""
import os
import sys

from . import command


def main():
    os.execv(command(), ["cnnc", *sys.argv[1:]])


if __name__ == "__main__":
    main()
