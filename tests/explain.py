#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What cnnc says of error codes is true: each script that is shown as wrong has the code's error and no other, each
that is shown as right has none, and the codes are those that the compiler reports.

    explain.py CNNC COMPILER"""
import re
import subprocess
import sys
from pathlib import Path

# What no script of a few lines shows: these depend on options or files, or on the bytes of the text itself.
WITHOUT_SCRIPT = {"E0008", "E0404", "E0408", "E0419", "E0420", "E0421", "E0423", "E0424"}


def run(cnnc, *words, text=None):
    return subprocess.run([cnnc, *words], input=text, capture_output=True, text=True, timeout=60, check=False)


def script(page, title):
    found = re.search(rf"^{title}:\n((?:    .*\n)+)", page, re.M)
    return "".join(line[4:] for line in found[1].splitlines(keepends=True)) if found else None


def reported(compiler):
    """The codes in calls of diag_error(diag, place, CODE, ...)."""
    codes = set()
    for path in [*compiler.rglob("*.c"), *compiler.rglob("*.l"), *compiler.rglob("*.y")]:
        for call in re.finditer(r"\bdiag_error\(", path.read_text()):
            words = path.read_text()[call.end():call.end() + 400].split(";")[0]
            code = re.search(r",\s*(\d{1,3}),", words)
            codes.update([f"E{int(code[1]):04d}"] if code else [])
    return codes


def main():
    cnnc, compiler = sys.argv[1], Path(sys.argv[2])
    listed = run(cnnc, "explain").stdout
    codes = re.findall(r"^(E\d{4})  \S.*$", listed, re.M)
    assert len(codes) == len(set(codes)) == len(listed.splitlines()) and codes == sorted(codes), listed
    known = reported(compiler)
    assert known <= set(codes), f"not explained: {sorted(known - set(codes))}"
    assert set(codes) <= known, f"explained and never reported: {sorted(set(codes) - known)}"
    for code in codes:
        page = run(cnnc, "explain", code).stdout
        assert page.startswith(f"{code}: ") and max(map(len, page.splitlines())) <= 110, page
        wrong, right = script(page, "Wrong"), script(page, "Right")
        assert (wrong is None) == (right is None) == (code in WITHOUT_SCRIPT), page
        if wrong is None:
            continue
        seen = run(cnnc, "check", "-", text=wrong)
        errors = set(re.findall(r"error: .* \[(E\d{4})\]$", seen.stderr, re.M))
        assert seen.returncode == 1 and errors == {code}, f"{code}: its wrong script has {errors}:\n{seen.stderr}"
        seen = run(cnnc, "check", "-", text=right)
        assert seen.returncode == 0, f"{code}: its right script is wrong:\n{seen.stderr}"
    assert run(cnnc, "explain", "e301", "7").stdout.count("E0") == 2
    for word in "E0999", "301x", "logits", "E", "00301":
        seen = run(cnnc, "explain", word)
        assert seen.returncode == 2 and f"'{word}' is no code" in seen.stderr, (word, seen)
    print(f"{len(codes)} codes, {len(codes) - len(WITHOUT_SCRIPT)} with scripts")


main()
