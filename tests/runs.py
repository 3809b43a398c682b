# SPDX-License-Identifier: MIT
"""train --runs N: the bits of N trainings, and what their figures come to; train --json. CNNC MAKE_DIGITS."""
import json
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import programs

cnnc, digits = sys.argv[1:]

MODEL = """
RATE = 0.003
model = keras.Sequential([keras.Input(shape=(28, 28, 1)), layers.Flatten(), layers.Dropout(0.2),
                          layers.Dense(12, activation="relu"), layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(RATE), metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=%d, validation_split=0.1%s)
score = model.evaluate(x_test, y_test, verbose=0)
"""


def build(name, epochs=2, more="", *words):
    programs.build(cnnc, name, MODEL % (epochs, more), *words)


def last(path):
    return json.loads(Path(path).read_text(encoding="utf-8").splitlines()[-1])


def test_bits():
    """Each run is what train --seed makes it, its log and its figures too."""
    build("same")
    runs = json.loads(programs.run("same", "train", "--runs", 3, "--seed", 7, "--out", "w.safetensors", "--log",
                                   "w.jsonl", "--json"))
    assert [run["seed"] for run in runs["runs"]] == [7, 8, 9], runs
    for run in runs["runs"]:
        one = json.loads(programs.run("same", "train", "--seed", run["seed"], "--out", "one.safetensors", "--log",
                                      "one.jsonl", "--json"))
        assert Path("one.safetensors").read_bytes() == Path(f"w-{run['seed']}.safetensors").read_bytes()
        assert run["weights"] == f"w-{run['seed']}.safetensors" and run.get("sha256") == one.get("sha256")
        assert one["figures"] == run["figures"] and run["epochs"] == one["epochs"] == 2 and run["samples"] == 270
        row = last(f"w-{run['seed']}.jsonl")
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert row[name] == last("one.jsonl")[name]
            assert abs(row[name] - run["figures"][name]) < 1e-6, (row, run)
    evaluated = json.loads(programs.run("same", "evaluate", "--weights", "w-9.safetensors", "--json"))
    assert abs(evaluated["loss"] - runs["runs"][2]["figures"]["test_loss"]) < 1e-5, (evaluated, runs)


def test_files():
    """What the script itself writes and loads has the seed in its name, and is what one training writes."""
    callbacks = """, callbacks=[keras.callbacks.ModelCheckpoint("made/{epoch:02d}.keras"),
    keras.callbacks.CSVLogger("log.v1.csv"), keras.callbacks.TensorBoard("board/", write_graph=False),
    keras.callbacks.BackupAndRestore("back.up")]"""
    make, fit = (MODEL % (2, callbacks)).split("model.fit")
    fit, score = ("model.fit" + fit).split("score =")
    again = 'model.load_weights("made/01.keras")\nmodel.compile(keras.optimizers.Adam(), "categorical_crossentropy", metrics=["accuracy"])\n'
    programs.build(cnnc, "files", make + 'model.save_weights("made/first.weights.h5")\n' + fit + again + fit
                   + 'model.load_weights("made/first.weights.h5")\nscore =' + score)
    seeds = (3, 4)
    runs = json.loads(programs.run("files", "train", "--runs", 2, "--seed", 3, "--out", "f.safetensors", "--json"))
    assert not Path("log.v1.csv").exists() and not Path("made/01.safetensors").exists(), list(Path("made").iterdir())
    for seed, run in zip(seeds, runs["runs"]):
        one = json.loads(programs.run("files", "train", "--seed", seed, "--out", "one.safetensors", "--json"))
        assert one["figures"] == run["figures"], (one, run)
        for name, own in (("one.safetensors", f"f-{seed}.safetensors"), ("log.v1.csv", f"log.v1-{seed}.csv"),
                          ("made/01.safetensors", f"made/01-{seed}.safetensors"),
                          ("made/first.safetensors", f"made/first-{seed}.safetensors")):
            assert Path(name).read_bytes() == Path(own).read_bytes(), (name, own)
        assert len(list(Path(f"board-{seed}/train").iterdir())) == 2 and not Path(f"back.up-{seed}").exists()


