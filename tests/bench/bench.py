#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures, one after the other on one machine: the programs and objects that cnnc makes of some
models, the compiler itself, and what else runs the same models where it is there. Writes figures.json,
figures.md and figures.svg. It asserts nothing about time. Measure on an idle machine.

What else: those of Keras, PyTorch, ONNX Runtime, OpenVINO and LiteRT that the Python of $PEER_PYTHON
(python3) has, see peers.py; what they predict is compared before anything is timed. Epochs of
real MNIST where $CNNC_DATA is its folder; and beside them $CNNC_PROTOTYPE, a program of one's own
that is run as `PROTOTYPE THREADS 3` and prints `epoch N NT=...: S s`."""
import argparse
import array
import contextlib
import csv
import fcntl
import gzip
import json
import math
import os
import platform
import random
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.append(str(Path(__file__).resolve().parents[1]))
import report
from peers import PEERS
from graph import weight_shapes

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"
GOLDENS = HERE.parent / "goldens"
EPOCH_MODEL = MODELS / "mnist_convnet.cnn"
EPOCHS = 3


def run(*command, **more):
    """Standard output of a command that must succeed."""
    command = [str(word) for word in command]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **more)
    if done.returncode:
        sys.exit(f"bench.py: {shlex.join(command)}: exit code {done.returncode}")
    return done.stdout


def best_ms(times, *command):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run(*command)
        taken.append((time.perf_counter() - start) * 1e3)
    return min(taken)


# ---- machine

def cpu_model():
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def machine():
    return {"cpu": cpu_model(), "cores": len(os.sched_getaffinity(0)),
            "system": f"{platform.system()} {platform.release()}"}


# ---- what cnnc makes

def write_weights(path, shapes):
    """Random weights in safetensors: an object's speed does not depend on what it has learnt."""
    draw, header, data = random.Random(1), {}, array.array("f")
    for name, shape in shapes.items():
        begin, limit = 4 * len(data), 1 / math.sqrt(math.prod(shape[:-1]))
        data.extend(draw.uniform(-limit, limit) for _ in range(math.prod(shape)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, 4 * len(data)]}
    if sys.byteorder == "big":
        data.byteswap()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data.tobytes())


def code_bytes(path):
    """Machine code in an object, without weights; None without binutils."""
    if not shutil.which("size"):
        return None
    rows = (line.split() for line in run("size", "-A", path).splitlines())
    return sum(int(row[1]) for row in rows if row and row[0].startswith(".text"))


def measure_object(cnnc, model, folder, seconds):
    weights, objekt = folder / "w.safetensors", folder / "net.o"
    write_weights(weights, weight_shapes(run(cnnc, "check", "--dump=graph", model)))
    for form, out in (("obj", objekt), ("header", folder / "net.h")):
        more = ["-w", weights] if form == "obj" else []
        run(cnnc, "emit", model, *more, f"--as={form}", "--prefix=net", "-mcpu=native", "-o", out)
    cc = shlex.split(os.environ.get("CC", "cc"))
    run(*cc, "-std=c11", "-O2", f"-I{folder}", HERE / "object.c", objekt, "-o", folder / "object")
    sizes = {"bytes": objekt.stat().st_size, "code_bytes": code_bytes(objekt)}
    return json.loads(run(folder / "object", seconds)) | sizes


def measure_model(cnnc, model, folder, settings):
    program = folder / model.stem
    result = {"compile_ms": best_ms(settings.builds, cnnc, "build", model, "-o", program),
              "program_bytes": program.stat().st_size, "program": {}}
    for threads in settings.threads:
        result["program"][threads] = json.loads(
            run(program, "bench", "--json", "--threads", threads, "--seconds", settings.seconds,
                *(["--batch-size", settings.batch_size] if settings.batch_size else [])))
    result["object"] = measure_object(cnnc, model, folder, settings.seconds)
    return result


# ---- what else runs it

NOT_THERE, UNKNOWN = 77, 78  # exit codes of peer.py


def measure_peer(program, model, peer, batch, settings, folder):
    """A peer's figures by number of threads; empty if it is not there or does not know the model."""
    python, case, result = shlex.split(os.environ.get("PEER_PYTHON", "python3")), folder / "case", {}
    for threads in settings.threads:
        command = [*python, HERE / "peer.py", model, peer, batch, threads, settings.seconds]
        if peer == "Keras" and not case.exists():
            command += ["--case", case]
        done = subprocess.run([str(word) for word in command], text=True, capture_output=True)
        if done.returncode:
            if done.returncode != NOT_THERE:
                print(f"bench.py: {model}: no {peer}: {done.stderr[-2000:].strip()}", file=sys.stderr)
            if done.returncode not in (NOT_THERE, UNKNOWN):
                sys.exit(1)
            return {}
        result[threads] = json.loads(done.stdout.splitlines()[-1])
        if "--case" in command:  # our answer is Keras's, or no time is of interest
            run(program, "verify", case)
    return result


def measure_peers(program, model, batch, settings, folder):
    result = {peer: measure_peer(program, model, peer, batch, settings, folder) for peer in settings.peers}
    return {peer: figures for peer, figures in result.items() if figures}


