#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random models through the whole compiler, which is built with sanitizers: a valid model is compiled or refused with a
reason, for any target, by any kernels; it never meets an assertion, a checker of plans or steps, or a fault. Whether
results are right is up to passes.py and rows.py, which draw again what has no numbers or jumps by rounding.

    whole.py BUILD [--seconds S] [--seed N]     models number N, N + 1, ... for so long

What is wrong is printed with its model. Numbers say how often each command ran and how often it refused."""
import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
from draw import random_model
from steps import random_steps

SOME_MODEL = Path(__file__).resolve().parents[2] / "models" / "mlp.cnn"
X86 = [[f"-mcpu={cpu}"] for cpu in ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "haswell")]
OTHERS = [[f"--target={target}"] for target in (
    "aarch64-linux-gnu", "riscv64-linux-gnu", "riscv32-unknown-elf", "thumbv7em-none-eabihf",
    "thumbv8.1m.main-none-eabihf", "wasm32-unknown-unknown")]
LEAVES = ["--leaf=1", "--leaf=2", "--leaf=4", "--leaf=8", "--leaf=16"]
FORMS = ["obj", "asm", "llvm", "bitcode", "header"]
LIMIT = 600  # seconds of a command
TELL_EACH = 60
REASON = re.compile("error: |DIFFERS")
FAULT = re.compile(r"internal error|AddressSanitizer|runtime error|LeakSanitizer|Assertion|LLVM ERROR")


def kernels_of(cnnc):
    known = subprocess.run([cnnc, "plan", "--kernels=help", SOME_MODEL], capture_output=True, text=True, check=False)
    return re.search(r"use (.*)", known.stderr)[1].split(", ")


def commands(chance, rows, text, out):
    """What is done with a model, by chance."""
    ways = [f"--kernels={chance.choice(rows)}"] * (chance.random() < 0.5) + [chance.choice(["-O0", "-O2"])]
    leaf = [chance.choice(LEAVES)] * (chance.random() < 0.5)
    here = ["--target=x86_64-linux-gnu", *chance.choice(X86)]
    there = chance.choice([*OTHERS, here])
    batch = [f"--batch-size={chance.choice([1, 2, 7, 33])}"] * (chance.random() < 0.5)
    samples = f"--samples={chance.choice([5, 9])}"
    yield "verify-passes", text, *here, samples, *[way for way in ways if way[:2] != "-O"]
    yield "emit", text, "--as=" + chance.choice(FORMS), "--prefix=net", "--weights=extern", *there, *ways, "-o", out
    yield "emit", text, "--as=" + chance.choice(FORMS), "--train", "--prefix=net", *there, *ways, *batch, "-o", out
    yield "build", text, f"--dump={chance.choice(['llvm', 'asm'])}", *chance.choice(X86), *ways, *leaf, "-o", out
    yield "plan", text, *there, *leaf
    yield "summary", text, "--json", *chance.choice(OTHERS)


def fault(command):
    """What is wrong with how it ends, or None; and whether it refuses."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace",
                              timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT} s", False
    said = done.stdout[-2000:] + done.stderr
    if done.returncode not in (0, 1) or FAULT.search(said) or (done.returncode and not REASON.search(said)):
        return f"exit code {done.returncode}\n{said[-4000:]}", False
    return None, done.returncode != 0


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="folder where cnnc was built")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(argv)
    cnnc, steps = given.build / "compiler" / "cnnc", given.build / "tests" / "cnnc_steps"
    rows, began = kernels_of(cnnc), time.monotonic()
    told, number, wrong, ran, refused = began, given.seed, 0, Counter(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        text, out = Path(folder, "model.cnn"), Path(folder, "out")
        while time.monotonic() < began + given.seconds:
            by_steps = steps.exists() and number % 4 == 3
            model = random_steps(number) if by_steps else random_model(number)
            text.write_text(model.text())
            for command in commands(random.Random(number), rows, text, out):
                what, refuses = fault([steps if by_steps else cnnc, *command])
                ran[command[0]] += 1
                refused[command[0]] += refuses
                if what:
                    wrong += 1
                    print(f"model {number}, {' '.join(map(str, command))}: {what}\n{model.text()}", flush=True)
            number += 1
            if time.monotonic() > told + TELL_EACH:
                told = time.monotonic()
                print(f"{number - given.seed} models, {wrong} wrong; "
                      f"{(began + given.seconds - told) / 60:.0f} minutes to go", flush=True)
    print(f"{number - given.seed} models, {wrong} wrong;",
          ", ".join(f"{n} {what} ({refused[what]} refused)" for what, n in ran.items()))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
