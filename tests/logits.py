# SPDX-License-Identifier: MIT
"""Softmax and the crossentropies of logits, near 0, far apart and as large as floats go, against the
same formulas in double: `PROGRAM verify` says what a program computes of one sample. The logits are the
input, through a Dense layer of ones on the diagonal, so the gradient of its bias is the loss's slope.
    python3 logits.py CNNC [FLAG...]      flags of `cnnc build`
"""
import math
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parent / "rows"))
import case

ULPS = 4  # of a probability
LOSS = 3e-7  # relative beyond 1, absolute below
MODEL = """model = Sequential([Input(({k},)), Dense({k}{end})])
model.compile(loss={loss}, optimizer="sgd")
"""
LOSSES = {  # what ends the model, and the loss
    "categorical": (', activation="softmax"', '"categorical_crossentropy"'),
    "categorical logits": ("", "keras.losses.CategoricalCrossentropy(from_logits=True)"),
    "sparse": (', activation="softmax"', '"sparse_categorical_crossentropy"'),
    "sparse logits": ("", "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"),
    "binary": (', activation="sigmoid"', '"binary_crossentropy"'),
    "binary logits": ("", "keras.losses.BinaryCrossentropy(from_logits=True)"),
}
LARGEST = 3.4028234e38


def rows(k):
    """Logits of a sample."""
    draw = random.Random(k)
    for size in (1e-30, 1e-3, 1, 8, 30, 80, 200, 1e4, 1e30):
        yield [draw.uniform(-size, size) for _ in range(k)]
        yield [size * (i == k // 2) for i in range(k)]
    for far in (87, 100, 1e10, LARGEST):
        yield [-far if i else far for i in range(k)]
        yield [far] * k
        yield [-far] * k
    yield [50 + draw.uniform(-1e-3, 80) for _ in range(k)]
    yield [draw.uniform(-86, 0.7) for _ in range(k)]


def softmax(z, hit):
    """Probabilities, and -log of the one that is right."""
    most = max(z)
    e = [math.exp(v - most) for v in z]
    total = math.fsum(e)
    return [v / total for v in e], math.log1p(total - 1) - (z[hit] - most)


def sigmoid(z, y):
    p = [1 / (1 + math.exp(-v)) if v > -700 else 0.0 for v in z]
    losses = [max(v, 0) - v * t + math.log1p(math.exp(-abs(v))) for v, t in zip(z, y)]
    return p, math.fsum(losses) / len(z)


def near(seen, true, y, parts):
    """Is it (true - y) / parts? Where nothing is taken away, to the last places."""
    if y:
        return abs(seen - (true - y) / parts) <= 1e-6 / parts
    true /= parts
    least = 2.0 ** -126
    return abs(seen - true) <= max(ULPS * 2.0 ** (math.frexp(true)[1] - 24), least)


class Program:
    def __init__(self, cnnc, flags, folder, kind, k):
        self.kind, self.k, self.folder = kind, k, folder
        self.program = folder / "program"
        end, loss = LOSSES[kind]
        model = folder / "model.cnn"
        model.write_text(MODEL.format(k=k, end=end, loss=loss))
        subprocess.run([cnnc, "build", *flags, model, "-o", self.program], check=True)

    def computes(self, z, hit):
        """Loss and slopes; also the labels."""
        k = self.k
        one_hot = [float(i == hit) for i in range(k)]
        sparse = self.kind.startswith("sparse")
        zeros = case.floats([k], [0] * k)
        diagonal = [float(i % (k + 1) == 0) for i in range(k * k)]
        given, seen = self.folder / "in.safetensors", self.folder / "out.safetensors"
        case.write(given, {
            "x": case.floats([1, k], z),
            "y": ("I32", [1], case.array.array("i", [hit])) if sparse
            else case.floats([1, k], one_hot),
            "weights/dense/kernel": case.floats([k, k], diagonal),
            "weights/dense/bias": zeros,
            "loss": case.floats([1], [0]),
            "grad/dense/bias": zeros,
        })
        command = [self.program, "verify", given, "-o", seen, "--threads", "1"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode > 1:  # 1: it is not what the case says
            sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
        tensors = case.read(seen)
        return tensors["loss"][2][0], tensors["grad/dense/bias"][2], one_hot

    def wrong(self, z, hit):
        """What is wrong about one sample, or None."""
        z = list(case.floats([self.k], z)[2])  # as floats are
        loss, slopes, y = self.computes(z, hit)
        binary = self.kind.startswith("binary")
        p, true = sigmoid(z, y) if binary else softmax(z, hit)
        parts = self.k if binary else 1  # whose mean is the loss
        small = true * parts <= LARGEST  # else the sum is infinite, as Keras's is
        if not (abs(loss - true) <= LOSS * max(1, true) if small else loss > 0):
            return f"loss {loss:.9g}, true {true:.9g}"
        for i, slope in enumerate(slopes):
            if not near(slope, p[i], y[i], parts):
                return f"slope {i} is {slope:.9g}, of p = {p[i]:.9g}, y = {y[i]}"
        return None


def main(cnnc, *flags):
    failures = samples = 0
    for kind in LOSSES:
        for k in (3, 37):
            with tempfile.TemporaryDirectory() as folder:
                program = Program(cnnc, flags, pathlib.Path(folder), kind, k)
                for z in rows(k):
                    for hit in {0, k // 2}:
                        samples += 1
                        wrong = program.wrong(z, hit)
                        if wrong:
                            failures += 1
                            text = ", ".join(f"{v:.6g}" for v in z[:4])
                            print(f"{kind}, {k} logits [{text} ...], label {hit}: {wrong}")
    print(f"{samples} samples, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
