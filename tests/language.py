#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scripts mean to cnnc what they mean to Python: what each prints is the same.

language.py CNNC FILE...: of each file the lines up to its RUN line are run by Python, without those
that make a model or name Keras; what cnnc would print stands in its dump.
"""
import contextlib
import io
import json
import re
import subprocess
import sys


def by_python(text):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "script", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def by_cnnc(cnnc, path):
    dump = subprocess.run([cnnc, "check", "--dump=graph", path], capture_output=True, text=True, check=True)
    lines = [line for line in dump.stdout.split("\n") if line.startswith("print")]
    items = [re.findall(r'[ +]?"(?:[^"\\]|\\.)*"', line[5:]) for line in lines]
    said = ""
    for line in items:
        for i, item in enumerate(line):
            if i and item[0] == " ":
                said += " "
            said += json.loads(item.lstrip(" +"))
        said += "\n"
    return said


def main():
    failed = 0
    for path in sys.argv[2:]:
        text = open(path, encoding="utf-8").read().split("# RUN")[0]
        python = re.sub(r"(?m)^(model = |def build|    model|        model|    for i in range\(2\)|    return model|net).*$", "", text)
        wanted, seen = by_python(python), by_cnnc(sys.argv[1], path)
        if wanted != seen or not wanted:
            failed += 1
            print(f"{path}: Python prints\n{wanted}cnnc prints\n{seen}")
    sys.exit(failed > 0)


main()
