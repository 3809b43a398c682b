#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--tune and --kernels=@FILE: what is chosen is followed, gives Keras's answers, and belongs to its
model; whatever else a file holds is refused in one line. Nothing about time.
    tune.py CNNC GOLDENS NAME..."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

cnnc, goldens = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def succeeds(*command):
    process = run(*command)
    assert process.returncode == 0, (command, process.stderr)
    return process


def refused(code, words, *command):
    process = run(*command)
    lines = process.stderr.splitlines()
    assert process.returncode == code, (command, process.returncode, process.stderr)
    assert len(lines) == 1 and lines[0].startswith("cnnc: error: ") and words in lines[0], lines


def check_followed(model, file):
    """Each choice stands in the plan of training."""
    chosen = json.loads(file.read_text(encoding="utf-8"))["training"]
    plan = json.loads(succeeds(cnnc, "plan", model, "--json", f"--kernels=@{file}").stdout)
    assert plan["block"] == chosen["samples_together"], plan["block"]
    kernels = [k for phase in plan["phases"] for k in phase["kernels"]]
    assert chosen["kernels"]
    for choice in chosen["kernels"]:
        rows = [k["variant"] for k in kernels
                if choice["layer"] in k["layers"] and k["pass"] == choice["pass"]]
        assert choice["row"] in rows, (choice, rows)


SAID = (r"cnnc: \d+ of \d+, \d+ s left: .*", r"cnnc: .*, .*: [\d.]+ us a sample, not [\d.]+",
        r"cnnc: .*: [\d.]+ us a sample, before [\d.]+")


def check_tuned(name, folder):
    model, case, file = goldens / f"{name}.cnn", goldens / f"{name}.safetensors", folder / f"{name}.json"
    said = succeeds(cnnc, "build", model, f"--tune={file}", "--tune-seconds=0", "-o", folder / "tuned").stderr
    lines = [line for line in said.splitlines() if not any(re.fullmatch(form, line) for form in SAID)]
    assert said and not lines, lines
    succeeds(folder / "tuned", "verify", case)
    succeeds(cnnc, "build", model, f"--kernels=@{file}", "-o", folder / "again")
    succeeds(folder / "again", "verify", case)
    check_followed(model, file)
    return file


def check_mixed(name, folder):
    """Rows by hand, none of them the estimates' choice; the hash is what a refusal says it is."""
    model, file = goldens / f"{name}.cnn", folder / "mixed.json"
    rows = [("conv2d", "forward", "plain"), ("conv2d_1", "forward", "winograd"),
            ("conv2d_1", "dX", "plain"), ("conv2d_1", "dW", "pick-dw"), ("conv2d", "dW", "sparse-dw"),
            ("dense", "forward", "plain")]
    kernels = [{"layer": layer, "pass": what, "row": row} for layer, what, row in rows]
    kernels[1]["tiles"] = [4, 2]
    plan = {"samples_together": 4, "kernels": kernels}
    content = {"cnnc": "", "model": name, "hash": "", "cpu": "", "training": plan}
    file.write_text(json.dumps(content), encoding="utf-8")
    content["hash"] = run(cnnc, "plan", model, f"--kernels=@{file}").stderr.split()[-1]
    file.write_text(json.dumps(content), encoding="utf-8")
    check_followed(model, file)
    text = succeeds(cnnc, "plan", model, f"--kernels=@{file}").stdout
    assert "4x2 tiles" in text, text
    succeeds(cnnc, "build", model, f"--kernels=@{file}", "-o", folder / "mixed")
    succeeds(folder / "mixed", "verify", goldens / f"{name}.safetensors")


