#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scripts with lines of data: the loss on what they make of their files is that of numpy, scikit-learn and Keras.

check.py CNNC: each case_NAME.py is compiled and evaluated, in memory and some of them as a program, with weights
by a formula; expected.json, which make.py writes, holds the losses. Each wrong_NAME.py is refused when it runs, with
the words that its last line has.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import cifar
import weights

here = pathlib.Path(__file__).resolve().parent
LINKED = {"case_split", "case_cifar10", "case_npz"}  # as programs, too


def loss(*words):
    run = subprocess.run(words, capture_output=True, text=True)
    found = re.search(r"^loss: (\S+)$", run.stdout, re.M)
    return float(found[1]) if found and run.returncode == 0 else f"exit code {run.returncode}: {run.stderr}"


def check(cnnc, script, files, folder, wanted):
    saved = folder / "weights.safetensors"
    weights.write(saved, wanted["inputs"], wanted["outputs"])
    rest = ["evaluate", "--weights", str(saved)]
    seen = [loss(cnnc, "run", "--data", str(files), str(script), *rest)]
    if script.stem in LINKED:
        program = folder / "program"
        subprocess.run([cnnc, "build", str(script), "--data", str(files), "-o", str(program)], check=True)
        seen.append(loss(str(program), *rest, "--data", str(files)))
    return [v for v in seen if not isinstance(v, float) or abs(v - wanted["loss"]) > 2e-5 * abs(wanted["loss"])]


def change(files):
    """The labels of y.npy are other ones, of half as many classes."""
    whole = (files / "y.npy").read_bytes()
    (files / "y.npy").write_bytes(whole[:-320] + bytes(b // 2 for b in whole[-320:]))


def refused(cnnc, script, files, changed):
    """How a script's last line says that its program is refused; CHANGED: with other files than it is compiled with."""
    words = re.search(r"^# (CHANGED: )?(.*)\Z", script.read_text().rstrip(), re.M)
    subprocess.run([cnnc, "build", str(script), "--data", str(files), "-o", "refused"], check=True)
    run = subprocess.run(["./refused", "--data", str(changed if words[1] else files)], capture_output=True, text=True)
    return [] if run.returncode == 1 and words[2] in run.stderr else [f"exit code {run.returncode}: {run.stderr}"]


def main():
    expected = json.loads((here / "expected.json").read_text())
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = folder / "files"
        shutil.copytree(here / "files", files)
        changed = shutil.copytree(here / "files", folder / "changed")
        change(changed)
        cifar.write(files)
        os.chdir(folder)
        for script in sorted(here.glob("case_*.py")):
            wrong = check(sys.argv[1], script, files, folder, expected[script.stem])
            failed += bool(wrong)
            print(f"{script.stem}: {f'{wrong[0]} and not {expected[script.stem]}' if wrong else 'as numpy'}")
        for script in sorted(here.glob("wrong_*.py")):
            seen = refused(sys.argv[1], script, files, changed)
            failed += bool(seen)
            print(f"{script.stem}: {seen[0] if seen else 'refused'}")
    sys.exit(failed > 0)


main()
