#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole scripts in the forms that people use: cnnc finds in each what Keras finds.

check.py CNNC: beside each NAME.py, NAME.json holds Keras's layers, parameters, optimizer, learning rate,
loss, epochs and batch size; or the words of the modern spelling that a refusal must name.
"""
import glob
import json
import os
import re
import subprocess
import sys


def run(*words):
    return subprocess.run(words, capture_output=True, text=True)


def facts(cnnc, path):
    """What cnnc finds, under the keys of the facts."""
    table = json.loads(run(cnnc, "summary", "--json", path).stdout)
    dump = run(cnnc, "check", "--dump=graph", path).stdout
    loss = re.search(r"^loss (\w+)(.*)$", dump, re.M)
    optimizer = re.search(r"^optimizer (\w+) learning_rate=(\w+\((?:initial_learning_rate=|.*?values=))?([^ ),]+)", dump, re.M)
    fit = re.search(r"^fit batch_size=(\d+) epochs=\d+\.\.(\d+)", dump, re.M)
    keys = {"name": "name", "type": "class", "output_shape": "output_shape", "params": "params"}
    seen = {"model": table["name"],
            "layers": [{keys[k]: v for k, v in layer.items()} for layer in table["layers"]],
            "total": table["total_params"], "trainable": table["trainable_params"],
            "non_trainable": table["non_trainable_params"], "optimizer": optimizer[1].lower(),
            "learning_rate": float(optimizer[3]), "loss": loss[1], "epochs": int(fit[2]),
            "batch_size": int(fit[1])}
    if "from_logits" in loss[2]:
        seen["from_logits"] = "from_logits=1" in loss[2]
    return seen


def differences(cnnc, path, wanted):
    checked = run(cnnc, "check", path)
    if wanted["keras3"] == "refused":
        missing = [word for word in wanted["hint"].split() if word not in checked.stderr]
        return [f"the refusal does not name {word}" for word in missing] + ["is not refused"] * (checked.returncode != 1)
    if checked.returncode:
        return [checked.stderr]
    seen = facts(cnnc, path)
    found = []
    for key, value in wanted.items():
        if key == "keras3" or key not in seen:
            continue
        if key == "optimizer":
            value = value.lower()
        if seen[key] != value:
            found.append(f"{key}: Keras has {value}, cnnc {seen[key]}")
    return found


def main():
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
    failed = 0
    for path in sorted(glob.glob(os.path.join(folder, "p*.py"))):
        found = differences(sys.argv[1], path, json.load(open(path[:-2] + "json", encoding="utf-8")))
        failed += bool(found)
        print(f"{os.path.basename(path)}: {'as Keras' if not found else found[0][:500]}")
        for line in found[1:4]:
            print("    " + line[:300])
    sys.exit(failed > 0)


main()
