#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What programs refuse, with the whole of what they say: words on their command line, cases, data that are others than
those they were compiled with, rows to predict, states and logs. Each is really caused.
    refusals.py CNNC PART"""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from array import array
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "rows"))
import case
from programs import npy

cnnc = Path(sys.argv[1]).resolve()
INPUT = "model = Sequential([Input((4, 4, 1)), Flatten(), Dense(3, activation='softmax')])\n"
COMPILE = "model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
FIT = "model.fit(x_train, y_train, batch_size=8, epochs=2, verbose=2)\n"
NUMPY = "import numpy as np\nimport pandas as pd\nfrom sklearn.model_selection import train_test_split\n"
NETWORK = """\
model = keras.Sequential([keras.Input(x.shape[1:]), layers.Flatten(), layers.Dense(3, activation="softmax")])
model.compile("sgd", "{loss}")
model.fit(x, y, batch_size=4, epochs=1, verbose=2)
"""
SPARSE, SQUARES = "sparse_categorical_crossentropy", "mse"
BEYOND = (1 << 53) + 1


def script(name, text):
    Path(f"{name}.cnn").write_text(text, encoding="utf-8")
    return name


def build(name):
    done = subprocess.run([cnnc, "build", f"{name}.cnn"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run(name, words, **how):
    program = [f"./{name}"] if Path(name).exists() else [cnnc, "run", f"{name}.cnn"]
    return subprocess.run([*program, *map(str, words)], check=False, capture_output=True, text=True, timeout=120, **how)


def start(name, words):
    return subprocess.Popen([cnnc, "run", f"{name}.cnn", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def refuses(name, code, words, says, **how):
    """The program ends with that code, and with that error alone."""
    done = run(name, words, **how)
    assert done.returncode == code and done.stderr.endswith(f"{name}: error: {says}\n"), (words, done, says)


def warns(name, code, words, says, **how):
    done = run(name, words, **how)
    assert done.returncode == code and f"{name}: {says}\n" in done.stderr, (words, done, says)


def idx(half, shape, label):
    n, path = shape[0], Path("data")
    path.mkdir(exist_ok=True)
    size = 1
    for d in shape:
        size *= d
    (path / f"{half}-images-idx3-ubyte").write_bytes(
        bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(i * 7 % 251 for i in range(size)))
    (path / f"{half}-labels-idx1-ubyte").write_bytes(
        bytes([0, 0, 8, 1]) + struct.pack(">I", n) + bytes(label(i) for i in range(n)))


# ---- the command line

def options():
    script("own", INPUT + COMPILE + FIT)
    script("bare", INPUT)
    script("plain", INPUT + COMPILE + "model.evaluate(x_test, y_test)\n")
    script("val", INPUT + COMPILE + FIT.replace("verbose", "validation_data=(x_test, y_test), verbose"))
    refuses("own", 2, ["nonsense"], "unknown command or argument 'nonsense'; see --help")
    refuses("own", 2, ["--nonsense"], "unknown option '--nonsense'; see --help")
    refuses("own", 2, ["train", "--out="], "--out: its W is empty")
    refuses("own", 2, ["train", "--out"], "--out: its W is missing")
    refuses("own", 2, ["bench", "--json=no"], "--json takes no value")
    refuses("own", 2, ["bench", "--kernels", "--memory"],
            "--kernels and --memory each measure that alone; give one of them")
    refuses("own", 2, ["train", "--epochs", "many"],
            "--epochs: expected a whole number from 1 to 1000000000, seen 'many'")
    refuses("own", 2, ["train", "--weights", "w"], "--weights does not go with train; see --help")
    refuses("own", 2, ["--out", "w"], "--out does not go with a run without command; see --help")
    refuses("own", 2, ["train", *["--set", "epochs=1"] * 17], "--set is given more than 16 times")
    refuses("own", 2, ["train", "--every", "1epochs"], "--every goes with --checkpoint F or --resume F")
    refuses("own", 2, ["train", "--checkpoint", "c", "--every", "often"],
            "--every: expected 60s, 100steps or 2epochs, seen 'often'")
    refuses("own", 2, ["train", "--runs", "2", "--checkpoint", "c"],
            "--runs and --checkpoint exclude each other: a state is of one run")
    refuses("own", 2, ["evaluate"], "evaluate needs --weights W; train writes such a file")
    refuses("own", 2, ["predict", "--weights", "w"],
            "predict needs a file: an image, a folder, an IDX, NPY or CSV file")
    refuses("own", 2, ["report"], "report needs a log: RUN.jsonl of train --log RUN.jsonl")
    refuses("own", 2, ["predict", "--weights", "w", "--json", "--csv", "f"],
            "--json and --csv are two forms; give one of them")
    refuses("own", 2, ["verify"], "verify needs a CASE.safetensors")
    refuses("own", 2, ["train", "--out", "same", "--checkpoint", "same"],
            "--out and --checkpoint are one file, same")
    refuses("own", 2, ["train", "--log", "log.txt"], "--log log.txt: expected a name that ends in .csv or .jsonl")
    refuses("plain", 2, ["--log", "log.csv"], "--log: plain.cnn has no model.fit(); use the train command")
    refuses("bare", 1, ["train"], "bare.cnn has no model.compile(optimizer=, loss=), which training needs")
    refuses("bare", 2, ["train", "--set", "learning_rate=1"],
            "--set learning_rate: bare.cnn has no model.compile(optimizer=, loss=)")
    refuses("val", 2, ["train", "--set", "validation_split=0.5"],
            "--set validation_split: fit of val.cnn has validation_data")
    warns("bare", 0, [], "nothing to do; see --help")


# ---- cases

def cases():
    script("own", INPUT + COMPILE)
    script("bare", INPUT)
    script("pixels", "model = Sequential([Input((4, 4, 1)), Conv2D(3, 1, activation='softmax')])\n" + COMPILE)
    n, x, y, w = 2, [0.5] * 32, [0, 2], [0.0] * 48
    good = {"x": case.floats((n, 4, 4, 1), x), "y": ("I32", [n], array("i", y)),
            "weights/dense/kernel": case.floats((16, 3), w), "weights/dense/bias": case.floats((3,), w[:3]),
            "predict": case.floats((n, 3), [1 / 3] * 6)}

    def refused(says, name="own", without=(), **other):
        tensors = {key: value for key, value in {**good, **other}.items() if key not in without}
        case.write(Path("case"), tensors)
        refuses(name, 1, ["verify", "case"], says)

    case.write(Path("case"), good)
    assert run("own", ["verify", "case"]).returncode == 0
    refused("case: not a case: it has no x", without=["x"])
    refused("case: x is F32 (2, 2, 8); expected F32 samples of the model's Input (4, 4, 1)",
            x=case.floats((n, 2, 8), x))
    refused("case: y is F32 (2,); expected I32 class numbers (2, 1) for 2 samples and sparse_categorical_crossentropy",
            y=case.floats((n,), y))
    refused("case: y[1] is 3; expected 0 to 2", y=("I32", [n], array("i", [0, 3])))
    refused("case: has labels, but bare.cnn has no model.compile()", "bare")
    refused("case: has weights of samples, but own.cnn takes none", sample_weight=case.floats((n,), [1, 1]))
    refused("case: grad/dense/nothing is not computed by own.cnn", **{"grad/dense/nothing": case.floats((1,), [0])})
    refused("case: has loss, but no y to compute it from", without=["y"], loss=case.floats((1,), [0]))
    refused("case: nothing known is called extra", extra=case.floats((1,), [0]))
    refused("case: has nothing to recompute: no predict, loss, …", without=["predict"])
    weighted = INPUT.replace("Input((4, 4, 1))", "Input((28, 28))") + COMPILE + FIT.replace(
        "verbose", "sample_weight=np.ones(60000), verbose")
    script("weighted", "import numpy as np\n(x_train, y_train), _ = keras.datasets.mnist.load_data()\n" + weighted)
    other = {"x": case.floats((1, 28, 28), [0.5] * 784), "y": ("I32", [1], array("i", [0])),
             "weights/dense/kernel": case.floats((784, 3), [0] * 2352),
             "weights/dense/bias": case.floats((3,), [0] * 3),
             "predict": case.floats((1, 3), [1 / 3] * 3), "sample_weight": case.floats((2,), [1, 1])}
    case.write(Path("case"), other)
    refuses("weighted", 1, ["verify", "case"], "case: sample_weight is F32 (2,); expected an F32 for each sample")


# ---- data that are others than those that the program was compiled with

def changed(name, text, change, says, words=()):
    script(name, NUMPY + text)
    build(name)
    change()
    refuses(name, 1, words, says)


def arrays():
    npy("x.npy", (6, 4), "f", [i / 8 for i in range(24)])
    npy("y.npy", (6,), "q", [0, 1, 2, 0, 1, 2])
    npy("f.npy", (6,), "d", [0, 1, 2, 0, 1, 2])


def data():
    both = 'x = np.load("x.npy")\ny = np.load("y.npy")\n'
    sparse, squares = NETWORK.format(loss=SPARSE), NETWORK.format(loss=SQUARES)
    arrays()
    changed("shape", both + sparse, lambda: npy("x.npy", (6, 3), "f", [0] * 18),
            "x.npy: holds float32 of shape (6, 3), but the program is compiled for float32 of shape (6, 4)")
    arrays()
    changed("beyond", both + sparse, lambda: npy("y.npy", (6,), "q", [0, 1, BEYOND, 0, 1, 2]),
            "y.npy: row 2 holds an integer beyond 2^53, which is not supported")
    arrays()
    changed("missing", both + sparse, lambda: npy("x.npy", (6, 4), "f", [0] * 5 + [float("nan")] + [0] * 18),
            "the samples: row 1 holds a value that is missing")
    arrays()
    changed("class", both + sparse, lambda: npy("y.npy", (6,), "q", [0, 1, 2, 0, 1, 7]),
            "the labels: that of row 5 is 7, but the model tells 3 classes apart, 0 to 2")
    arrays()
    hot = both + "y = keras.utils.to_categorical(y, 3)\n" + NETWORK.format(loss="categorical_crossentropy")
    changed("hot", hot, lambda: npy("y.npy", (6,), "q", [0, 1, 5, 0, 1, 2]),
            "the data: row 2 has the class 5, but there are 3, 0 to 2")
    arrays()
    dummies = 'x = np.load("x.npy")\ny = pd.get_dummies(np.load("f.npy"))\n' + squares
    changed("none", dummies, lambda: npy("f.npy", (6,), "d", [0, 1, 2, 0, float("nan"), 2]),
            "the data: row 4 is no number, which is no category here")
    arrays()
    changed("more", dummies, lambda: npy("f.npy", (6,), "d", [0, 1, 2, 3, 1, 2]),
            "the data: row 3 has one more category, 3, than the 3 for which the program is compiled")
    arrays()
    split = both + "x, x_test, y, y_test = train_test_split(x, y, test_size=3, random_state=1, stratify=y)\n" + sparse
    changed("single", split, lambda: npy("y.npy", (6,), "q", [0, 0, 0, 1, 1, 2]),
            "the labels: stratify needs two rows of each class, but of one there is a single one")
    one = squares.replace("Dense(3", "Dense(1")
    rows = "a,b\n" + "1,2\n" * 6
    Path("t.csv").write_text(rows, encoding="utf-8")
    table = 'frame = pd.read_csv("t.csv")\nx, y = frame.values, frame["a"].values\n' + one
    changed("table", table, lambda: Path("t.csv").write_text(rows + "1,2\n", encoding="utf-8"),
            "t.csv: has 7 rows and 2 columns, but the program is compiled for 6 and 2")
    changed("gone", table, Path("t.csv").unlink,
            "no data: t.csv is not in the current folder; name its folder with --data DIR")
    for i in range(4):
        Path("pictures", "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Path("pictures", "ab"[i % 2], f"{i}.pgm").write_bytes(b"P5 4 4 255\n" + bytes(range(16)))
    folder = """train = keras.utils.image_dataset_from_directory("pictures", image_size=(4, 4), color_mode="grayscale")
