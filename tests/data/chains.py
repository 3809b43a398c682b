#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random chains of steps on data: shapes, types and values are those that numpy makes of the same lines.

chains.py CNNC [--count N] [--seed S]: each seed is a script of a few lines, of which numpy does each as it is drawn;
those that it refuses, or whose results are too large, are dropped. cnnc runs the script, whose last line writes one of
the arrays. A script that cnnc refuses says nothing; too many of them do. One that fails is printed.
"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import interpreter

os.environ["NPY_PROMOTION_STATE"] = "weak"  # numpy 1.24 and later 1.x: types of numbers as numpy 2 has them
try:
    import numpy as np
except ImportError:
    python = interpreter.with_numpy()
    if not python:
        sys.exit(77)
    os.execv(python, [python, *sys.argv])

ROWS = 12
TYPES = ["float32", "float64", "int32", "int64", "uint8", "int8", "int16", "uint16", "uint32"]
NUMBERS = "1 2 3 0.5 255 255.0 -1 10 -2.5 100 1000 0.1 1e-3 127.5 7 0 300 -7 65536".split()
LARGEST = 1e7  # what is larger shows in float32 whether it is computed, but not how well
HEAD = "import numpy as np\nfrom tensorflow import keras\n"
TAIL = """
print({name}.shape, {name}.dtype)
rows = {rows}
model = keras.Sequential([keras.layers.Input(rows.shape[1:]), keras.layers.Activation("linear")])
model.compile("sgd", "mse")
found = model.predict(rows)
np.save("found.npy", found)
"""


def write_files():
    rng = np.random.RandomState(0)
    arrays = {"bytes": rng.randint(0, 256, (ROWS, 4, 3)).astype("uint8"), "flat": rng.randint(0, 256, (ROWS, 6)).astype("uint8"),
              "single": rng.randn(ROWS, 6).astype("float32"), "deep": rng.randn(ROWS, 2, 3).astype("float32"),
              "double": rng.randn(ROWS, 6) * 3, "short": rng.randint(-300, 300, (ROWS, 6)).astype("int16"),
              "long": rng.randint(-9, 9, (ROWS, 6)), "signed": rng.randint(-9, 9, (ROWS, 6)).astype("int8"),
              "labels": rng.randint(0, 5, ROWS), "column": rng.randint(0, 5, (ROWS, 1)).astype("uint8"),
              "wide": rng.randint(0, 70000, (ROWS, 6)).astype("uint32"), "words": rng.randint(0, 2000, (ROWS, 6)).astype("uint16"),
              "truths": rng.randint(0, 2, (ROWS, 6)).astype(bool), "line": rng.randn(ROWS)}
    for name, array in arrays.items():
        np.save(f"{name}.npy", array)
    np.savez("both.npz", a=arrays["single"], b=arrays["labels"])
    np.savetxt("text.txt", rng.randn(ROWS, 5))
    return [f'np.load("{name}.npy")' for name in arrays] + [
        'np.load("both.npz")["a"]', 'np.loadtxt("text.txt")', 'np.loadtxt("text.txt", usecols=1)',
        "np.array([[1, 2, 3], [4, 5, 6.5]])", 'np.array([[1, 2], [3, 4], [5, 6]], dtype="float32")', "np.array([1, 2, 4.5])"]


