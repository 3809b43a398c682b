#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds every row of the kernels' table to the meaning of the Step, on a grid of models and on random
ones: the outputs, the loss, the gradients, the weights after three steps, the figures of an epoch of
training, and what the emitted object predicts.

A case with a random batch and weights is computed by the interpreter, in double; programs of plain
kernels, of those that cnnc chooses and of each row alone are then held to it with `verify`, for this CPU,
AVX2 and SSE; one thread must give two threads' bits, and so must a program whose tensors share no memory;
an object's memory ends at pages that nobody may touch; an epoch of training is held to that of plain
kernels.
Where a unit of relu or two inputs of a maximum are equal to rounding, results may jump: a case that
exceeds its tolerance is judged again by how far plain's own answers move under such noise.

    rows.py BUILD grid [--count N]             every figure of a convolution in turn
    rows.py BUILD random [--count N] [--seed S]    models number S, S + 1, ...
    rows.py BUILD ends [--count N]             every loss behind every kind of end
    rows.py BUILD steps [--count N] [--seed S]     random Steps, of nodes that no layer makes
A model that fails is printed and kept with its case. Every row must have been used, with grid.
With --programs nothing is trained and no object made: the programs alone, which is several times as fast.
With --reference layers the case is what the layers mean by themselves (tests/layers), to which the
interpreter is held as well; another batch is drawn where a value comes near a kink or a tie. Programs are
then compiled by -O2 and -O0 in turn and run with 7 threads too; objects for AArch64 run in qemu, and so do the programs of
one model in eight.
A model that fails is made smaller for as long as it fails: a layer less, or a number halved.
Where a model has what the reference does not know, or no batch of it is tame, another one is drawn in its
place; the run fails if more than one in a hundred is left out. A long run says how far it is."""
import argparse
import concurrent.futures
import copy
import itertools
import json
import math
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
import case
from draw import random_model
from ends import ends
from grid import grid
from once_wrong import once_wrong
from steps import random_steps

SOME_MODEL = Path(__file__).resolve().parents[2] / "models" / "mlp.cnn"
LEAVES = "auto", "1", "2", "4", "8", "16"  # samples of a leaf, model by model
CHOSEN, TIES = "as chosen", "exact-ties"  # what is no row, but a way to choose among them
NO_FIGURES = "epoch", "train_seconds", "val_seconds", "samples", "learning_rate"  # of a row of a log
MOST_LOOKED_AT = 300  # models, for a row that takes few
TRAINING_SEEDS = 3
CASES = 5  # drawn until one is tame
SLACK_RUNS = 8  # of plain, each with other noise
NOISE = 1e-12  # of the largest gradient: the rounding of a sum of doubles
ZERO = 1e-6  # of the largest gradient of a weight: no more than rounding
FURTHER = 1.1  # than others of its tensor, whose weights decay less: no step by a gradient that is rounding goes
LEAST_MARGIN = 1e-5  # to a kink or a tie, of a case that layers compute
DRAWS = 40  # of such a case
REFERENCE = "the interpreter of the Step"
UNKNOWN, NEAR = 3, 4  # exit codes: the model has something that tests/layers has not; a value is near a kink or a tie
REDRAWS = 20  # models drawn in the place of one that is left out
AGAIN = 10**6  # added to a Step's number for each time that another is drawn in its place
MOST_LEFT_OUT = 0.01  # of all models
TELL_EACH = 60  # seconds between lines that say how far a run is
SMALLER = 60  # models tried when one is made smaller
ARM_CC, ARM = "aarch64-linux-gnu-gcc", ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")
ARM_EACH = 8  # models: of one of so many the program runs in qemu


class Wrong(Exception):
    """What a model gets wrong, for people."""


def of_reference(wrong):
    """Whether the references differ, not what was compiled."""
    return str(wrong).startswith(REFERENCE)


class Unknown(Exception):
    """What of a model the reference does not know."""


def run(*command, ok=(0,)):
    """What a command did; raises Wrong where it ends in any other way."""
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode not in ok:
        raise Wrong(f"{shlex.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Tools:
    """What is compared, on this machine."""

    def __init__(self, build, layers):
        self.cnnc = build / "compiler" / "cnnc"
        self.apart = build / "tests" / "cnnc_apart"
        self.object = build / "tests" / "rows_object"
        self.layers = build / "tests" / "layers" if layers else None
        self.arm, self.arm_programs = None, None
        self.cross = build / "tests" / "cnnc_cross"
        self.arm_runtime = build / "tests" / "arm"
        self.cc = shlex.split(os.environ.get("CC", "cc"))
        known = run(self.cnnc, "plan", "--kernels=help", SOME_MODEL, ok=(2,)).stderr
        self.rows = [CHOSEN, *re.search(r"use (.*)", known)[1].split(", ")]
        if not self.has_openblas():
            self.rows.remove("blas")
        self.cpus = ["native"]
        if platform.machine() == "x86_64":
            self.cpus += ["x86-64"] + ["x86-64-v3"] * ("avx2" in Path("/proc/cpuinfo").read_text())

    def build_for_arm(self, folder):
        """What objects for AArch64 are run with, where this machine can."""
        if shutil.which(ARM_CC) and shutil.which(ARM[0]):
            self.arm = folder / "object-aarch64"
            run(ARM_CC, "-O1", Path(__file__).with_name("object.c"), "-o", self.arm)
            self.arm_programs = self.cross.exists() and self.arm_runtime.exists()

    def has_openblas(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "blas.c")
            source.write_text("int main(void) { return 0; }\n")
            command = [*self.cc, source, "-o", Path(folder, "blas"), "-lopenblas"]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0


def with_biases(text):
    """A model's text, where biases begin at random, not at 0."""
    return re.sub(r"^( *(?:Conv|Dense|Separable|Depthwise)\w*\((?!.*bias).*)\),$", r'\1, bias_initializer="random_uniform"),',
                  text, flags=re.MULTILINE)


