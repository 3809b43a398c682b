#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ranks of one machine come to the bits of one process: weights, logs, what is evaluated and predicted, states. What
fails in one of them ends all. CNNC MAKE_DIGITS MPIRUN PART"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import programs

cnnc, digits, mpirun, part = sys.argv[1:]
if mpirun.endswith("NOTFOUND"):
    print("ranks: skipped: there is no MPI (Debian: apt install openmpi-bin libopenmpi-dev)")
    sys.exit(77)
LIMIT = 200
RANKS = (1, 2, 3, 5)
OPEN_MPI = "Open" in subprocess.run([mpirun, "--version"], check=True, capture_output=True, text=True).stdout
# More ranks than CPUs, by root in a container too.
FLAGS = ["--oversubscribe", "--allow-run-as-root", "-q"] if OPEN_MPI else []


def start(n, name, *words, **how):
    return subprocess.Popen([mpirun, *FLAGS, "-n", str(n), f"./{name}", *map(str, words)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **how)


def end(process, code=0, says=()):
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == code, (process.args, process.returncode, out, err)
    for word in says:
        assert word in out + err, (process.args, word, out, err)
    return out, err


def run(n, name, *words, code=0, says=()):
    return end(start(n, name, *words), code, says)


def build(name, text, *words):
    programs.build(cnnc, name, text, "--mpi", *words)


def log_rows(path):
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in row.items() if "seconds" not in key} for row in rows]


# All that looks at a whole batch, or draws by the place in it: statistics, a loss of the batch, noise, changed images,
# the gradients' norm, weights' averages; leaf sums and deferred ones, large matrices; odd batches and the last short.
SIMPLE = """
model = Sequential([Input((28, 28, 1)), {layers}])
model.compile({optimizer}, {loss}, metrics={metrics})
model.fit(x_train, y_train, batch_size={batch}, epochs=2, validation_split=0.1, verbose=2{more})
"""
CONV = """Conv2D(8, 3, activation="relu"), MaxPooling2D(2), Conv2D(8, 3), BatchNormalization(), ReLU(),
    MaxPooling2D(2), Flatten(), Dropout(0.3), Dense(10, activation="softmax")"""
CLASSES = '"sparse_categorical_crossentropy"'
MODELS = {
    "conv": {"layers": CONV, "batch": 100},
    "augment": {"layers": "RandomRotation(0.1), RandomTranslation(0.1, 0.1), GaussianNoise(0.1), " + CONV,
                "optimizer": "SGD(0.05, momentum=0.9, global_clipnorm=0.5)", "batch": 113},
    "wide": {"layers": 'Flatten(), Dense(720, activation="relu"), Dense(720, activation="relu"), Dropout(0.2), '
                       'Dense(10, activation="softmax")', "batch": 80,
             "optimizer": "Adam(0.001, use_ema=True, ema_momentum=0.9)"},
    "dice": {"layers": 'Flatten(), Dense(40, activation="relu", kernel_regularizer="l2"), BatchNormalization(), '
                       'Dense(10, activation="sigmoid")', "loss": "Dice()", "metrics": '["mae"]', "batch": 50},
    "few": {"layers": CONV, "batch": 11, "flags": ["--leaf=1"]},
    "small": {"layers": 'Flatten(), Dense(12, activation="tanh"), Dense(10, activation="softmax")', "batch": 20,
              "metrics": '["accuracy", AUC(), F1Score("macro")]', "loss": '"categorical_crossentropy"',
              "more": ', callbacks=[EarlyStopping("val_loss", patience=0, min_delta=0.2, restore_best_weights=True), '
                      'ReduceLROnPlateau("loss", 0.5, 1, min_delta=1.0)]'},
}


def model(name):
    given = {"loss": CLASSES, "optimizer": '"adam"', "metrics": '["accuracy"]', "more": "", **MODELS[name]}
    return SIMPLE.format(**given)


