#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What reaches a terminal: a line that is drawn again fits it, however narrow it is, and a terminal
that knows no control codes gets none; nor do messages of the compiler.

    terminal.py CNNC MAKE_DIGITS MODEL.cnn
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

SURELY_LONG = 2.0  # seconds; a line comes after one


def fail(why):
    sys.exit(f"terminal.py: {why}")


def on_terminal(command, term, columns):
    """The bytes that command writes to a terminal of so many columns (0: it does not say)."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST  # as they are written
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    environment = {k: v for k, v in os.environ.items() if k not in ("TERM", "NO_COLOR")}
    if term is not None:
        environment["TERM"] = term
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs,
                               env=environment)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return process.wait(), seen


def check_program(program, data):
    command = [program, "train", "--data", data, "--epochs", "2", "--out", "w.safetensors"]
    for columns in (200, 80, 60, 40, 20, 8, 1, 0):
        code, seen = on_terminal(command, "xterm", columns)
        if code:
            fail(f"exit code {code}: {seen}")
        redrawn = re.findall(rb"\r([^\r\n]*)\033\[K(?!\n)", seen)
        if not redrawn:
            fail(f"nothing is drawn again at {columns} columns: {seen}")
        longest = max(len(line) for line in redrawn)
        if columns and longest >= columns:
            fail(f"a line of {longest} on a terminal of {columns} columns: {redrawn}")
        if columns in (200, 80, 0) and not all(b"[" in r and b"loss" in r for r in redrawn):
            fail(f"no bar or no loss at {columns} columns: {redrawn}")
    for term in ("dumb", "", None):
        code, seen = on_terminal(command, term, 80)
        if code or b"\033" in seen or b"\r" in seen or seen.count(b" - loss: ") != 2:
            fail(f"exit code {code} with TERM={term}: {seen}")


def check_compiler(cnnc):
    with open("wrong.cnn", "w", encoding="utf-8") as file:
        file.write("model = Sequential([Input((28, 28)), Nonsense()])\n")
    code, seen = on_terminal([cnnc, "check", "wrong.cnn"], "xterm", 80)
    if code != 1 or b"\033[" not in seen:
        fail(f"exit code {code}, or no colours: {seen}")
    for term in ("dumb", "", None):
        code, seen = on_terminal([cnnc, "check", "wrong.cnn"], term, 80)
        if code != 1 or b"\033" in seen:
            fail(f"exit code {code} with TERM={term}: {seen}")


def write_large(layers):
    with open("large.cnn", "w", encoding="utf-8") as file:
        file.write("model = Sequential([Input((32, 32, 3))])\n"
                   f"for i in range({layers}):\n"
                   "    model.add(Conv2D(16 + 8 * i, 3, padding='same', activation='relu'))\n"
                   "model.add(Flatten())\n"
                   "model.add(Dense(10, activation='softmax'))\n"
                   "model.compile(loss='categorical_crossentropy', optimizer='adam')\n")


def check_line(cnnc):
    """What takes more than a second to compile has a line meanwhile, which is gone at the end."""
    command = [cnnc, "build", "large.cnn", "-o", "large", "--time-passes"]
    took, layers = 0, 14
    while took < SURELY_LONG:  # as large a model as this machine needs
        if layers > 200:
            fail(f"{layers // 2} layers are compiled in {took} s: no machine is so fast")
        write_large(layers)
        code, seen = on_terminal(command, "xterm", 80)
        if code:
            fail(f"exit code {code}: {seen}")
        took, layers = float(re.findall(rb"cnnc: code +([0-9.]+) ms", seen)[0]) / 1e3, layers * 2
    drawn = re.findall(rb"\r(cnnc: code [^\r]*)\033\[K", seen)
    if not drawn or not re.search(rb"\r\033\[Kcnnc: code +[0-9.]+ ms", seen):
        fail(f"no line while code is made, or one that stays: {seen}")
    for line in drawn:
        if not re.match(rb"cnnc: code - [0-9]+s $|cnnc: code +[0-9]+ % - ETA: [0-9]+s $", line):
            fail(f"not what a line says: {drawn}")
    code, seen = on_terminal(command, "dumb", 80)
    if code or b"\r" in seen or b"ETA" in seen:
        fail(f"exit code {code} and a line on a terminal that cannot draw it: {seen}")


def main():
    cnnc, digits, model = (os.path.abspath(path) for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("data")
        subprocess.run([digits, "data", "400", "100", "1"], check=True)
        subprocess.run([cnnc, "build", model, "-o", "program"], check=True)
        check_program("./program", "data")
        check_compiler(cnnc)
        check_line(cnnc)


main()
