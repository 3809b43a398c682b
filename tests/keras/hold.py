#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds programs to Keras on models of tests/rows: a case computed in float64 a model, and `verify` by
programs of plain kernels and of the chosen ones. Run by hand where Keras 3 and TensorFlow are installed.

    hold.py BUILD ends|grid|random [--first N] [--count N]

Models with random numbers are left out: Keras draws others. A model that fails is printed and kept."""
import argparse
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import make_case
from make_case import case
from draw import random_model
from ends import ends
from grid import grid

WAYS = [], ["--kernels=plain"]
RANDOM = "Dropout", "Noise", "    Random"


def telling_case(text, samples):
    """The first case whose results are finite and whose loss is not all clipping and rounding."""
    for seed in range(20):
        made = make_case.make(text, samples, seed)
        if all(np.isfinite(v).all() for v in made.values()) and abs(made["loss"][0]) > 1e-3:
            break
    return made


def hold(cnnc, model, folder):
    """What is wrong, or None."""
    text, stored = folder / "model.cnn", folder / "case.safetensors"
    text.write_text(model.text())
    made = telling_case(text, model.samples)
    case.write(stored, {key: make_case.stored(v) for key, v in made.items()})
    for flags in WAYS:
        program = folder / "program"
        for command in [cnnc, "build", text, "-o", program, *flags], [program, "verify", stored]:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return f"{' '.join(flags)}: {done.stdout}{done.stderr}"
    return None


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="folder where cnnc was built")
    parser.add_argument("models", choices=["ends", "grid", "random"])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=None)
    given = parser.parse_args(argv)
    source = {"ends": ends, "grid": grid,
              "random": lambda: map(random_model, itertools.count())}[given.models]()
    last = None if given.count is None else given.first + given.count
    keep, held, wrong = Path(tempfile.mkdtemp(prefix="keras-")), 0, 0
    for number, model in enumerate(itertools.islice(source, last)):
        text = model.text()
        if number < given.first or any(word in text.replace("Dropout(0.0)", "") for word in RANDOM):
            continue
        folder = keep / f"model-{number}"
        folder.mkdir()
        trouble = hold(given.build / "compiler" / "cnnc", model, folder)
        held += 1
        if trouble:
            wrong += 1
            print(f"model {number}, kept in {folder}:\n{text}{trouble}", flush=True)
        else:
            shutil.rmtree(folder)
    print(f"{held} models held to Keras, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