def test_bits():
    for name in MODELS:
        build(name, model(name), *MODELS[name].get("flags", ()))
        programs.run(name, "train", "--threads", 1, "--out", "one.st", "--log", "one.jsonl")
        for n in RANKS:
            threads = ["--threads", 2] if n == 2 else []
            out, _ = run(n, name, "train", "--out", "many.st", "--log", "many.jsonl", *threads,
                         says=["weights saved to many.st"])
            assert out.count("weights saved") == 1, out
            assert Path("one.st").read_bytes() == Path("many.st").read_bytes(), (name, n)
            assert log_rows("one.jsonl") == log_rows("many.jsonl"), (name, n)
    # A program for one process updates large matrices where their gradients are summed up, which ranks exchange.
    for flags, out in (["--mpi"], "many.st"), ([], "one.st"):
        programs.build(cnnc, "wide", model("wide"), *flags)
        programs.run("wide", "train", "--out", out)
    assert Path("one.st").read_bytes() == Path("many.st").read_bytes()


WHOLE = """
model = Sequential([Input((28, 28, 1)), Conv2D(4, 3, strides=3, activation="relu"), BatchNormalization(), Flatten(),
                    Dense(10, activation="softmax")])
model.summary()
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=48, epochs=2, validation_split=0.1, verbose=2, callbacks=[
    CSVLogger("rows.csv"), ModelCheckpoint("best-{epoch}.safetensors", save_weights_only=True)])
print(history.history["val_loss"])
model.save_weights("middle.weights.h5")
print(model.evaluate(x_test, y_test, verbose=0))
p = model.predict(x_test[:70], verbose=0)
print(p.argmax(axis=1))
"""


def no_times(text):
    return re.sub(r"\d+s \d+[mu]?s/step", "", text)