def test_spread():
    build("spread")
    runs = json.loads(programs.run("spread", "train", "--runs", 5, "--json"))
    assert not list(Path().glob("spread*.safetensors"))
    for name, of in runs["figures"].items():
        values = [run["figures"][name] for run in runs["runs"]]
        near = {"mean": statistics.mean(values), "deviation": statistics.stdev(values), "least": min(values),
                "most": max(values)}
        assert of["runs"] == 5
        for key, value in near.items():
            assert abs(of[key] - value) <= 1e-6 * (1 + abs(value)), (name, key, of, values)
    assert set(runs["figures"]) == {"loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"}
    said = programs.run("spread", "train", "--runs", 2)
    assert "run 1 of 2, seed 0: 2 epochs in " in said and "run 2 of 2, seed 1: 2 epochs in " in said, said
    row = [line.split() for line in said.splitlines() if line.startswith("val_accuracy ")][0]
    values = sorted(run["figures"]["val_accuracy"] for run in runs["runs"][:2])
    assert abs(float(row[3]) - values[0]) < 1e-5 and abs(float(row[4]) - values[1]) < 1e-5, (row, values)


def test_threads():
    build("threads")
    one, two = (programs.run("threads", "train", "--runs", 2, "--threads", n) for n in (1, 2))
    table = [[line for line in said.splitlines() if line.startswith(("loss ", "test_"))] for said in (one, two)]
    assert table[0] == table[1] and len(table[0]) == 3, (one, two)
    assert "2 of 2 runs, 1 at a time on 1 thread each, in " in one, one


def test_failure():
    """The others are told of, and the program fails as the run did."""
    build("nan", 2, "", "-D", "RATE=1e38")
    said = programs.run("nan", "train", "--runs", 2, code=1, says=["run 1, seed 0: the loss became "])
    assert "0 of 2 runs" in said and "run 2 of 2, seed 1: the loss became " in said, said
    runs = json.loads(programs.run("nan", "train", "--runs", 2, "--json", code=1))
    assert all("the loss became" in run["error"] for run in runs["runs"]) and runs["figures"] == {}, runs


def test_interrupted():
    build("long", 100000)
    with subprocess.Popen(["./long", "train", "--runs", "3", "--threads", "1", "--out", "part.safetensors", "--log", "part.csv"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        while not Path("part-0.csv").exists() or Path("part-0.csv").read_text().count("\n") < 2:  # no epoch's row
            time.sleep(0.01)
        run.send_signal(signal.SIGTERM)
        said, errors = run.communicate(timeout=programs.LIMIT)
    assert run.returncode == 143, (run.returncode, said, errors)
    assert "run 1 of 3, seed 0: interrupted" in said and "0 of 3 runs" in said and "seed 1" not in said, said
    assert Path("part-0.safetensors").exists() and not Path("part-1.safetensors").exists()


def test_full():
    """What the runs come to is lost where it cannot be written."""
    build("full")
    for words in ((), ("--json",)):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(["./full", "train", "--runs", "2", *words], stdout=full, stderr=subprocess.PIPE,
                                  check=False, text=True, timeout=programs.LIMIT)
        assert done.returncode == 3 and "cannot write the output: No space left on device" in done.stderr, done


def test_usage():
    build("usage")
    for words, wrong in ((("--runs", 0), "--runs: expected a whole number from 1 to "),
                         (("--runs", 2, "--resume", "x"), "--runs and --resume exclude each other"),
                         (("--runs", 2, "--checkpoint", "x"), "--runs and --checkpoint exclude each other"),
                         (("--runs", 2, "--seed", 2**32 - 1), "the last seed would be 4294967296")):
        programs.run("usage", "train", *words, code=2, says=[wrong])
    programs.run("usage", "evaluate", "--weights", "w", "--runs", 2, code=2, says=["--runs does not go with evaluate"])


def main():
    with programs.folder(digits, 300, 60):
        programs.run_tests(globals())


if __name__ == "__main__":
    main()
