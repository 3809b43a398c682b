#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each message of the compiler and of its programs stands in what some test expects.

A test of the compiler expects whole lines; in those of programs part of a message will do, if it is of no other one.
    unheld.py ROOT"""
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from said.expected import HOLE, LEAST, expectations
from said.sources import Sources

# What no test causes, by its text, and why.
MEMORY, SYSTEM, OWN = "there is no memory", "a call of the system fails", "a fault of the compiler's own"
OTHER_BUILD, OTHER_MACHINE = "cnnc is built without a library", "it takes machines of two kinds"
UNCAUSED = {
    "out of memory": MEMORY, "there is no memory for its layers": MEMORY, "is there memory[?]": MEMORY,
    "cannot write the figures as JSON": MEMORY,
    "cannot be ONNX, whose files have up to 2 GiB": MEMORY,
    "internal error": OWN, "has no form in ONNX": OWN, "cannot be ONNX: … '…'": OWN,
    "its layers are not those of the graph": OWN, "layer '…' makes …, and its node …": OWN,
    "is stored in a way that is not known": "it takes a later HDF5",
    "the HDF5 library cannot cope with it": "it takes a file on which libhdf5 crashes",
    "has no size": "libzip gives none of a damaged file",
    "this cnnc was built without MPI": OTHER_BUILD, "apt install openmpi-bin": OTHER_BUILD,
    "apt install clang-19": OTHER_BUILD,
    "finds …: it was built for another MPI": OTHER_BUILD, "MPI does not start in a program with threads": OTHER_BUILD,
    "its weights are others than the first rank's": OTHER_MACHINE,
    "the system does not say where cnnc lies": SYSTEM, "the CPUs of this process are not known": SYSTEM,
    "cannot open /dev/null": SYSTEM, "cannot map …": SYSTEM,
    "cannot start run … of …": SYSTEM, "cannot start a thread to read the data": SYSTEM,
    "cannot start thread … of …": SYSTEM, "cannot lock …": SYSTEM, "error: cannot write '…': …": SYSTEM,
    "could not write its last rows": SYSTEM, "the weights are lost": SYSTEM,
    "it has grown while it was read": "another process has to write in that moment",
    "there are more than … files": "it takes eight million files",
    "reading the data: … of … rows": "it is drawn of what takes longer than a second",
}


def lines_with(text, part):
    """The lines of a text in which a part stands."""
    at = text.find(part)
    while at >= 0:
        end = text.find("\n", at)
        yield text[text.rfind("\n", 0, at) + 1:end if end >= 0 else len(text)]
        at = text.find(part, end) if end >= 0 else -1


def in_order(pieces, text):
    """Whether all of them stand in a text, one behind the other."""
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def is_whole(pieces, text):
    return any(in_order(pieces, line) for line in lines_with(text, max(pieces, key=len)))


def held_characters(pieces, part):
    """How much of the message's fixed text a text has which is part of an instance of it; 0 if it is none."""
    part, best = part.strip(HOLE + "^$*"), 0
    for first in range(len(pieces)):
        begun = next((k for k in range(min(len(pieces[first]), len(part)), 0, -1)
                      if part.startswith(pieces[first][-k:])), 0)
        if part and part in pieces[first]:
            return len(part)
        for last in range(first + 1, len(pieces)):
            rest = part[begun:]
            ended = next((k for k in range(min(len(pieces[last]), len(rest)), 0, -1)
                          if rest.endswith(pieces[last][:k])), 0)
            between = pieces[first + 1:last]
            if in_order(between, rest[:len(rest) - ended]):
                best = max(best, begun + ended + sum(map(len, between)))
    return best


def words(text):
    return set(re.findall(r"[a-zA-Z-]{3,}", text))


def held_by_parts(distinct, parts):
    """The messages of which a part is expected that is part of no other."""
    having, held = {}, set()
    for pieces in distinct:
        for word in words(" ".join(pieces)):
            having.setdefault(word, set()).add(pieces)
    for part in parts:
        shared = {}
        for word in words(part):
            for pieces in having.get(word, ()):
                shared[pieces] = shared.get(pieces, 0) + 1
        nearly = max(2, max(shared.values(), default=0) - 1)
        count = {pieces: held_characters(pieces, part) for pieces, n in shared.items() if n >= nearly}
        most = max(count.values(), default=0)
        best = [pieces for pieces, n in count.items() if n == most]
        if most >= LEAST and len(best) == 1:
            held.add(best[0])
    return held


def main():
    root = Path(sys.argv[1])
    messages = Sources(root).messages()
    distinct = {message.pieces for message in messages}
    own = {root / "tests/unheld.py", *(root / "tests/said").glob("*.py"), root / "tests/explain.py"}
    lines, parts = expectations(root / "tests", own)
    everything = lines + "\n" + "\n".join(parts)
    held = held_by_parts(distinct, parts)
    whole = {pieces for pieces in distinct if is_whole(pieces, everything)}
    unheld = [m for m in messages if m.pieces not in held and m.pieces not in whole]
    excused = {text: 0 for text in UNCAUSED}
    missing = []
    for message in unheld:
        text = "…".join(message.pieces)
        excuse = next((one for one in UNCAUSED if re.search(one, text)), None)
        if excuse is None:
            missing.append(f"{message.place}: {text}")
        else:
            excused[excuse] += 1
    for line in missing:
        print(line)
    unused = [text for text, n in excused.items() if not n]
    for text in unused:
        print(f"no message is like this any more, or it is in a test: {text}")
    print(f"{len(distinct)} messages, {len(missing)} of them in no test, {sum(excused.values())} that none can cause")
    sys.exit(bool(missing or unused))


main()