def test_whole():
    """A script's statements: what they print and write is one process's, and nothing else is written."""
    build("whole", WHOLE)
    for folder in ("one", "many"):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
    one = subprocess.run(["../whole"], check=True, capture_output=True, text=True, cwd="one").stdout
    for n in RANKS:
        many, _ = end(subprocess.Popen([mpirun, *FLAGS, "-n", str(n), "../whole"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, cwd="many"))
        assert no_times(one) == no_times(many).replace("\r", ""), (n, one, many)
        assert sorted(os.listdir("one")) == sorted(os.listdir("many"))
        for name in os.listdir("one"):
            assert Path("one", name).read_bytes() == Path("many", name).read_bytes(), (n, name)


def test_commands():
    """evaluate is shared, with its tables; what is not shared the first rank does."""
    build("commands", model("small"))
    programs.run("commands", "train", "--epochs", 1, "--out", "w.st")
    for words in (["evaluate", "--weights", "w.st"], ["evaluate", "--weights", "w.st", "--json"], ["summary"],
                  ["predict", "--weights", "w.st", "data/t10k-images-idx3-ubyte:3", "--json"], ["--version"]):
        one = programs.run("commands", *words)
        for n in RANKS:
            assert run(n, "commands", *words)[0].replace("\r", "") == one, (n, words)


def test_resumed():
    """A state goes on with any number of ranks; a signal to one of them ends all, which save first."""
    build("state", model("conv").replace("epochs=2", "epochs=6").replace("verbose=2", """verbose=2, callbacks=[
        EarlyStopping("val_loss", patience=9, restore_best_weights=True), ReduceLROnPlateau("val_loss", 0.5, 1)]"""))
    programs.run("state", "train", "--out", "one.st", "--log", "one.jsonl")
    words = ("--checkpoint", "run.state", "--log", "run.jsonl", "--out", "run.st")
    run(3, "state", "train", "--epochs", 2, *words)
    run(1, "state", "train", "--epochs", 3, "--resume", "run.state", *words[2:])
    run(5, "state", "train", "--epochs", 5, "--resume", "run.state", *words[2:])
    programs.run("state", "train", "--resume", "run.state", *words[2:])
    assert Path("one.st").read_bytes() == Path("run.st").read_bytes()
    assert log_rows("one.jsonl") == log_rows("run.jsonl")


def pids_of(name):
    """The processes that run this program, and their ranks."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "exe") == str(Path(name).resolve()):
                environment = dict(word.split("=", 1) for word in (folder / "environ").read_text().split("\0") if word)
                rank = environment.get("OMPI_COMM_WORLD_RANK", environment.get("PMI_RANK"))
                found[int(rank)] = int(folder.name)
        except OSError:
            pass
    return found


def wait_for(path, seconds=60):
    until = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < until, path
        time.sleep(0.01)


def long_run(n):
    for path in ("long.state", "long.st", "long.jsonl"):
        Path(path).unlink(missing_ok=True)
    process = start(n, "long", "train", "--epochs", 100000, "--checkpoint", "long.state", "--every", "3epochs",
                    "--log", "long.jsonl", "--out", "long.st")
    wait_for(Path("long.state"))
    return process


def goes_on(n):
    """From long.state, to the epoch after, as one process does."""
    shutil.copy("long.state", "other.state")
    epochs = len(Path("long.jsonl").read_text().splitlines()) + 3
    run(n, "long", "train", "--epochs", epochs, "--resume", "long.state", "--out", "many.st")
    programs.run("long", "train", "--epochs", epochs, "--resume", "other.state", "--out", "one.st")
    assert Path("one.st").read_bytes() == Path("many.st").read_bytes()


def test_signals():
    build("long", model("small").split(", callbacks")[0] + ")\n")
    for rank in (0, 2):
        process = long_run(3)
        os.kill(pids_of("long")[rank], signal.SIGTERM)
        end(process, 128 + signal.SIGTERM, says=["interrupted; weights saved to long.st", "state saved to long.state"])
        goes_on(2)
    process = long_run(2)
    process.send_signal(signal.SIGINT) # as by the terminal
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode != 0, (out, err)
    goes_on(3)


def test_killed():
    """A rank that is gone ends all of them; the last state is whole."""
    for rank in (0, 1):
        process = long_run(3)
        os.kill(pids_of("long")[rank], signal.SIGKILL)
        before = time.monotonic()
        out, err = process.communicate(timeout=LIMIT)
        assert process.returncode != 0, (out, err)
        assert time.monotonic() - before < 30
        until = time.monotonic() + 10
        while pids_of("long"):
            assert time.monotonic() < until, pids_of("long")
            time.sleep(0.05)
        goes_on(2)


def test_errors():
    """Of each one line, whichever rank it is of, and the same exit code."""
    build("wrong", model("small"))
    shutil.copytree("data", "other")
    labels = Path("other/train-labels-idx1-ubyte")
    data = bytearray(labels.read_bytes())
    data[8] = (data[8] + 1) % 10
    labels.write_bytes(data)
    shutil.copytree("data", "short")
    Path("short/train-labels-idx1-ubyte").unlink()
    Path("one.sh").write_text("""#!/bin/sh
[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = "$1" ] && export CNNC_DATA="$2"
shift 2
exec "$@"
""")
    os.chmod("one.sh", 0o755)

    def refused(words, code, says):
        out, err = run(3, *words, code=code)
        lines = [line for line in (out + err).splitlines() if "error" in line]
        assert len(lines) == 1, (out, err)
        for word in says:
            assert word in lines[0], lines
    train = ["./wrong", "train", "--out", "w.st"]
    refused(["one.sh", "1", "short", *train], 1, ["rank 1 of 3", "train-labels-idx1-ubyte"])
    refused(["one.sh", "0", "short", *train], 1, ["wrong: error: ", "train-labels-idx1-ubyte"])
    refused(["one.sh", "2", "other", *train], 1, ["rank 2 of 3", "checksum of the training data is another one"])
    refused(["wrong", "train", "--epochs", "none"], 2, ["--epochs: expected"])
    refused(["wrong", "train", "--runs", "2"], 2, ["--runs goes with one process, and this is one of 3"])
    refused(["wrong", "train", "--out", "nowhere/w.st"], 3, ["cannot write nowhere/w.st"])
    refused(["wrong", "train", "--resume", "data/train-labels-idx1-ubyte"], 1, ["train-labels-idx1-ubyte"])
    refused(["wrong", "evaluate", "--weights", "missing.st"], 1, ["missing.st"])
    assert not Path("w.st").exists()
    build("explodes", model("conv").replace('"adam"', "SGD(1e30)"))
    refused(["explodes", "train"], 1, ["the loss became"])


def test_alone():
    """A program that was built to run alone does not run as several."""
    programs.build(cnnc, "alone", model("small"))
    _, err = run(2, "alone", "train", code=2)
    assert "started as one of 2 processes" in err and "--mpi" in err, err
    run(1, "alone", "summary")
    build("knows", model("small"))
    os.environ["SLURM_STEP_NUM_TASKS"] = "4"
    programs.run("knows", "train", code=2, says=["started as one of 4 processes (SLURM_STEP_NUM_TASKS)", "finds 1"])
    del os.environ["SLURM_STEP_NUM_TASKS"]


# Two namespaces of the network, joined by a link of 1 Gbit/s, each with a host's name of its own: as two machines. The
# second one's ranks are started by what mpirun takes for ssh.
LINK = """#!/bin/sh
set -e
a=$1-a b=$1-b
trap 'ip netns del $a 2>/dev/null; ip netns del $b 2>/dev/null' EXIT
ip netns add $a
ip netns add $b
ip link add va netns $a type veth peer name vb netns $b
for side in "$a va 10.77.0.1" "$b vb 10.77.0.2"; do
    set -- "$1" $side
    ip netns exec $2 ip addr add $4/24 dev $3
    ip netns exec $2 ip link set $3 up
    ip netns exec $2 ip link set lo up
    ip netns exec $2 tc qdisc add dev $3 root tbf rate 1gbit burst 128kb latency 200ms
done
echo linked
read -r go
while read -r words; do
    ip netns exec $a unshare --uts sh -c "hostname node1; exec $words </dev/null" && echo "ended 0" || echo "ended $?"
done
"""


def test_link():
    """Two machines, but for the machines: over TCP, by a link that is shaped."""
    Path("link.sh").write_text(LINK)
    name = f"cnnc{os.getpid()}"
    link = subprocess.Popen(["sh", "link.sh", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    first = link.stdout.readline()
    if first != "linked\n" or not OPEN_MPI:
        link.communicate()
        print(f"ranks: link: skipped: no namespaces or no shaped link here: {first.strip()}")
        sys.exit(77)
    build("link", model("conv"))
    build("wide", model("wide"))
    Path("agent").write_text(f"""#!/bin/sh
shift
exec ip netns exec {name}-b unshare --uts sh -c "hostname node2; $*"
""")
    os.chmod("agent", 0o755)
    Path("far.sh").write_text('[ "$(hostname)" = node1 ] || export CNNC_DATA=nowhere\nexec "$@"\n')
    start = f"{mpirun} --allow-run-as-root -q --mca plm_rsh_agent {Path('agent').resolve()} --host 10.77.0.1,10.77.0.2 "
    words = [start + f"-n 2 {Path(name).resolve()} train --out {Path('many-' + name).resolve()}"
             for name in ("link", "wide")]
    words.append(start + f"-n 2 sh {Path('far.sh').resolve()} {Path('link').resolve()} train")
    out, _ = link.communicate("go\n" + "\n".join(words) + "\n", timeout=LIMIT)
    assert re.findall("^ended (\\d+)$", out, re.M) == ["0", "0", "1"], out
    for name in ("link", "wide"):
        programs.run(name, "train", "--out", "one.st")
        assert Path("one.st").read_bytes() == Path("many-" + name).read_bytes(), out
    lines = [line for line in out.splitlines() if "error" in line]
    assert len(lines) == 1 and lines[0].startswith("link: error: rank 1 of 2, on node2: "), out


TESTS = {"link": [test_link], "bits": [test_bits], "script": [test_whole, test_commands], "ends": [test_resumed, test_signals, test_killed],
         "errors": [test_errors, test_alone]}
os.environ["ASAN_OPTIONS"] = "detect_leaks=0" # MPI's own
with programs.folder(digits, 400, 300):
    for test in TESTS[part]:
        test()
print(f"ranks: {part}: as one process")
