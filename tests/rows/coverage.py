#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What of Keras's names and arguments random models draw, by the compiler's own list of them.

    coverage.py [--count N] [--seed S] [--table]

For each layer, loss, optimiser, schedule, metric, regulariser and constraint of docs/arguments.md: in how many of N
models it is, and each of its arguments with another value than the default. Exit code 1 where one is in none, but
for those that say nothing of results (WITHOUT)."""
import argparse
import ast
import collections
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
from draw import random_model
from model import SHORT_NAMES

LIST = Path(__file__).resolve().parents[2] / "docs" / "arguments.md"
SECTIONS = "Layers", "Losses", "Optimisers", "Schedules", "Metrics", "Regularisers", "Constraints"
# Names, shapes of inputs, and what weights are at first: cases bring their own.
WITHOUT = re.compile(r"name|input_shape|input_dim|trainable|.*_initializer|autocast|warmup_target")
# A value other than the default is refused, as labels and outputs then have two forms.
REFUSED = {("OneHotIoU", "sparse_y_pred"), ("OneHotMeanIoU", "sparse_y_pred")}


def arguments():
    """{section: {name: [argument, ...]}}, in the order of positional ones; (argument, whether it counts)."""
    found, section, name = {}, None, None
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section, name = line[3:], None
        elif line.startswith("### ") and section in SECTIONS:
            name = line[4:]
            found.setdefault(section, {})[name] = []
        row = re.match(r"\| `(\w+)` \| (.*?) \| (.*) \|$", line)
        if row and name and section in SECTIONS:
            counts = ("only its default" not in row[3] and not WITHOUT.fullmatch(row[1])
                      and (name, row[1]) not in REFUSED)
            default = re.fullmatch(r"`(.*)`", row[2])
            found[section][name].append((row[1], counts, default and ast.unparse(ast.parse(default[1]))))
    return found


def words(name):
    """Names under which a class is meant: the class, and as a string or a function."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {name, snake, *SHORT_NAMES.get(name, ())}


def section_of(call, listed):
    """Which section a name is of: losses and metrics share some."""
    path = ast.unparse(call.func).split(".")
    for section, place in ("Losses", "losses"), ("Metrics", "metrics"):
        if place in path:
            return section
    return next((section for section, names in listed.items() if path[-1] in names), None)


def seen_in(text, listed):
    """(section, name) and (section, name, argument) of a model's text."""
    seen = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            section, name = section_of(node, listed), ast.unparse(node.func).split(".")[-1]
            if name not in listed.get(section, {}):
                continue
            seen.add((section, name))
            table = listed[section][name]
            given = [(table[i][0], value) for i, value in enumerate(node.args)] + [(k.arg, k.value) for k in node.keywords]
            defaults = {argument: default for argument, _, default in table}
            seen |= {(section, name, argument) for argument, value in given if ast.unparse(value) != defaults.get(argument)}
        if isinstance(node, ast.keyword) and node.arg:
            texts = [v.value for v in ast.walk(node.value) if isinstance(v, ast.Constant) and isinstance(v.value, str)]
            place = {"loss": "Losses", "optimizer": "Optimisers", "metrics": "Metrics", "weighted_metrics": "Metrics"}.get(node.arg)
            place = place or ("Regularisers" if node.arg.endswith("regularizer") else
                              "Constraints" if node.arg.endswith("constraint") else None)
            seen |= {(place, name) for name in listed.get(place, {}) if words(name) & {*texts}}
    return seen


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", action="store_true", help="print all counts")
    given = parser.parse_args(argv)
    listed, counted = arguments(), collections.Counter()
    for number in range(given.seed, given.seed + given.count):
        counted.update(seen_in(random_model(number).text(), listed))
    missing = 0
    for section, names in listed.items():
        for name, table in names.items():
            each = {argument: counted[section, name, argument] for argument, counts, _ in table if counts}
            never = [argument for argument, count in each.items() if not count]
            missing += (not counted[section, name]) + len(never)
            if given.table or never or not counted[section, name]:
                shown = each if given.table else dict.fromkeys(never, 0)
                print(f"{section:<12} {name:<34} {counted[section, name]:>5}  "
                      + " ".join(f"{argument} {count}" for argument, count in shown.items()))
    print(f"{given.count} models, {missing} names and arguments in none")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