class Chain:
    def __init__(self, seed, sources):
        self.random, self.sources = random.Random(seed), sources
        self.names, self.lines, self.made = {"np": np}, [], 0
        self.arrays = []  # names, in the order in which they came
        self.add([], f"np.random.seed({self.below(9)})")
        self.add([], f"rng = np.random.RandomState({self.below(9)})")

    def one(self, *items):
        return self.random.choice(items)

    def below(self, n):
        return self.random.randrange(n)

    def axis(self, x):
        if self.below(5) == 0 or x.ndim == 0:
            return "axis=None"
        if self.below(4) and x.ndim > 1:
            return f"axis={tuple(self.random.sample(range(x.ndim), self.random.randrange(1, x.ndim + 1)))}"
        return f"axis={self.random.randrange(-x.ndim, x.ndim)}"

    def part(self, n):
        start, stop = self.random.randrange(-n, n), self.random.randrange(-n, n + 2)
        return self.one(":", "::-1", f"{start}", f"{start}:", f":{stop}", f"{start}:{stop}", f"::{1 + self.below(3)}",
                        f"{start}:{stop}:{1 + self.below(3)}")

    def parts(self, x):
        parts = [self.part(n) for n in x.shape[: 1 + self.below(max(x.ndim, 1))]]
        if self.below(5) == 0:
            parts.insert(self.below(len(parts) + 1), self.one("None", "np.newaxis", "..."))
        return ", ".join(parts) or "..."

    def drawn(self, shape, dimensions):
        """Random numbers of a shape."""
        kind, low, high = self.one("int64", "int32"), self.below(9), 10 + self.below(300)
        return self.one("np.random.", "np.random.", "rng.") + self.one(
            f"normal(0.5, 2, {shape})", f"normal(size={shape})", f"uniform(-1, 3, {shape})", f"uniform(size={shape})",
            f"randn({dimensions})", f"rand({dimensions})", f"random({shape})", f"random_sample({shape})",
            f"standard_normal({shape})", f"randint({low}, {high}, {shape})",
            f'randint({high}, size={shape}, dtype="{kind}")')

    def truths(self):
        """One a row of some array."""
        name, less = self.one(*self.arrays), self.one("==", "!=", "<", "<=", ">", ">=")
        column = "".join([name, ".reshape(-1)" if self.names[name].ndim != 1 and self.below(3) == 0 else "",
                          "[:, 0]" if self.names[name].ndim == 2 else ""])
        one = f"({column} {less} {self.below(5)})"
        return self.one(one, one, f"~{one}", f"{one} | ({column} > 100)", f"{one} & ({column} != 1)",
                        f"np.isin({column}, [{self.below(4)}, {self.below(4)}])", f"np.logical_not({one})",
                        f"np.logical_or({one}, {column} == 2)", f"np.logical_and({one}, {column} < 50)")

    def value(self, name):
        """An expression of the array of that name."""
        x, other, number = self.names[name], self.one(*self.arrays), self.one(*NUMBERS)
        kind, rows = self.one(*TYPES), x.shape[0] if x.ndim else 1
        sign, less = self.one("+", "-", "*", "/"), self.one("==", "!=", "<", "<=", ">", ">=")
        figure, kept = self.one("mean", "std", "sum", "min", "max"), self.one("", ", keepdims=True")
        order = [0] + self.random.sample(range(1, x.ndim), x.ndim - 1) if x.ndim else []
        return self.one(
            *3 * [f"{name} {sign} {number}", f"{name} {sign} {other}", f"{name}[{self.parts(x)}]"],
            *2 * [f'{name}.astype("{kind}")', f"{name}.{figure}({self.axis(x)}{kept})"],
            f"{number} {sign} {name}", f"{name} ** {self.one('2', '3', '7', '0.5', '100')}", f"-{name}",
            f"np.{figure}({name}, {self.axis(x)}{kept})", f"{name} {sign} {name}.{figure}(axis=0)",
            f"np.{self.one('abs', 'sqrt', 'exp', 'log', 'sin', 'cos', 'tanh', 'rint')}({name})",
            f"np.clip({name}, {self.one('0', '-1', '0.5')}, {self.one('1', '7', '100.0')})", f"np.round({name}, {self.below(3)})",
            f"{name}.reshape({self.one(f'({rows}, -1)', '-1', f'({rows}, -1, 1)', '(-1, 1)', f'({rows}, 2, -1)')})",
            f"np.reshape({name}, {self.one('-1', f'({rows}, -1)')})", f"np.expand_dims({name}, {self.random.randrange(-2, 3)})",
            f"np.squeeze({name})", f"np.transpose({name}, {tuple(order)})", f"{name}.T", f"{name}.flatten()", f"np.ravel({name})",
            f"np.concatenate([{name}, {other}], axis={self.below(2)})", f"np.vstack([{name}, {other}])",
            f"np.hstack([{name}, {other}])", f"np.append({name}, {other}, axis=0)", f"np.repeat({name}, 2, axis={self.below(3)})",
            f"np.argmax({name}, axis={self.random.randrange(-1, 2)})", f"{name}.copy()", f"np.array({name})",
            f'np.asarray({name}, "{kind}")', f"np.arange({rows})", f'np.ones({rows}, "{kind}")', f"np.full({rows}, {number})",
            f"np.zeros_like({name})", f"np.full_like({name}, 7)", f"np.where({name} {less} 2, {number}, {self.one(*NUMBERS)})",
            f"({name} {less} {number}){self.one('', ' * 2.0', ' + 1')}", f"np.random.permutation({name})",
            f"{name}[np.random.permutation(len({name}))[:{1 + self.below(ROWS)}]]",
            f"np.{self.one('flip', 'flip', 'fliplr', 'flipud')}({name})", f"np.flip({name}, {self.random.randrange(-2, 3)})",
            f"np.moveaxis({name}, {self.random.randrange(-2, 3)}, {self.random.randrange(-2, 3)})",
            f"np.swapaxes({name}, {self.random.randrange(-2, 3)}, {self.random.randrange(-2, 3)})", f"np.square({name})",
            f"np.stack([{name}, {self.one(name, name, other)}], axis={self.random.randrange(-1, 3)})",
            f"np.{self.one('maximum', 'minimum')}({name}, {self.one(*NUMBERS)})", f"np.minimum({number}, {name})",
            f"np.{self.one('add', 'subtract', 'multiply', 'divide')}({name}, {self.one(other, number)})",
            f"np.column_stack([{name}, {other}])", f"np.column_stack([{name}])", f"np.ascontiguousarray({name})",
            f"np.{self.one('eye(5)', 'eye(9)', 'identity(5, {!r})'.format(kind))}[{name}]",
            f"np.concatenate([{name}, {name}], axis=-1)",
            *2 * [f"{name} {sign} {self.drawn(f'{name}.shape', f'*{name}.shape')}"],
            self.drawn(rows, rows), self.drawn(f"({rows}, 3)", f"{rows}, 3"),
            f"np.pad({name}, {((0, 0),) + ((self.below(2), self.below(3)),) * (x.ndim - 1)})",
            f"np.pad({name}, [(0, 0), (2, 1)], 'constant', constant_values={number})",
            f"{name}[rng.permutation({rows})]", *2 * [f"{name}[{self.truths()}]"], self.truths(),
            f"{self.one('np.random', 'rng')}.permutation({rows})", f"np.where({self.truths()})[0]", f"np.flatnonzero({self.truths()})",
            f"np.where({self.truths()}, {number}, {self.one(*NUMBERS)})",
            f"{name}[np.where({self.truths()}){self.one('', '[0]', '[0][1:]')}]", f"{name}[np.flatnonzero({self.truths()})]",
            f"np.full({rows}, len(np.unique({name})) + np.shape({name})[-1] + np.ndim({name}) + np.size({name}))")

    def new(self):
        self.made += 1
        return f"v{self.made}"

    def line(self):
        """Names that a line binds, and the line."""
        if not self.arrays or self.below(8) == 0:
            name = self.new()
            return [name], f"{name} = {self.one(*self.sources)}"
        name, other = self.one(*self.arrays), self.one(*self.arrays)
        kind = self.below(20)
        if kind < 3:
            return [], f"{name} {self.one('+', '-', '*', '/', '**')}= {self.one(other, *NUMBERS)}"
        if kind == 3:
            return [], f"{self.one('np.random', 'rng')}.shuffle({name})"
        made, more = self.new(), self.new()
        if kind == 4:
            return [made, more], f"{made}, {more} = np.split({name}, {self.one('2', '[4]', '[7]')})"
        made = made if kind > 6 else name
        return [made], f"{made} = {other if kind == 7 else self.value(name)}"

    def good(self, name):
        x = self.names[name]
        if not isinstance(x, (np.ndarray, np.generic)) or x.ndim > 5 or not 0 < x.size <= 3000:
            return False
        return bool(np.isfinite(x).all() and (np.abs(np.asarray(x, float)) < LARGEST).all())

    def add(self, made, line):
        """The line, if numpy does it; else all is as it was."""
        generators = [np.random, *(self.names[name] for name in ("rng",) if name in self.names)]
        before, drawn = dict(self.names), [of.get_state() for of in generators]
        values = {name: np.copy(self.names[name]) for name in self.arrays}
        try:
            with np.errstate(all="ignore"):
                exec(line, self.names)  # pylint: disable=exec-used
            fine = all(self.good(name) for name in self.arrays + made)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            fine = False
        if fine:
            self.lines.append(line)
            self.arrays += [name for name in made if name not in self.arrays]
            return
        for of, state in zip(generators, drawn):
            of.set_state(state)
        self.names = before
        for name, value in values.items():
            if isinstance(before[name], np.ndarray):
                before[name][...] = value

    def script(self):
        for _ in range(4 + self.below(10)):
            self.add(*self.line())
        rows = [name for name in self.arrays if self.names[name].ndim]
        if not rows:
            return None, None
        name = rows[-1] if self.below(3) else self.one(*rows)
        x = self.names[name]
        shaped = f"{name}.reshape(-1, 1)" if x.ndim == 1 else name
        return HEAD + "\n".join(self.lines) + TAIL.format(name=name, rows=shaped), x