class Check:
    """One model held to plain by every way to compile it."""

    def __init__(self, tools, model, number, folder, programs):
        self.tools, self.model, self.number, self.folder = tools, model, number, folder
        self.programs = programs  # alone
        self.text = folder / "model.cnn"
        self.text.write_text(model.text())
        self.slack, self.objects = False, set()

    def drawn(self, what):
        """A number that is the same whenever this model is checked."""
        return zlib.crc32(f"{self.number} {what}".encode())

    def build(self, name, *flags, cnnc=None, text=None):
        program = self.folder / name
        leaf = LEAVES[self.drawn("leaf") % len(LEAVES)]
        run(cnnc or self.tools.cnnc, "build", text or self.text, "-g0", "-o", program, f"--leaf={leaf}", "--team=8", *flags)
        return program

    def compute(self, program, given):
        """What the program makes of a case: verify tells the results apart from it, so may fail."""
        source, out = self.folder / "asked.safetensors", self.folder / "plain.safetensors"
        case.write(source, given)
        run(program, "verify", source, "-o", out, ok=(0, 1))
        computed = case.read(out)
        return given | computed

    def new_case(self):
        """The interpreter's. Where outputs that a loss divides by are all 0 its results are no numbers,
        as Keras's, and a steep model may explode: then another batch is drawn."""
        given = self.folder / "case.safetensors"
        for k in range(DRAWS if self.tools.layers else CASES):
            seed = self.drawn(k) % 10**9
            what = "--write-batch" if self.tools.layers else "--write-case"
            run(self.tools.cnnc, "verify-passes", self.text, "--samples", self.model.samples, "--seed",
                seed, what, given)
            if self.tools.layers and not self.layers_say(given):
                continue
            drawn = case.read(given)
            if case.is_tame(drawn):
                self.hold_interpreter(given)
                return drawn
        raise Unknown("its training explodes, or comes near a kink or a tie, whatever is drawn")

    def layers_say(self, given):
        """Adds what the layers mean to the batch; False where a value is too near a kink or a tie."""
        done = run(self.tools.layers, self.text, given, given, LEAST_MARGIN, ok=(0, UNKNOWN, NEAR))
        if done.returncode == UNKNOWN:
            raise Unknown(done.stderr.strip())
        return not done.returncode

    def hold_interpreter(self, given):
        """To what the layers say."""
        if not self.tools.layers:
            return
        done = run(self.tools.cnnc, "verify-passes", self.text, "--case", given, "--write-case",
                   self.folder / "interpreted.safetensors", ok=(0, 1))
        if done.returncode and ": step3/" in done.stdout and self.steps_by_noise(given):
            raise Unknown("a gradient is nothing but the rounding of doubles, and a step as long as any goes its way")
        if done.returncode:
            raise Wrong(f"{REFERENCE}, {done.stdout}{done.stderr}")

    @staticmethod
    def steps_by_noise(given):
        """Is there a gradient that is zero but for that? Biases before BatchNormalization have such ones."""
        sizes = [abs(x) for key, of in case.read(given).items() if key.startswith("grad/") for x in of[2]]
        least = NOISE * max(sizes, default=0)
        return any(0 < size < least for size in sizes)

    def ways(self, rows, used, most):
        """Ways to compile it, those first that were used least: each has a plan of its own, and the
        row it forces is in it."""
        seen, ways = set(), itertools.product(rows, self.tools.cpus)
        for way in sorted(ways, key=lambda way: used[way]):
            row, cpu = way
            flags = [f"-mcpu={cpu}"] + [f"--kernels={row}"] * (row != CHOSEN)
            plan = run(self.tools.cnnc, "plan", "--json", self.text, *flags).stdout
            used_rows = {k["variant"] for p in json.loads(plan)["phases"] for k in p["kernels"]}
            if plan in seen or row not in used_rows | {CHOSEN, TIES}:
                continue
            seen.add(plan)
            yield way, flags
            if len(seen) == most:
                return

    def judge(self, flags, program=None, runner=()):
        program = program or self.build("program", *flags)
        given, out = self.folder / "case.safetensors", self.folder / "out.safetensors"
        bits = []
        many = (1, 2, 7) if self.tools.layers else (1, 2)
        for threads in many if self.model.samples > 1 else (1,):
            command = *runner, program, "verify", given, "-o", out, "--threads", threads
            done = run(*command, ok=(0, 1))
            if done.returncode and not self.slack:
                self.measure_slack()
                done = run(*command, ok=(0, 1))
            if done.returncode and self.steps_by_rounding(flags, done.stdout, out):
                done = run(*command, ok=(0, 1))
            if done.returncode and self.explodes(done.stdout):
                raise Unknown("noise makes its training explode")
            if done.returncode:
                raise Wrong(f"{shlex.join(flags)}: {done.stdout}{done.stderr}")
            bits.append(out.read_bytes())
        if len(set(bits)) > 1:
            raise Wrong(f"{shlex.join(flags)}: one thread and several give different bits")

    def judge_arm(self, flags):
        """What tests/arm.sh does, on this model."""
        program, place = self.folder / "arm", self.tools.arm_runtime.resolve()
        flags = ["--target=aarch64-linux-gnu", *flags]
        run("env", f"CNNC_RUNTIME={place}", f"CC={ARM_CC} -static -L{place} -Wl,--unresolved-symbols=ignore-all",
            self.tools.cross, "build", self.text, "-g0", "-o", program, *flags)
        self.judge(flags, program, ARM)

    def judge_apart(self, flags):
        """Tensors that share memory are as if each had its own: no kernel touches another's, nor what another has
        overwritten. The program that was judged last is held to that."""
        out = self.folder / "out.safetensors"
        wanted = out.read_bytes()
        program = self.build("apart", *flags, cnnc=self.tools.apart)
        run(program, "verify", self.folder / "case.safetensors", "-o", out, ok=(0, 1))
        if out.read_bytes() != wanted:
            raise Wrong(f"{shlex.join(flags)}: tensors that share no memory have other bits")

    def explodes(self, said):
        """Only weights after steps are off, and plain's own are no numbers under noise: where all values
        that are normalised are equal, their deviation is rounding, by which gradients are divided."""
        off = re.findall(r"^(\S+) .*EXCEEDED$", said, re.MULTILINE)
        return bool(off) and all(key.startswith("step3/") and not math.isfinite(self.case[f"slack/{key}"][2][0])
                                 for key in off)

    def steps_by_rounding(self, flags, said, out):
        """Optimisers that divide a gradient by its own size, or take its sign, step as far where it is zero but for
        rounding: Winograd's is not the zero of a plain sum. The case then has what this program made of such
        weights, if none went further than others of its tensor; the others stay what they were, and all of plain's."""
        if "--kernels=plain" in flags:
            return False
        made = case.read(out)
        for key in re.findall(r"^step3/(\S+) .*EXCEEDED$", said, re.MULTILINE):
            if f"grad/{key}" not in self.case:
                continue
            gradient, start = self.case[f"grad/{key}"][2], self.case[f"weights/{key}"][2]
            wanted, stepped = self.case[f"step3/{key}"][2], made[f"step3/{key}"][2]
            rounding = ZERO * max(map(abs, gradient))
            furthest = FURTHER * max(abs(w - s) for w, s in zip(wanted, start))
            for i, value in enumerate(gradient):
                if abs(value) <= rounding and abs(stepped[i] - start[i]) <= furthest:
                    wanted[i] = stepped[i]
        case.write(self.folder / "case.safetensors", self.case)
        return True

    def measure_slack(self):
        others = [self.compute(self.plain, case.disturbed(self.case, k)) for k in range(SLACK_RUNS)]
        case.add_slack(self.case, others)
        case.write(self.folder / "case.safetensors", self.case)
        self.slack = True

    def train(self, program, seed):
        """The figures of an epoch on bytes, as the log has them; None where its loss is no number."""
        log = self.folder / "log.jsonl"
        done = run(program, "train", "--data", self.folder, "--seed", seed, "--log", log, "--out",
                   self.folder / "out.safetensors", ok=(0, 1))
        if "the loss became" in done.stderr:
            return None
        if done.returncode:
            raise Wrong(done.stderr)
        row = json.loads(log.read_text())
        return {key: value for key, value in row.items() if key not in NO_FIGURES and value is not None}

    def figure_limit(self, key, value):
        """Of losses and errors a share; what counts outputs may be one sample off, all of whose outputs are at a
        threshold to rounding."""
        if "loss" in key:
            return 1e-3 * max(1, value)
        if re.search(r"positives|negatives", key):
            return 1.01 * self.model.shape[0]
        if "accuracy" in key:
            return 1.01 / self.model.samples
        return max(3 / self.model.samples, 1e-2 * abs(value))

    def training_is_off(self, seed, of=""):
        wanted, seen = (self.train(self.folder / (of + name), seed) for name in ("plain", "program"))
        if wanted and not seen:
            return "the loss becomes no number"
        for key, value in (wanted or {}).items():
            if not abs(seen.get(key, math.nan) - value) <= self.figure_limit(key, value):
                return f"training ends with {key} {seen.get(key)}, not {value}"
        return None

    def judge_training(self, flags):
        """With one seed a unit of relu may be 0 to rounding; kernels are wrong with all. With all it is 0 where it sees
        zeros alone, as long as its bias is: not if biases begin elsewhere."""
        off = [*itertools.takewhile(bool, map(self.training_is_off, range(TRAINING_SEEDS)))]
        if len(off) < TRAINING_SEEDS:
            return
        moved = self.folder / "moved.cnn"
        moved.write_text(with_biases(self.text.read_text()))
        self.build("moved-plain", "--kernels=plain", "-O0", text=moved)
        self.build("moved-program", *flags, text=moved)
        if all(self.training_is_off(seed, "moved-") for seed in range(TRAINING_SEEDS)):
            raise Wrong(f"{shlex.join(flags)}: {off[0]}")
        raise Unknown("a unit of relu is 0 until its bias moves, and rounding says which way")

    def judge_object(self, flags, cc=None, runner=()):
        cc = cc or self.tools.cc
        part = {end: self.folder / f"net{end}" for end in (".o", ".h", ".so", ".x", ".y")}
        emit = self.tools.cnnc, "emit", self.text, "--prefix=net", *flags
        given = self.folder / "case.safetensors"
        run(*emit, "-w", given, "-g0", "--as=obj", "-o", part[".o"])
        code = part[".o"].read_bytes()
        if code in self.objects:
            return
        self.objects.add(code)
        run(*cc, "-shared", part[".o"], "-o", part[".so"])
        workspace = re.search(rb"net_object_in\d+_out\d+_ws(\d+)", code)[1].decode()
        if len(self.objects) == 1:  # a header takes as long as an object: that of each model's first
            run(*emit, "--as=header", "-o", part[".h"])
            if re.search(r"NET_WORKSPACE_BYTES +(\d+)", part[".h"].read_text())[1] != workspace:
                raise Wrong(f"{shlex.join(flags)}: the header has another workspace than the object")
        part[".x"].write_bytes(self.case["x"][2].tobytes())
        wanted = self.case["predict"]
        run(*(runner or [self.tools.object]), part[".so"], workspace, self.model.samples,
            math.prod(wanted[1][1:]), part[".x"], part[".y"])
        seen = case.floats(wanted[1], [])
        seen[2].frombytes(part[".y"].read_bytes())
        if not self.slack and self.object_is_off(wanted, seen):
            self.measure_slack()
        if self.object_is_off(wanted, seen):
            raise Wrong(f"{shlex.join(flags)}: the object predicts otherwise, by "
                        f"{case.distance('predict', wanted, seen):.2e}")

    def object_is_off(self, wanted, seen):
        slack = 3 * self.case["slack/predict"][2][0] if self.slack else 0
        slack = slack if math.isfinite(slack) else 0
        limit = max(1e-5 * max(1e-6, *map(abs, wanted[2])), slack)
        return not case.distance("predict", wanted, seen) <= limit # nor is nan

    def all(self, rows, used, most):
        ways = list(self.ways(rows, used, most))
        if not ways:
            return
        cpu = min(self.tools.cpus, key=lambda cpu: used["plain", cpu])
        plain = f"-mcpu={cpu}", "--kernels=plain", "-O0"
        self.case = self.new_case()
        self.plain = self.build("plain", *plain)
        self.judge(plain, self.plain)
        used["plain", cpu] += 1
        trains = not self.programs and case.write_data_set(self.folder, self.model, self.number)
        apart = ways[self.drawn("apart") % len(ways)][0]
        for way, flags in ways:
            if self.tools.layers:
                flags = [*flags, "-O2" if used[way] % 2 else "-O0"]
            self.judge(flags)
            if way == apart:
                self.judge_apart(flags)
            if trains:
                self.judge_training(flags)
            if not self.programs:
                self.judge_object(flags)
            used[way] += 1
        if self.tools.arm and not self.programs:
            forced = [f"--kernels={ways[-1][0][0]}"] if ways[-1][0][0] != CHOSEN else []
            for more in [], forced:
                self.judge_object(["--target=aarch64-linux-gnu", *more], [ARM_CC], [*ARM, self.tools.arm])
            by = self.drawn("arm")
            if self.tools.arm_programs and by % ARM_EACH == 0:
                self.judge_arm([*(forced if "blas" not in str(forced) else []), "-O2" if by // ARM_EACH % 2 else "-O0"])


class Session:
    """Many models, and what became of them."""

    def __init__(self, tools, most, programs):
        self.tools, self.most, self.programs = tools, most, programs
        self.keep = Path(tempfile.mkdtemp(prefix="rows-"))
        self.used, self.models, self.by_slack, self.wrong = Counter(), 0, 0, 0
        self.unknown = Counter()
        self.left_out = 0
        self.began = self.told = time.monotonic()
        self.lock = threading.Lock()
        if tools.layers:
            tools.build_for_arm(self.keep)

    def check(self, number, model, rows, again=None):
        """again(k): what is drawn for the k-th time in the place of a model that is left out."""
        for k in range(1, REDRAWS + 1 if again else 2):
            if self.check_one(number, model, rows):
                break
            model = again(k) if again else model
        else:
            self.left_out += 1
        self.models += 1

    def check_one(self, number, model, rows):
        """False where nothing can be said of the model."""
        folder = self.keep / f"model-{number}"
        folder.mkdir()
        it = Check(self.tools, model, number, folder, self.programs)
        try:
            it.all(rows, self.used, self.most)
            shutil.rmtree(folder)
        except Unknown as unknown:
            self.unknown[str(unknown)] += 1
            shutil.rmtree(folder)
            return False
        except (Wrong, subprocess.TimeoutExpired) as wrong:
            self.wrong += 1
            print(f"model {number}, {model.samples} samples, kept in {folder}:\n{model.text()}{wrong}",
                  flush=True)
            self.shrink(number, model, rows, of_reference(wrong))
        self.by_slack += it.slack
        return True

    def tell(self, count, end):
        """How far a run of so many models is, that begins none after `end`, once a minute."""
        with self.lock:
            now = time.monotonic()
            if now - self.told < TELL_EACH or not self.models:
                return
            self.told = now
            left = min((now - self.began) / self.models * max(0, count - self.models), max(0, end - now))
            print(f"{self.models} of {count} models, {self.wrong} wrong, {self.left_out} left out, "
                  f"{self.unknown.total()} drawn again; {left / 60:.0f} minutes to go", flush=True)

    def leaves_out_too_many(self):
        return self.left_out > MOST_LEFT_OUT * self.models

    def shrink(self, number, model, rows, reference):
        """The smallest model found that is wrong too: in its references, or in what was compiled."""
        least, left = model, SMALLER
        found = True
        while found and left > 0:
            found = False
            for other in itertools.islice(smaller(least), left):
                left -= 1
                if self.is_wrong(number, other, rows, reference):
                    least, found = other, True
                    break
        if least is not model:
            print(f"as small as that, {least.samples} samples:\n{least.text()}", flush=True)

    def is_wrong(self, number, model, rows, reference):
        folder = Path(tempfile.mkdtemp(prefix="smaller-", dir=self.keep))
        try:
            if subprocess.run([self.tools.cnnc, "check", "-"], input=model.text(), text=True,
                              capture_output=True, check=False).returncode:
                return False
            Check(self.tools, model, number, folder, self.programs).all(rows, Counter(), self.most)
            return False
        except (Wrong, subprocess.TimeoutExpired) as wrong:
            return of_reference(wrong) == reference
        except Unknown:
            return False
        finally:
            shutil.rmtree(folder)

    def idle(self):
        return [row for row in self.tools.rows if not any(self.used[row, c] for c in self.tools.cpus)]

    def report(self):
        print(f"{self.models} models, {self.used.total()} programs, {self.by_slack} models judged by slack, "
              f"{self.wrong} wrong, {self.left_out} left out")
        for what, count in self.unknown.items():
            print(f"  {count} drawn again: {what}")
        for row in self.tools.rows:
            print(f"  {row:<12}", ", ".join(f"{cpu} {self.used[row, cpu]}" for cpu in self.tools.cpus))
        if not self.wrong:
            shutil.rmtree(self.keep)


def smaller(model):
    """The model with a layer less, with a number halved, or with fewer samples."""
    def with_layers(layers):
        other = copy.copy(model)
        other.layers = layers
        return other
    for i in range(1, len(model.layers)):
        yield with_layers(model.layers[:i] + model.layers[i + 1:])
    if model.samples > 1:
        other = copy.copy(model)
        other.samples = model.samples // 2
        yield other
    for i, layer in enumerate(model.layers):
        for number in re.finditer(r"(?<![\w.])\d+(?![\w.])", layer):
            if int(number[0]) > 1:
                half = layer[:number.start()] + str(int(number[0]) // 2) + layer[number.end():]
                yield with_layers([*model.layers[:i], half, *model.layers[i + 1:]])


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="folder where cnnc and its tests were built")
    parser.add_argument("models", choices=["grid", "random", "ends", "steps"])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf, help="no model is begun later")
    parser.add_argument("--rows", default="", help="NAME,...: of those that --kernels takes (all)")
    parser.add_argument("--ways", type=int, default=0, help="to compile each model (0: all)")
    parser.add_argument("--reference", choices=["step", "layers"], default="step",
                        help="whose answers programs are held to")
    parser.add_argument("--programs", action="store_true", help="no training and no objects")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args(argv)
    session = Session(Tools(given.build, given.reference == "layers"), given.ways, given.programs)
    again = lambda number: None
    asked = given.rows.split(",") if given.rows else session.tools.rows
    if not {*asked} <= {*session.tools.rows}:
        parser.error(f"--rows takes {', '.join(session.tools.rows)}")
    if given.models == "grid":
        source = enumerate(grid())
    elif given.models == "ends":
        source = enumerate(ends())
    elif given.models == "steps":
        session.tools.cnnc = given.build / "tests" / "cnnc_steps"
        source = ((number, random_steps(number)) for number in itertools.count(given.seed))
        again = lambda number: lambda k: random_steps(AGAIN * k + number)
    else:
        source = ((number, random_model(number)) for number in itertools.count(given.seed))
        again = lambda number: lambda k: random_model(f"{number} again {k}")
    end = time.monotonic() + given.seconds
    for number, (row, model) in enumerate(once_wrong() if given.models == "grid" else []):
        session.check(f"once-wrong-{number}", model, {row} & {*session.tools.rows})

    def check(numbered):
        if time.monotonic() < end:
            session.check(*numbered, asked, again(numbered[0]))
            session.tell(given.count, end)

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(check, itertools.islice(source, given.count)))
    if given.models == "grid":  # goes on for the rows that none of these took
        for number, model in itertools.islice(source, MOST_LOOKED_AT):
            if not session.idle():
                break
            session.check(number, model, session.idle())
    session.report()
    if given.models == "grid" and session.idle():
        print("rows.py: no model of the grid took:", *session.idle(), file=sys.stderr)
        return 1
    if session.leaves_out_too_many():
        print(f"rows.py: {session.left_out} of {session.models} models were left out", file=sys.stderr)
        return 1
    return 1 if session.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
