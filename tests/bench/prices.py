#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the plan expects of each kernel of a training step beside what it takes on this machine.
    prices.py BUILD MODEL.cnn... [--mcpu CPU] [--rounds N] [--shown N]
Programs run on one thread with the batch that they were planned for; of each kernel the best of some
rounds counts. The plan is told how fast the caches and memory are (bench --memory, the best of as many), and its cycles
become time by the clock at which this machine reaches its peak. A line a kernel, the slowest first, and at the
end how much of the step's time is within a quarter. Nothing is asserted. Measure on an idle machine."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from bench import alone, run

FMAS = 2  # that start in a cycle, on every target there is (compiler/codegen/targets)
NEAR = 0.25


def planned(cnnc, model, cpu, memory):
    """The plan's kernels by name, and the samples of its step."""
    plan = json.loads(run(cnnc, "plan", model, f"-mcpu={cpu}", "--json", f"--memory={memory}"))
    kernels = [kernel for phase in plan["phases"] for kernel in phase["kernels"]]
    return plan, {kernel["name"]: kernel for kernel in kernels}


def measured(program, batch, rounds):
    """Microseconds of each kernel in a step, the best of some rounds; the peak in GFLOP/s."""
    best, peak = {}, 0
    for _ in range(rounds):
        text = run(program, "bench", "--kernels", "--json", "--threads", 1, "--seconds", 1,
                   "--batch-size", batch)
        figures = json.loads(text)
        peak = max(peak, figures["peak_gflops"])
        for row in figures["kernels"]:
            if row["run"] == "train":
                us = row["us"] * (batch if row["per"] == "sample" else 1)
                best[row["name"]] = min(us, best.get(row["name"], us))
    return best, peak


def memory_of(program, rounds):
    """What --memory of plan is told, of each rate the best of some rounds."""
    found = [json.loads(run(program, "bench", "--memory", "--json")) for _ in range(rounds)]
    caches = [{key: max(cache[key] for cache in same) for key in same[0]} for same in zip(*found)]
    return ",".join("{bytes}:{read}:{written}:{changed}".format(**cache) for cache in caches)


def compare(cnnc, model, cpu, rounds):
    """Rows of kernel, variant, microseconds of a step as planned and as measured, the slowest first."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        run(cnnc, "build", model, f"-mcpu={cpu}", "-o", program)
        plan, kernels = planned(cnnc, model, cpu, memory_of(program, rounds))
        batch = plan["total"]["samples"]
        best, peak = measured(program, batch, rounds)
    clock = peak * 1e3 / (2 * FMAS * plan["vector"])  # MHz: cycles a microsecond
    rows = []
    for name, kernel in kernels.items():
        if name in best:
            steps = batch if kernel["per"] == "sample" else 1
            rows.append((name, kernel["variant"], kernel["cycles"] * steps / clock, best[name]))
    return batch, clock, sorted(rows, key=lambda row: -row[3])


def show(model, batch, clock, rows, shown):
    whole = sum(row[3] for row in rows)
    print(f"{model.stem}, a step of {batch} samples, one thread, {clock:.0f} MHz\n")
    print(f"{'kernel':36} {'variant':16} {'planned us':>12} {'measured us':>12} {'ratio':>6} share")
    for name, variant, plan, us in rows[:shown]:
        ratio = f"{us / plan:.2f}" if plan else ""
        print(f"{name:36} {variant:16} {plan:12.1f} {us:12.1f} {ratio:>6} {100 * us / whole:4.1f} %")
    near = sum(us for _, _, plan, us in rows if abs(us - plan) <= NEAR * plan)
    total = sum(row[2] for row in rows)
    print(f"\nall kernels: planned {total:.0f}, measured {whole:.0f} us, {whole / total:.2f} times; "
          f"within {100 * NEAR:.0f} %: {100 * near / whole:.0f} % of the time\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="build folder: has compiler/cnnc")
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--mcpu", default="native", help="CPU that programs are built for")
    parser.add_argument("--rounds", type=int, default=3, help="of a second, for each model")
    parser.add_argument("--shown", type=int, default=20, help="kernels of each model")
    parser.add_argument("--lock", type=Path, default=Path(tempfile.gettempdir()) / "cnnc-bench.lock",
                        help="file that keeps measurements apart")
    given = parser.parse_args()
    for model in given.models:
        with alone(given.lock):
            figures = compare(given.build / "compiler" / "cnnc", model, given.mcpu,
                              given.rounds)
        show(model, *figures, given.shown)


if __name__ == "__main__":
    main()
