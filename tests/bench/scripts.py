#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""growth.py and cores.py run, and what they write can be read; nothing about time.
    scripts.py BUILD MODEL.cnn"""
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

build, model = sys.argv[1:]
HERE = Path(__file__).resolve().parent


def rows(script, *words):
    """The table that it prints, without its head."""
    done = subprocess.run([sys.executable, HERE / script, *words], check=True, capture_output=True, text=True)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()
            if line.startswith("| ")][1:]


grown = rows("growth.py", build, "--layers", "3,5", "--kinds", "dense,norm")
assert [row[0] for row in grown] == ["dense 3", "dense 5", "norm 3", "norm 5"], grown
assert all(float(cell.replace(",", "")) >= 0 for row in grown for cell in row[1:]), grown
assert float(grown[1][8].replace(",", "")) >= float(grown[0][8].replace(",", "")), grown

with tempfile.TemporaryDirectory() as name:
    svg = Path(name) / "cores.svg"
    cores = rows("cores.py", build, model, "--batches", "16,64", "--leaves", "16,4", "--seconds", "0", "--svg", svg)
    expected = [[batch, leaf + teams] for batch in ("16", "64") for leaf in ("16", "4") for teams in ("", ", teams")]
    assert [[row[0], row[1].replace(" *", "")] for row in cores] == expected, cores
    assert [sum("*" in row[1] for row in cores if row[0] == batch) for batch in ("16", "64")] == [2, 2], cores
    for alone, teams in zip(cores[::2], cores[1::2]):
        assert all(float(a) <= float(b) for a, b in zip(alone[2:], teams[2:])), (alone, teams)
    for row in cores:
        times = [float(cell) for cell in row[2:]]
        assert all(of > 0 for of in times) and (times[0] == 1 or not row[1].startswith("16")), row
    lines = xml.etree.ElementTree.parse(svg).getroot().findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == len(cores) / 2
