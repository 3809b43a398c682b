#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/gallery.md says what the models are: sizes to 1 %, speeds and accuracies as README.md, docs/measurements.md and
docs/learning.md have them, pictures as they are drawn.

    gallery.py check CNNC PROJECT
    gallery.py write CNNC PROJECT    draws the pictures, and prints the table of sizes"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from gallery_picture import picture

TARGETS = ("x86_64-linux-gnu", "thumbv7em-none-eabihf")


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def sizes(cnnc, path, folder):
    """Parameters, MACs, and of each target flash, RAM, stack and bytes of the object's file. How the model is trained
    is left out, so that no code is made for it."""
    os.makedirs(f"{folder}/models", exist_ok=True)
    os.chdir(folder)
    weights, out, text = "weights.safetensors", "net.o", path.read_text(encoding="utf-8")
    path = Path("models", path.name)
    path.write_text(text.split("\nmodel.compile(")[0] + "\n", encoding="utf-8")
    run(cnnc, "verify-passes", path, "--samples", 1, "--write-batch", weights)
    row = []
    for target in TARGETS:
        said = json.loads(run(cnnc, "summary", path, f"--target={target}", "--json"))
        takes = said["machine"]["predict"]
        run(cnnc, "emit", path, "-w", weights, f"--target={target}", "--as=obj", "-g0", "-o", out)
        row = row or [said["total_params"], takes["macs"]]
        row += [takes["flash"], takes["ram"], takes["stack"], os.path.getsize(out)]
    return row


def rows(text, heading):
    """Of the first table below a heading: names in the first column and the cells behind."""
    part = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", part, re.M)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {name.strip("`"): rest for name, *rest in cells}


def check_speeds(page, project):
    """Those of README's table, in its order, where it has the model."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    known = {name: rest for name, *rest in re.findall(r"^\| (\w+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$", readme, re.M)}
    shown = rows(page, "Speeds")
    assert len(known) == 5 and set(shown) == set(known), (shown, known)
    for name, cells in shown.items():
        assert cells == known[name], f"{name}: README says {known[name]}"


def check_accuracies(page, project):
    text = (project / "docs/learning.md").read_text(encoding="utf-8")
    shown = rows(page, "Accuracies")
    assert len(shown) == 5, shown
    for name, (cnnc, keras) in shown.items():
        assert f"| {name} | mnist | {cnnc} | {keras} |" in text, f"{name}: learning.md says something else"


def check_rivals(page, project):
    """Each pair of figures stands in one paragraph or table of the measurements."""
    text = (project / "docs/measurements.md").read_text(encoding="utf-8").replace("\n", " \n")
    parts = [re.sub(r"\s+", " ", part) for part in re.split(r"\n\s*\n", text)]
    table = page.split("\n## Where others are better\n")[1].split("\n## ")[0]
    pairs = [line.strip("|").split("|")[-2:] for line in re.findall(r"^\|.*\|$", table, re.M)[2:]]
    assert len(pairs) >= 5, pairs
    for pair in pairs:
        assert any(all(words.strip() in part for words in pair) for part in parts), f"measurements.md has no {pair}"


def check(cnnc, project):
    page = (project / "docs/gallery.md").read_text(encoding="utf-8")
    models, shown = sorted((project / "models").glob("*.cnn")), rows(page, "Sizes")
    assert {path.stem for path in models} == set(shown), "other models than there are"
    check_speeds(page, project)
    check_accuracies(page, project)
    check_rivals(page, project)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for path in models:
            seen = sizes(cnnc, path, folder)
            said = [int(cell.replace(",", "")) for cell in shown[path.stem]]
            if len(seen) != len(said) or any(abs(a - b) > b / 100 for a, b in zip(said, seen)):
                wrong.append(f"{path.stem}: the page says {said}, it is {seen}")
            drawn = (project / f"docs/gallery/{path.stem}.svg").read_text(encoding="utf-8")
            if drawn != picture(json.loads(run(cnnc, "summary", path, "--json")), path.stem):
                wrong.append(f"docs/gallery/{path.stem}.svg is of another model")
            assert f"](gallery/{path.stem}.svg)" in page and f"](../models/{path.stem}.cnn)" in page, path.stem
    assert not wrong, "\n".join([*wrong, "tests/gallery.py write CNNC PROJECT makes them"])


def write(cnnc, project):
    (project / "docs/gallery").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((project / "models").glob("*.cnn")):
            drawn = picture(json.loads(run(cnnc, "summary", path, "--json")), path.stem)
            (project / f"docs/gallery/{path.stem}.svg").write_text(drawn, encoding="utf-8")
            print(f"| `{path.stem}` | " + " | ".join(f"{n:,}" for n in sizes(cnnc, path, folder)) + " |")


if __name__ == "__main__":
    {"check": check, "write": write}[sys.argv[1]](Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve())