def wrong(cnnc, script, x):
    """What cnnc makes of it that numpy does not; None: it refuses it."""
    found = pathlib.Path("found.npy")
    found.unlink(missing_ok=True)
    pathlib.Path("chain.py").write_text(script)
    run = subprocess.run([cnnc, "run", "chain.py"], capture_output=True, text=True)
    if run.returncode not in (0, 1, 3):
        return f"exit code {run.returncode}: {run.stderr}"
    if run.returncode or not found.exists():
        return None
    if run.stdout.splitlines()[0] != f"{x.shape} {x.dtype}":
        return f"{run.stdout.splitlines()[0]}, in numpy {x.shape} {x.dtype}"
    seen, wanted = np.load(found), np.asarray(x, "float32").reshape(x.shape if x.ndim > 1 else (-1, 1))
    near = 0 if x.dtype.kind in "iub" else 3e-6 * np.abs(wanted) + 2e-6 * np.abs(wanted).max()
    bad = ~(np.abs(seen - wanted) <= near)  # nor is nan
    return f"{seen[bad][:5]}, in numpy {wanted[bad][:5]}" if bad.any() else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cnnc", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    cnnc, held, failed = args.cnnc.resolve(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sources = write_files()
        for seed in range(args.seed, args.seed + args.count):
            script, x = Chain(seed, sources).script()
            why = wrong(cnnc, script, x) if script else None
            held += why is not None
            failed += bool(why)
            if why:
                print(f"--seed {seed}: {why}\n{script}", flush=True)
        os.chdir("/")
    print(f"{held} of {args.count} chains held to numpy {np.__version__}, {failed} of them are not as there")
    sys.exit(failed > 0 or 2 * held < args.count)


main()