def check_chains(name, folder):
    """Samples that go together by hand, also as many as the case's batch is no multiple of."""
    model, file = goldens / f"{name}.cnn", folder / "chains.json"
    content = {"cnnc": "", "model": name, "hash": "", "cpu": "",
               "training": {"samples_together": 1, "kernels": []}}
    file.write_text(json.dumps(content), encoding="utf-8")
    content["hash"] = run(cnnc, "plan", model, f"--kernels=@{file}").stderr.split()[-1]
    for together in (2, 3, 5):
        content["training"]["samples_together"] = together
        file.write_text(json.dumps(content), encoding="utf-8")
        plan = json.loads(succeeds(cnnc, "plan", model, "--json", "--leaf=16", f"--kernels=@{file}").stdout)
        blocks = {k["block"] for phase in plan["phases"] for k in phase["kernels"] if "block" in k}
        assert plan["block"] == together and {1, together} <= blocks, (together, blocks)
        succeeds(cnnc, "build", model, "--leaf=16", f"--kernels=@{file}", "-o", folder / "chains")
        succeeds(folder / "chains", "verify", goldens / f"{name}.safetensors")
    content["inference"] = {"samples_together": 128, "kernels": []}  # more than a leaf, of a prediction
    file.write_text(json.dumps(content), encoding="utf-8")
    succeeds(cnnc, "build", model, "--leaf=16", f"--kernels=@{file}", "-o", folder / "chains")
    succeeds(folder / "chains", "verify", goldens / f"{name}.safetensors")


def check_refusals(name, file, folder):
    model, text = goldens / f"{name}.cnn", file.read_text(encoding="utf-8")
    first = json.loads(text)["training"]["kernels"][0]
    bad = folder / "bad.json"

    def spoilt(words, before, after):
        assert before in text, before
        bad.write_text(text.replace(before, after), encoding="utf-8")
        for command in ("build", "plan"):
            refused(1, words, cnnc, command, model, f"--kernels=@{bad}", "-o", folder / "none")

    spoilt("this file's is", json.loads(text)["hash"], "0123456789abcdef")
    spoilt("no kernels are called 'fast'", f'"row": "{first["row"]}"', '"row": "fast"')
    spoilt("no layer is called 'dense_9'", f'"layer": "{first["layer"]}"', '"layer": "dense_9"')
    spoilt("no pass is called 'dZ'", f'"pass": "{first["pass"]}"', '"pass": "dZ"')
    spoilt("samples_together", '"samples_together"', '"together"')
    spoilt("there is no list 'kernels'", '"kernels"', '"rows"')
    spoilt("bad.json: line ", "{", "[")
    refused(1, "No such file", cnnc, "build", model, f"--kernels=@{folder}/none.json")
    refused(3, "cannot write", cnnc, "build", model, f"--tune={folder}/none/t.json")
    refused(2, "no kernels are called '@'", cnnc, "build", model, "--kernels=@")
    assert not (folder / "none").exists()

    # Another CPU is a warning.
    process = succeeds(cnnc, "plan", model, f"--kernels=@{file}", "-mcpu=x86-64-v3"
                       if os.uname().machine == "x86_64" else "-mcpu=generic")
    said = re.fullmatch(r"cnnc: warning: (\S+): measured on (\S+), and this is for (\S+)\n", process.stderr)
    assert said and said[1] == str(file) and said[2] != said[3], process.stderr
    case = goldens / f"{name}.safetensors"
    succeeds(cnnc, "emit", model, "-w", case, "--as=obj", f"--kernels=@{file}", "-o", folder / "o.o")
    refused(1, f"error: {file}: measured on ", cnnc, "emit", model, "-w", case, "--as=obj", f"--kernels=@{file}",
            "-Werror", "-o", folder / "none")


def check_stopped(name, folder):
    """Ctrl-C leaves neither the file nor the folder in which it worked."""
    work = folder / "work"
    work.mkdir()
    for number in signal.SIGINT, signal.SIGTERM:
        process = subprocess.Popen(
            [cnnc, "build", goldens / f"{name}.cnn", f"--tune={folder}/stopped.json", "-o",
             folder / "stopped"], env={**os.environ, "TMPDIR": str(work)}, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if list(work.glob("cnnc-*/choices.json")):
                break
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(60) == -number, process.returncode
        assert not list(work.iterdir()), list(work.iterdir())
        assert not list(folder.glob("stopped*"))


with tempfile.TemporaryDirectory() as directory:
    place, names = Path(directory), sys.argv[3:]
    files = {name: check_tuned(name, place) for name in names}
    check_refusals(names[0], files[names[0]], place)
    check_stopped(names[0], place)
    check_mixed("mnist_convnet_nodrop", place)
    check_chains("mnist_convnet_nodrop", place)
