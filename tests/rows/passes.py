#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each pass of the compiler held to the Step before it, by `cnnc verify-passes`: for every CPU, with the
kernels that cnnc chooses and with each row forced in turn.

    passes.py BUILD models [--count N] [--seed S]    random models number S, S + 1, ..., and those of the grid
    passes.py BUILD steps [--count N] [--seed S]     random Steps, of nodes that no layer makes
A model that fails is printed."""
import argparse
import itertools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
from draw import random_model
from grid import grid
from steps import random_steps, steps_once_wrong

CPUS = "x86-64", "x86-64-v3", "x86-64-v4"


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="folder where cnnc was built")
    parser.add_argument("kind", choices=["models", "steps"])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(argv)
    cnnc = given.build / ("tests/cnnc_steps" if given.kind == "steps" else "compiler/cnnc")
    some = Path(__file__).resolve().parents[2] / "models" / "mlp.cnn"
    known = subprocess.run([cnnc, "plan", "--kernels=help", some], capture_output=True, text=True, check=False)
    forced = itertools.cycle(re.search(r"use (.*)", known.stderr)[1].split(", "))
    numbers = range(given.seed, given.seed + given.count)
    results = [holds(cnnc, model, number, forced) for number, model in of_kind(given.kind, numbers)]
    print(f"{len(results)} models, {results.count(False)} wrong")
    return 0 if all(results) else 1


def of_kind(kind, numbers):
    turns = itertools.islice(grid(), numbers.start, None)
    if kind == "steps":
        yield from ((0, model) for model in steps_once_wrong())
    for number in numbers:
        if kind == "steps":
            yield number, random_steps(number)
        else:
            yield number, random_model(number)
            yield number, next(turns)


def holds(cnnc, model, number, forced):
    """Whether all is well with the kernels as chosen on each CPU, and with a forced row on each."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "model.cnn")
        text.write_text(model.text())
        ways = [[f"-mcpu={cpu}", *kernels] for cpu in CPUS for kernels in ([], [f"--kernels={next(forced)}"])]
        for way in ways:
            done = subprocess.run([cnnc, "verify-passes", text, "--target=x86_64-linux-gnu", f"--seed={number}", *way],
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"model {number}, {' '.join(way)}:\n{model.text()}{done.stdout}{done.stderr}", flush=True)
                return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