def unpacked(folder, into):
    """A folder with the four files of MNIST as plain IDX, which prototypes read."""
    into.mkdir()
    for half in ("train", "t10k"):
        for name in (f"{half}-images-idx3-ubyte", f"{half}-labels-idx1-ubyte"):
            if (folder / name).exists():
                (into / name).symlink_to((folder / name).resolve())
            else:
                with gzip.open(folder / f"{name}.gz") as packed, open(into / name, "wb") as plain:
                    shutil.copyfileobj(packed, plain)
    return into


def most_megabytes(process):
    """The most memory a process has held until it ended. Its status is read while it runs, since
    what the system keeps for afterwards may be the memory of us, who started it."""
    most = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            seen = re.search(r"VmHWM:\s+(\d+)", status)
            most = max(most, int(seen[1]) / 1024) if seen else most
        time.sleep(0.05)
    return most


def train_epochs(program, data, threads, folder):
    log = folder / "log.csv"
    command = [program, "train", "--data", data, "--epochs", str(EPOCHS), "--threads", str(threads),
               "--out", folder / "w.safetensors", "--log", log]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = most_megabytes(process)
    if process.returncode:
        sys.exit(f"bench.py: {program} train: exit code {process.returncode}")
    with open(log, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {"seconds": min(float(row["train_seconds"]) for row in rows),
            "samples": int(rows[0]["samples"]), "max_rss_mb": memory}


def measure_epochs(cnnc, folder, settings):
    """The best of a few epochs of MNIST, by number of threads; empty without the data."""
    if not os.environ.get("CNNC_DATA"):
        return {}
    data, result = unpacked(Path(os.environ["CNNC_DATA"]), folder / "mnist"), {}
    program, prototype = folder / "epochs", os.environ.get("CNNC_PROTOTYPE")
    run(cnnc, "build", EPOCH_MODEL, "-o", program)
    for threads in settings.threads:
        row = result[threads] = train_epochs(program, data, threads, folder)
        if prototype:
            text = run(prototype, threads, EPOCHS, env=os.environ | {"CNNC_DATA": str(data)})
            found = re.findall(r"^epoch\s+\d+\s+NT=[^:]*:\s*([\d.]+)\s*s", text, re.MULTILINE)
            row["prototype_seconds"] = min(map(float, found), default=None)
    return result


# ---- all of it

def measure(settings):
    cnnc = settings.build / "compiler" / "cnnc"
    figures = {"machine": machine(), "date": time.strftime("%Y-%m-%d %H:%M %z"),
               "versions": {"cnnc": run(cnnc, "--version").split()[-1],
                            "python": platform.python_version()},
               "settings": {"seconds": settings.seconds, "threads": settings.threads},
               "version_ms": best_ms(20, cnnc, "--version"), "models": {}}
    with tempfile.TemporaryDirectory() as name:
        figures["epochs"] = measure_epochs(cnnc, Path(name), settings)
    for model in settings.models:
        label = f"{model.resolve().parent.name}/{model.stem}"
        print(f"{label} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            result = measure_model(cnnc, model, folder, settings)
            batch = result["program"][settings.threads[0]]["batch"]
            result["peers"] = measure_peers(folder / model.stem, model, batch, settings, folder)
        for peer in result["peers"].values():
            for one in peer.values():
                figures["versions"] |= one["versions"]
        figures["models"][label] = result
    return figures


@contextlib.contextmanager
def alone(path):
    """Two measurements at the same time would measure each other."""
    with open(path, "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def parse(arguments):
    goldens = [GOLDENS / f"{name}.cnn" for name in ("lenet5", "mlp", "cifar_style")]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="build folder: has compiler/cnnc")
    parser.add_argument("models", type=Path, nargs="*", default=sorted(MODELS.glob("*.cnn")) + goldens)
    parser.add_argument("--out", type=Path, help="folder for the results (else BUILD/bench)")
    parser.add_argument("--seconds", type=int, default=2, help="to measure each figure")
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")],
                        default=[1, 2], help="numbers of threads: 1,2")
    parser.add_argument("--batch-size", type=int, help="of all models (else each one's own)")
    parser.add_argument("--builds", type=int, default=5, help="times each model is compiled")
    parser.add_argument("--peers", type=lambda text: text.split(","), default=list(PEERS),
                        help="which of them: " + ",".join(PEERS))
    parser.add_argument("--no-peers", dest="peers", action="store_const", const=[], help="cnnc alone")
    parser.add_argument("--lock", type=Path, default=Path(tempfile.gettempdir()) / "cnnc-bench.lock",
                        help="file that keeps measurements apart")
    return parser.parse_intermixed_args(arguments)


def main(arguments=None):
    settings = parse(arguments)
    # A user's tuning of OpenBLAS for another machine is not what is measured.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    with alone(settings.lock):
        figures = measure(settings)
    out = settings.out or settings.build / "bench"
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=1) + "\n"
    (out / "figures.json").write_text(text, encoding="utf-8")
    figures = json.loads(text)  # with keys as anyone else reads them
    (out / "figures.md").write_text(report.markdown(figures), encoding="utf-8")
    (out / "figures.svg").write_text(report.svg(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
