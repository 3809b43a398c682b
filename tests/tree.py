# SPDX-License-Identifier: MIT
"""Every gradient of a weight is, bit for bit, the sum of its leaves' along the leaf tree, whatever the
kernels, the threads and the samples of a leaf, which `plan --json` says: so machines that each have some leaves of a batch can share it.

The models have no bias. Of a sample that is all zeros every layer is zero then, and what it adds to a
gradient of a weight too: a batch of which only one leaf is not zeros has that leaf's gradient. Those are
added here, in float32, and compared with the gradient of the whole batch.
    python3 tree.py CNNC
"""
import json
import pathlib
import shlex
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent / "rows"))
sys.dont_write_bytecode = True
import case

BATCHES = 101, 40, 16 + 1, 7  # in leaves of 16: 7, the last of 5; 3; 2; 1
FEWER = BATCHES[1:]
DENSE = """model = Sequential([Input(({inputs},)), {layers}])
model.compile("sgd", "{loss}")
"""
NARROW = "Dense(1, use_bias=False)"
DEEP = ('Dense(50, use_bias=False, activation="relu"), Dense(33, use_bias=False, activation="tanh"), '
        'Dense(10, use_bias=False, activation="softmax")')
IMAGES = """model = Sequential([Input((10, 9, 3)), Conv2D(20, 3, use_bias=False, activation="relu"),
    MaxPooling2D(2), Conv2D(6, 3, use_bias=False, activation="relu"), Flatten(),
    Dense(40, use_bias=False, activation="softmax")])
model.compile("sgd", "categorical_crossentropy")
"""
ALL, DEFERRED = "", "dense"  # the weights that are looked at, by their names
# Winograd's kernels add leaves up at the points and transform the sum: of them the dense layers alone count.
MODELS = [(DENSE.format(inputs=45, layers=DEEP, loss="categorical_crossentropy"), [], ALL),
          (DENSE.format(inputs=300, layers=NARROW, loss="mean_squared_error"), [], ALL),
          (IMAGES, ["--kernels=plain"], ALL), (IMAGES, [], DEFERRED)]
FLAGS = {"": BATCHES, "--leaf=16": BATCHES, "--leaf=2": FEWER, "--kernels=plain": FEWER, "--blas=always": FEWER,
         "--blas=never": FEWER, "-mcpu=x86-64": FEWER, "-mcpu=x86-64-v3": FEWER, "-O0": FEWER}


def run(*command, ok=(0,)):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode not in ok:
        sys.exit(f"{shlex.join(map(str, command))}: {done.stderr}")
    return done


def rounded(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def tree(leaves):
    """Leaf 0 with 1, 2 with 3, then pairs of pairs; a float32 sum is the double's, rounded."""
    while len(leaves) > 1:
        pairs = [leaves[i:i + 2] for i in range(0, len(leaves), 2)]
        leaves = [[rounded(a + b) for a, b in zip(*pair)] if len(pair) > 1 else pair[0] for pair in pairs]
    return leaves[0]


def gradients(program, given, folder, threads):
    case.write(folder / "given", given)
    run(program, "verify", folder / "given", "-o", folder / "out", "--threads", threads, ok=(0, 1))
    return {key: list(of[2]) for key, of in case.read(folder / "out").items() if key.startswith("grad/")}


def leaf_of(plan, batch):
    return max(of["samples"] for of in plan["leaves"] if of["from"] <= batch)


def leaf_alone(given, first, leaf):
    """The case with the samples of one leaf; all others are zeros."""
    kind, shape, x = given["x"]
    size, alone = len(x) // shape[0], x[:]
    for i in range(len(x)):
        if not first <= i // size < first + leaf:
            alone[i] = 0
    return given | {"x": (kind, shape, alone)}


def check(program, given, samples, leaf, weights, folder):
    """The gradients that are something else, in words."""
    whole = gradients(program, given, folder, 1)
    for threads in 2, 3, 7:
        if gradients(program, given, folder, threads) != whole:
            return [f"{threads} threads: other bits"]
    leaves = [gradients(program, leaf_alone(given, at, leaf), folder, 1) for at in range(0, samples, leaf)]
    looked_at = [key for key in whole if weights in key]
    assert looked_at and all(any(whole[key]) for key in looked_at)
    return [key for key in looked_at if tree([leaf[key] for leaf in leaves]) != whole[key]]


def main():
    cnnc, wrong, sums, sizes = sys.argv[1], [], 0, set()
    blas = subprocess.run(["cc", "-x", "c", "-", "-lopenblas", "-o", "/dev/null"], text=True,
                          input="int main(void) { return 0; }", capture_output=True, check=False)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for text, fixed, weights in MODELS:
            (folder / "m.cnn").write_text(text)
            cases = {}
            for samples in BATCHES:
                run(cnnc, "verify-passes", folder / "m.cnn", "--samples", samples, "--write-case", folder / "case")
                cases[samples] = case.read(folder / "case")
            for flags, batches in FLAGS.items():
                if flags == "--blas=always" and blas.returncode:
                    continue
                words = [folder / "m.cnn", *fixed, *flags.split()]
                run(cnnc, "build", "-o", folder / "m", *words)
                plan = json.loads(run(cnnc, "plan", "--json", *words).stdout)
                for samples in batches:
                    leaf = leaf_of(plan, samples)
                    sizes.add(leaf)
                    off = check(folder / "m", cases[samples], samples, leaf, weights, folder)
                    wrong += [f"{text.splitlines()[0]} {flags}, {samples} samples: {key}" for key in off]
                    sums += 1
    if wrong:
        sys.exit("\n".join(wrong))
    assert len(sizes) > 3
    print(f"{sums} batches in leaves of {sorted(sizes)} samples: every gradient is the sum along the tree")


main()
