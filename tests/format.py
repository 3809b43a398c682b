#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cnnc fmt changes no meaning and loses no comment, on every script of the tests; what it made it leaves as it is.
    format.py CNNC [N]     every N-th of them"""
import io
import re
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path

cnnc = Path(sys.argv[1]).resolve()
EACH = int(sys.argv[2]) if len(sys.argv) > 2 else 1
here = Path(__file__).resolve().parent
SCRIPTS = sorted([*here.glob("scripts/*.py"), *here.glob("compiler/**/*.cnn"), *here.glob("goldens/*.cnn"),
                  *here.parent.glob("models/*.cnn"), *here.glob("data/*.py")])[::EACH]

WHOLE = {path for path in SCRIPTS if path.parent.name in ("scripts", "models", "goldens")}


def run(*words, code=None, text=None):
    done = subprocess.run([cnnc, *words], check=False, capture_output=True, input=text)
    assert code is None or done.returncode == code, (words, done.returncode, done.stderr.decode())
    return done


def dump(stage, text):
    """A stage of the compiler without places in the text."""
    done = run("check", f"--dump={stage}", "-Wno-foreign", "-", text=text)
    return done.returncode, re.sub(rb"@?\d+:\d+(-\d+:\d+)?", b"", done.stdout)


def comments(text):
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text.decode()).readline)
        return [t.string.rstrip() for t in tokens if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return None


def keeps_meaning(path):
    text = path.read_bytes()
    made = run("fmt", "-", text=text)
    if made.returncode:
        assert dump("ast", text)[0] or made.returncode == 1, path
        return 0
    out = made.stdout
    assert run("fmt", "-", text=out, code=0).stdout == out, f"{path} is laid out anew once more"
    assert dump("ast", text) == dump("ast", out), f"{path} has another tree"
    if path in WHOLE:
        assert dump("graph", text) == dump("graph", out), f"{path} has another model"
    before = comments(text.lstrip(b"\xef\xbb\xbf"))
    assert before is None or before == comments(out), f"{path} has other comments"
    for line in out.decode().splitlines():
        assert line == line.rstrip() or '"""' in out.decode() or "'''" in out.decode(), (path, line)
    return 1


LOOSE = b"""\


import numpy   as np, os
# about the model
x=[ 1,2 ,3 ] [ 0 ]
def f( a,b = 2,*c,d : int=3,**e ) :
\tif a :return -b   # one line
\t# within
\telse:
\t\treturn a**-b
\t\t# still within
\t# f's last
# behind

class C :
  y = lambda v ,w=1:v [1 :-1]


  z = {'a' : 1,** x, }
model = Sequential( [
  Input( shape = (28,28, 1) ),
      Dense(10 ,
        activation='relu'), # ten


  ] )
for i in range( 3) : print( i , end = '' ) ; print (i)
a = 1 + \\
 2
b = (1
   +2)
s = f( x,  # first
   x[ : , 1: ,::2 ])
print(\"\"\"kept
   as it   is\"\"\" , not  x , ~ 3 if x else - 3 , 1 .real)
w = np . array ( [ lambda q : q , * x ] )
#end"""
NEAT = b"""\
import numpy as np, os
# about the model
x = [1, 2, 3][0]
def f(a, b=2, *c, d: int = 3, **e):
    if a: return -b  # one line
    # within
    else:
        return a ** -b
        # still within
    # f's last
# behind

class C:
    y = lambda v, w=1: v[1:-1]

    z = {'a': 1, **x,}
model = Sequential([
    Input(shape=(28, 28, 1)),
    Dense(10,
        activation='relu'),  # ten

])
for i in range(3): print(i, end=''); print(i)
a = 1 + \\
    2
b = (1
    + 2)
s = f(x,  # first
    x[:, 1:, ::2])
print(\"\"\"kept
   as it   is\"\"\", not x, ~3 if x else -3, 1 .real)
w = np.array([lambda q: q, *x])
#end
"""


def has_one_layout():
    assert run("fmt", "-", text=LOOSE, code=0).stdout == NEAT, run("fmt", "-", text=LOOSE).stdout.decode()
    assert run("fmt", "-", text=NEAT.replace(b"\n", b"\r\n").replace(b"kept\r\n", b"kept\n")).stdout == NEAT
    assert run("fmt", "-", text=b"", code=0).stdout == b""
    assert run("fmt", "-", text=b"# alone", code=0).stdout == b"# alone\n"


def writes_files():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.py"
        path.write_bytes(LOOSE)
        assert b"would change" in run("fmt", "--check", path, code=1).stderr and path.read_bytes() == LOOSE
        run("fmt", "-i", path, code=0)
        assert path.read_bytes() == NEAT
        assert run("fmt", "--check", path, code=0).stderr == b""
        path.write_bytes(b"x = (1,\n")
        assert b"is never closed" in run("fmt", "-i", path, code=1).stderr and path.read_bytes() == b"x = (1,\n"
        run("fmt", "--check", "-i", path, code=2)
        said = run("fmt", "-i", "-", text=LOOSE, code=2)
        assert said.stdout == b"" and b"fmt -i writes a file in its place" in said.stderr
        (Path(folder) / "n.ipynb").write_bytes(b'{"cells": []}')
        run("fmt", Path(folder) / "n.ipynb", code=2)


FOREIGN = b"""\
import matplotlib.pyplot as plt
import os, time
start = time.time()  # when
(x, y), (xt, yt) = keras.datasets.mnist.load_data()
if not os.path.exists("out"):
    os.makedirs("out")
model = Sequential([Input((28, 28)), Flatten(), Dense(10, activation="softmax")])
for i in range(2):
    plt.subplot(1, 2, i + 1)
    print("row", i)
for i in range(2):
    plt.imshow(x[i])
def show(): plt.show(); print("shown")
def empty():
    plt.show()
show()
empty()
model.compile("adam", "sparse_categorical_crossentropy")
with open("log") as f:
    f.write("x")
h = model.fit(x, y)
plt.plot(h.history["loss"]); print("done")
"""
KEPT = b"""\
import matplotlib.pyplot as plt
import os, time
# when
(x, y), (xt, yt) = keras.datasets.mnist.load_data()

model = Sequential([Input((28, 28)), Flatten(), Dense(10, activation="softmax")])
for i in range(2):

    print("row", i)
for i in range(2):
    pass
def show(): pass; print("shown")
def empty():
    pass
show()
empty()
model.compile("adam", "sparse_categorical_crossentropy")

h = model.fit(x, y)
pass; print("done")
"""


def leaves_out_what_is_foreign():
    made = run("fmt", "--model", "-", text=FOREIGN, code=0).stdout
    assert made == KEPT, made.decode()
    assert run("check", "-", text=made, code=0).stderr == b""
    for path in sorted(here.glob("scripts/*.py"))[::EACH]:
        text = path.read_bytes()
        done = run("fmt", "--model", "-", text=text)
        if done.returncode == 0:
            assert dump("graph", text) == dump("graph", done.stdout), path
            assert b"Wforeign" not in run("check", "-", text=done.stdout).stderr, (path, done.stdout.decode())


kept = sum(keeps_meaning(path) for path in SCRIPTS)
assert kept > 300 / EACH, f"only {kept} scripts were laid out"
has_one_layout()
writes_files()
leaves_out_what_is_foreign()
