#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--pin keeps each thread on a CPU of its own, changes no bit, and says where it cannot.
    pin.py CNNC MAKE_DIGITS MODEL.cnn MANY_CPUS"""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

cnnc, digits, model, many = (Path(word).resolve() for word in sys.argv[1:])


def train(*words, code=0, **environment):
    done = subprocess.run(["./net", "train", "--data", "data", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})
    assert done.returncode == code, (words, done)
    return done.stderr


def allowed(process):
    """The CPUs of each thread, as they are now."""
    sets = []
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            text = (task / "status").read_text()
        except OSError:
            continue
        sets.append(re.search(r"^Cpus_allowed_list:\t(.*)$", text, re.M)[1])
    return sorted(sets)


def children(process):
    return [int(n) for n in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def watched(seen, *words):
    """Is it seen while a long training runs? It is then ended."""
    long = subprocess.Popen(["./net", "train", "--data", "data", "--epochs", "100000", "--pin", *words],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end, last = time.monotonic() + 60, None
    while time.monotonic() < end and long.poll() is None:
        try:
            last = seen(long.pid)
        except OSError:
            last = None
        if last is True:
            break
    running = long.poll() is None
    long.terminate()
    long.wait()
    assert running and last is True, (words, last)


def each_on_its_own(cpus):
    """Threads of a process on these, one each: main is there while the others run."""
    return lambda process: allowed(process) == cpus or allowed(process)


def runs_apart(cpus):
    def seen(process):
        found = sorted(cpu for child in children(process) for cpu in allowed(child))
        return found == cpus or found
    return seen


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    Path("data").mkdir()
    subprocess.run([digits, "data", "700", "100", "1"], check=True)
    subprocess.run([cnnc, "build", model, "-o", "net"], check=True)
    usable = sorted(os.sched_getaffinity(0))
    train("--epochs", "2", "--threads", "1", "--out", "one.st")
    for threads in (1, 2):
        train("--epochs", "2", "--pin", "--threads", str(threads), "--out", "pinned.st")
        assert Path("one.st").read_bytes() == Path("pinned.st").read_bytes(), f"other bits, {threads} threads pinned"
    if len(usable) > 1:
        said = train("--pin", "--threads", str(len(usable) + 3), "--epochs", "1", code=3, LD_PRELOAD=str(many))
        assert re.fullmatch(r"mlp: error: --pin: thread \d+ of \d+ is not let onto CPU \d+: .*\n", said), said
    os.sched_setaffinity(0, usable[:2])
    pair = sorted(map(str, usable[:2]))
    if len(pair) == 2:
        watched(each_on_its_own(pair), "--threads", "2")
        watched(runs_apart(pair), "--threads", "2", "--runs", "2")