""" + INPUT + COMPILE + "model.fit(train, epochs=1)\n"
    changed("folder", folder, Path("pictures/a/0.pgm").unlink,
            "pictures: has 3 images, but the program is compiled for 4")
    idx("train", (6, 4, 4), lambda i: i % 3)
    idx("t10k", (6, 4, 4), lambda i: i % 3)
    script("maps", "model = Sequential([Input((4, 4, 1)), Conv2D(3, 1, activation='softmax')])\n" + COMPILE + FIT)
    refuses("maps", 1, ["train", "--data", "data"],
            "data/train-labels-idx1-ubyte: holds a label for each image, but the model's output is "
            "(4, 4, 3) and its loss needs labels for all of that")
    mnist = "(x, y), _ = keras.datasets.mnist.load_data()\nx = x[:, ::2, ::2] / 255.0\n" + sparse
    script("mnist", mnist)
    idx("train", (5, 28, 28), lambda i: i % 3)
    refuses("mnist", 1, ["--data", "data"],
            "data: its images are of shape (5, 28, 28), but the program is compiled for (60000, 28, 28)")
    script("predicted", "_, (x, y) = keras.datasets.mnist.load_data()\nx = x / 255.0\n" + sparse +
           "p = model.predict(x)\nprint(p.argmax(axis=1))\n")
    idx("t10k", (5, 28, 28), lambda i: i % 3)
    refuses("predicted", 1, ["--data", "data"],
            "the data to predict have 5 rows, but the program is compiled for 10000")
    script("cifar", "(x, y), _ = keras.datasets.cifar10.load_data()\n" + sparse)
    for i in range(1, 6):
        Path(f"data/data_batch_{i}.bin").write_bytes(bytes(3072))
    refuses("cifar", 1, ["--data", "data"],
            "data/data_batch_1.bin: has 3072 bytes; expected records of 3073: 1 of labels, "
            "3072 of an image; get the file again")
    npy("x.npy", (125000, 4), "f", [0] * 500000)
    npy("y.npy", (125000,), "q", [0] * 125000)
    script("ahead", NUMPY + both + "x = x / 3\n" + sparse.replace("batch_size=4", "batch_size=1000"))
    warns("ahead", 0, ["--data-memory", "1"], "note: the samples need 2 MB, more than the 1 MB that data may take "
          "(--data-memory): they are made anew whenever they are used")


# ---- rows to predict

def given():
    arrays()
    npy("b.npy", (6, 4), "B", range(24))
    network = NETWORK.format(loss=SPARSE)
    y = 'y = np.load("y.npy")\n'
    for name, x in ("bytes", 'np.load("b.npy") / 255'), ("log", 'np.log(np.load("x.npy") + 1)'), \
            ("rows", 'np.load("x.npy") * np.load("f.npy").reshape(-1, 1)'), ("whole", 'np.load("i.npy") / 2'):
        npy("i.npy", (6, 4), "q", range(24))
        script(name, f"{NUMPY}x = {x}\n{y}{network}")
        assert run(name, ["train", "--out", f"{name}.safetensors"]).returncode == 0, name
    npy("half.npy", (1, 4), "f", [1, 2, 0.5, 3])
    npy("minus.npy", (1, 4), "f", [1, -1, 0, 3])
    npy("far.npy", (2, 4), "q", [1, 2, 3, 4, 5, BEYOND, 7, 8])

    def refused(name, file, says):
        refuses(name, 1, ["predict", "--weights", f"{name}.safetensors", file], says)

    refused("bytes", "half.npy",
            "half.npy:0: value 2 is 0.5, which is no uint8, as the training's data are before their steps")
    refused("log", "minus.npy", "the steps of the data make a value -inf of it")
    refused("rows", "half.npy",
            "the steps of the training's data are not for one sample: they take a value for each row, "
            "or all rows together")
    refused("whole", "far.npy", "far.npy:1: value 1 is an integer beyond 2^53")
    refused("bytes", "b.npy:9", "b.npy:9: it has 6 samples, 0 to 5")
    Path("b.csv").write_text("1,2,3,4\n5,6,7,8\n", encoding="utf-8")
    refused("bytes", "b.csv:9", "b.csv:9: it has 2 rows, 0 to 1")
    script("own", INPUT + COMPILE + FIT)
    idx("train", (6, 4, 4), lambda i: i % 3)
    assert run("own", ["train", "--data", "data"]).returncode == 0
    Path("big.pgm").write_bytes(b"P5 8 4 255\n" + bytes(range(32)))
    refuses("own", 1, ["predict", "--weights", "own.safetensors", "--exact", "big.pgm"],
            "big.pgm: is 8 x 4 pixels, but the model's images are 4 x 4; without --exact it is resized")


# ---- states, logs and what callbacks write

def checksum(path, change, *names):
    """The state with other figures or names, and the checksum of that."""
    raw = path.read_bytes().replace(*names) if names else path.read_bytes()
    size, = struct.unpack_from("<Q", raw)
    header, crc = json.loads(raw[8:8 + size]), 0
    body = bytearray(raw[8 + size:])
    tensors = [(name, entry["data_offsets"]) for name, entry in header.items() if name != "__metadata__"]
    (figures,) = (at for name, at in tensors if name.endswith("figures"))
    change(body, figures[0])
    for name, (begin, end) in tensors[:-1]:
        crc = zlib.crc32(bytes(body[begin:end]), zlib.crc32(name.encode() + b"\0", crc))
    begin = tensors[-1][1][0]
    body[begin:begin + 4] = struct.pack("<I", crc)
    path.write_bytes(raw[:8 + size] + body)


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


def states():
    idx("train", (16, 4, 4), lambda i: i % 3)
    at = ["--data", "data"]
    script("own", INPUT + COMPILE + FIT)
    state = Path("state")
    assert run("own", ["train", *at, "--checkpoint", "state", "--out", "w.safetensors"]).returncode == 0
    whole = state.read_bytes()

    def resumed(says):
        refuses("own", 1, ["train", *at, "--resume", "state", "--epochs", "3"], says)

    refuses("own", 1, ["train", *at, "--resume", "w.safetensors", "--epochs", "3"],
            "w.safetensors: not a checkpoint: a file of train's --checkpoint is needed")
    refuses("own", 1, ["train", *at, "--checkpoint", "/dev/null"], "/dev/null: a checkpoint must be a regular file")
    state.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    resumed("state: damaged: its checksum is another one")
    state.write_bytes(whole)
    checksum(state, lambda body, figures: None)
    assert state.read_bytes() == whole
    for figure in 9, 10, 11, 15:  # epoch, step, iterations, bytes of the log

        def minus(body, figures, figure=figure):
            struct.pack_into("<d", body, figures + 8 * figure, -5)

        state.write_bytes(whole)
        checksum(state, minus)
        resumed("state: damaged: its figures are impossible")
    state.write_bytes(whole)
    checksum(state, lambda body, figures: None, b'"dense/bias"', b'"dense/bies"')
    resumed("state: not a checkpoint of own.cnn: dense/bias (3,) is missing")
    state.write_bytes(whole)
    script("metrics", INPUT + COMPILE.replace("['accuracy']", "[]") + FIT)
    refuses("metrics", 1, ["train", *at, "--resume", "state", "--epochs", "3"],
            "state: no checkpoint of this model: training/figures is not as expected")
    script("large", INPUT.replace("Flatten()", "Rescaling(100), Flatten()") +
           COMPILE.replace("'sgd'", "keras.optimizers.SGD(1e38)") + FIT)
    warns("large", 1, ["train", *at, "--epochs", "1", "--checkpoint", "large.state", "--every", "1steps"],
          "warning: large.state is left as it is: weights are nan or infinite")


def logs():
    idx("train", (16, 4, 4), lambda i: i % 3)
    at = ["--data", "data"]
    script("own", INPUT + COMPILE + FIT)
    Path("full.csv").symlink_to("/dev/full")
    Path("full.jsonl").symlink_to("/dev/full")
    refuses("own", 3, ["train", *at, "--log", "full.csv"], "cannot write the log full.csv: No space left on device")
    warns("own", 0, ["train", *at, "--log", "full.jsonl"],
          "warning: cannot write the log full.jsonl: No space left on device; the run goes on without it")
    calls = FIT.replace("verbose", "callbacks=[keras.callbacks.{}], verbose")
    script("nowhere", INPUT + COMPILE + calls.format('CSVLogger("no/such.csv")'))
    refuses("nowhere", 3, ["train", *at], "CSVLogger cannot write no/such.csv: No such file or directory")
    script("csv", INPUT + COMPILE + calls.format('CSVLogger("full.csv")'))
    warns("csv", 0, ["train", *at],
          "warning: CSVLogger cannot write full.csv: No space left on device; the run goes on without it")
    script("board", INPUT + COMPILE + calls.format('TensorBoard("board", write_graph=False)'))
    warns("board", 0, ["train", *at, "--out", "/dev/null"],
          "warning: TensorBoard cannot write to board: File too large; the run goes on without it", preexec_fn=limited)
    long = 'ModelCheckpoint("w{epoch:099d}" * 50 + ".weights.h5", save_weights_only=True)'
    script("name", INPUT + COMPILE + calls.format(long))
    refuses("name", 1, ["train", *at], "the name " + "w{epoch:099d}" * 50 + ".safetensors is too long")
    refuses("own", 3, ["train", *at, "--out", "own.safetensors"],
            "cannot write own.safetensors: File too large", preexec_fn=limited)
    Path("run.jsonl").write_text('{"epoch": 1, "loss": 1}\n[1]\n', encoding="utf-8")
    refuses("own", 1, ["report", "run.jsonl"],
            "run.jsonl: line 2 is no row of a log: expected what train --log RUN.jsonl "
            'writes, as {"epoch": 1, "loss": ...}')
    Path("run.jsonl").write_text("\n", encoding="utf-8")
    refuses("own", 1, ["report", "run.jsonl"], "run.jsonl: has no row")
    refuses("own", 1, ["report", "."], ".: not a file that can be read")
    Path("run.jsonl").write_text('{"epoch":1}\n' * ((1 << 20) + 1), encoding="utf-8")
    refuses("own", 1, ["report", "run.jsonl"], "run.jsonl: has more than 1048576 rows")
    Path("run.jsonl").write_text('{"epoch": 1, "loss": 1}\n', encoding="utf-8")
    script("bare", INPUT)
    assert run("own", ["train", *at]).returncode == 0
    assert run("bare", ["report", "run.jsonl", "--weights", "own.safetensors"]).returncode == 0
    assert "bare.cnn has no model.compile(optimizer=, loss=), which an evaluation needs" in Path("run.html").read_text()


def runs():
    """The folder of the weights goes while they are trained; one of several trainings is killed."""
    idx("train", (16, 4, 4), lambda i: i % 3)
    script("own", INPUT + COMPILE + FIT)
    os.mkdir("gone")
    words = ["train", "--data", "data", "--epochs", "100000000", "--out", "gone/w", "--log", "run.csv"]
    process = start("own", words)
    while not Path("run.csv").exists() or len(Path("run.csv").read_text(encoding="utf-8").splitlines()) < 3:
        time.sleep(0.1)
    shutil.rmtree("gone")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert said.startswith("own: error: cannot write gone/w: No such file or directory; "
                           "nothing at that path was changed; the weights are saved to "), said
    words = ["train", "--data", "data", "--runs", "2", "--epochs", "100000000", "--threads", "2"]
    process = start("own", words)
    children = []
    while len(children) < 2:
        time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert "its process was ended by signal 9 (Killed)\n" in out, out


PARTS = {"options": options, "cases": cases, "data": data, "given": given, "states": states, "logs": logs, "runs": runs}


def main():
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        os.environ.pop("CNNC_DATA", None)
        PARTS[sys.argv[2]]()
    print(f"{sys.argv[2]}: refused as they should be")


main()
