#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Simulates a training step on 1 to 64 cores from the times of its kernels on one, measured here: which leaves and
units each thread takes, as the engine hands them out, the teams that threads form where there are fewer leaves, the
sums that are added behind, and barriers. What bounds a machine with many cores is assumed, not measured: see --barrier,
--add, --core and --memory. Prints a table of how many times faster than one thread each number of cores is, by batch
and by samples of a leaf, without teams and with them, and draws the latter.

    cores.py BUILD MODEL.cnn [--batches 8,16,32,128,1024] [--leaves 16,8,4,2] [--svg cores.svg] [--check]

Kernels that like several samples at a time lose some of that in small leaves: each size of a leaf has a program of
its own, that is measured (build --leaf=N). All are beside one thread in leaves of 16. A star marks the size that the plan
chooses for a batch. With --check the program trains on 1 and 2 threads for each batch, in the plan's leaves, and
what the simulation says stands beside it."""
import argparse
import heapq
import itertools
import json
import math
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from bench import run

CORES = (1, 2, 4, 8, 16, 32, 64)


def said(*command):
    return json.loads(run(*command))


class Step:
    """A model's training step: the phases of its plan with the measured times of their kernels."""

    def __init__(self, plan, bench):
        us = {kernel["name"]: kernel for kernel in bench["kernels"] if kernel["run"] == "train"}
        self.memory, self.leaves, self.phases = plan["memory"], plan["leaves"], []
        for phase in plan["phases"]:
            times = {"sample": 0.0, "step": 0.0}
            for kernel in phase["kernels"]:
                timed = us.get(kernel["name"], {"us": 0, "per": kernel["per"]})
                once = kernel["per"] == "sample" and timed["per"] == "step"  # for the batch that was measured
                kernel["us"] = timed["us"] / (bench["batch"] if once else 1)
                times[kernel["per"]] += kernel["us"]
            traffic = sum(kernel["bytes_shared"] for kernel in phase["kernels"])
            self.phases.append((phase, times, max(1, phase["units"]), traffic))


def plan_leaf(step, batch):
    return max(of["samples"] for of in step.leaves if of["from"] <= batch)


def measured(cnnc, model, program, leaf, seconds):
    run(cnnc, "build", model, f"--leaf={leaf}", "-o", program)
    bench = said(program, "bench", "--json", "--kernels", "--threads", 1, "--seconds", seconds)
    return Step(said(cnnc, "plan", "--json", f"--leaf={leaf}", model), bench)


def subtree(leaves, threads):
    """As runtime/engine/reduce.c."""
    best, size, least = math.ceil(leaves / threads), 1, 2 * threads if threads > 1 else 1
    step = 2
    while step < 2 * leaves and math.ceil(leaves / step) >= least:
        rounds = leaves // step // threads
        busiest = (rounds + (leaves // step % threads > 0)) * step
        if max(busiest, rounds * step + leaves % step) <= best + best // 16:
            size = step
        step *= 2
    return size


def share_out(tasks, threads):
    """When the last thread is through, each taking the next task when it is through with one."""
    free = [0.0] * threads
    for task in tasks:
        heapq.heapreplace(free, free[0] + task)
    return max(free)


def faster(kernel, parts):
    """How many times as fast so many threads are that share it, where the largest share decides (plan/team.c)."""
    block, pieces = kernel["block"], kernel.get("pieces", 1)
    samples = kernel["cut"] == "samples" or kernel["cut"] == "either" and block >= parts
    cut = block if samples else pieces if kernel["cut"] in ("results", "either") else 1
    return cut / math.ceil(cut / parts)


def team_leaf(phase, samples, parts, assumed):
    """Microseconds of a leaf that so many threads share, who meet behind each kernel."""
    parts = min(parts, phase["team"])
    return sum(samples * kernel["us"] / faster(kernel, parts) +
               math.ceil(samples / kernel["block"]) * barrier(parts, assumed) for kernel in phase["kernels"])


def team_phase(step, phase, batch, threads, leaf, assumed):
    leaves, add = math.ceil(batch / leaf), step.memory["leaf"] / assumed.add / 1e3
    largest = max(team_leaf(phase, min(leaf, batch - at * leaf),
                            math.ceil((at + 1) * threads / leaves) - math.ceil(at * threads / leaves), assumed)
                  for at in range(leaves))
    return largest + add / threads + (leaves - 1) * add / min(threads, 64) + barrier(threads, assumed)


def leaf_phase(step, phase, times, batch, threads, leaf, assumed):
    leaves, add = math.ceil(batch / leaf), step.memory["leaf"] / assumed.add / 1e3
    size = subtree(leaves, threads)
    tasks, roots = [], math.ceil(leaves / size)
    for first in range(0, leaves, size):
        count = min(size, leaves - first)
        samples = min(count * leaf, batch - first * leaf)
        tasks.append(samples * times["sample"] + (2 * count - 1) * add)
    gather = max(0, roots - 1) * add / min(threads, 64)
    alone = share_out(tasks, threads) + gather + barrier(threads, assumed)
    if leaves >= threads or phase["team"] == 1 or not assumed.teams:
        return alone
    return min(alone, team_phase(step, phase, batch, threads, leaf, assumed))  # the engine tries both


def unit_phase(times, units, batch, threads):
    unit, at, tasks = (batch * times["sample"] + times["step"]) / units, 0, []
    while at < units:  # as the engine's take()
        share = max(1, units if threads == 1 else (units - at) // (3 * threads))
        share = min(share, units - at)
        tasks.append(share * unit)
        at += share
    return share_out(tasks, threads)


def barrier(threads, assumed):
    return assumed.barrier * math.log2(threads) if threads > 1 else 0


def simulate(step, batch, threads, leaf, assumed):
    us, bandwidth = 0, min(threads * assumed.core, assumed.memory)
    for phase, times, units, traffic in step.phases:
        if phase["over"] == "leaves":
            takes = leaf_phase(step, phase, times, batch, threads, leaf, assumed)
            traffic = batch * step.memory["kept_a_sample"]
        else:
            takes = unit_phase(times, units, batch, threads)
        far = traffic if traffic > threads * assumed.cache * 1e6 else 0
        us += max(takes, far / bandwidth / 1e3) + barrier(threads, assumed)
    return us


def chart(title, curves, path):
    """Speed-up by cores, both by powers of two."""
    width, height, left, bottom = 760, 420, 60, 50
    most = math.log2(CORES[-1])

    def place(cores, times):
        return (left + (width - left - 190) * math.log2(cores) / most,
                height - bottom - (height - bottom - 40) * max(0, math.log2(times)) / most)
    text = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="12"><rect width="{width}" height="{height}" fill="white"/>'
            f'<text x="{left}" y="22" font-size="15">{title}</text>']
    for cores in CORES:
        x, y = place(cores, cores)
        text.append(f'<line x1="{x:.0f}" y1="40" x2="{x:.0f}" y2="{height - bottom}" stroke="#ddd"/>'
                    f'<line x1="{left}" y1="{y:.0f}" x2="{width - 190}" y2="{y:.0f}" stroke="#ddd"/>'
                    f'<text x="{x:.0f}" y="{height - bottom + 18}" text-anchor="middle">{cores}</text>'
                    f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{cores}</text>')
    text.append(f'<text x="{left}" y="{height - 12}">cores; times as fast as one</text>')
    for number, (name, times) in enumerate(curves):
        colour = f"hsl({number * 360 / len(curves):.0f},65%,42%)"
        points = [place(cores, of) for cores, of in zip(CORES, times)]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        text.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>'
                    f'<text x="{width - 180}" y="{60 + 18 * number}" fill="{colour}">{name}</text>')
    Path(path).write_text("\n".join([*text, "</svg>\n"]), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--batches", default="8,16,32,128,1024")
    parser.add_argument("--leaves", default="16,8,4,2")
    parser.add_argument("--seconds", type=int, default=1, help="to measure each figure")
    parser.add_argument("--barrier", type=float, default=0.5, help="us for each doubling of threads")
    parser.add_argument("--add", type=float, default=20, help="GB/s at which a core adds sums")
    parser.add_argument("--core", type=float, default=12, help="GB/s of far memory that a core gets")
    parser.add_argument("--memory", type=float, default=100, help="GB/s that all of them get")
    parser.add_argument("--cache", type=float, default=1, help="MB a core of what is not far memory")
    parser.add_argument("--svg", default="")
    parser.add_argument("--check", action="store_true")
    assumed = parser.parse_args()
    cnnc, curves = assumed.build / "compiler" / "cnnc", []
    with tempfile.TemporaryDirectory() as folder:
        program, leaves = Path(folder) / "program", [int(leaf) for leaf in assumed.leaves.split(",")]
        steps = {leaf: measured(cnnc, assumed.model, program, leaf, assumed.seconds) for leaf in {16, *leaves}}
        own = measured(cnnc, assumed.model, program, "auto", assumed.seconds)
        print(f"| batch | leaf | {' | '.join(map(str, CORES))} |\n|---:|---:|{'---:|' * len(CORES)}")
        for batch in map(int, assumed.batches.split(",")):
            one = simulate(steps[16], batch, 1, 16, assumed)
            for leaf, assumed.teams in itertools.product(leaves, (False, True)):
                us = [simulate(steps[leaf], batch, cores, leaf, assumed) for cores in CORES]
                times = [one / of for of in us]
                star = " *" if leaf == plan_leaf(own, batch) else ""
                teams = ", teams" if assumed.teams else ""
                print(f"| {batch} | {leaf}{star}{teams} | {' | '.join(f'{of:.1f}' for of in times)} |")
                if assumed.teams:
                    curves.append((f"batch {batch}, leaves of {leaf}", times))
        for batch in map(int, assumed.batches.split(",") if assumed.check else ()):
            seen = [said(program, "bench", "--json", "--threads", threads, "--batch-size", batch, "--seconds",
                         assumed.seconds)["train_us_step_best"] for threads in (1, 2)]
            told = [simulate(own, batch, threads, plan_leaf(own, batch), assumed) for threads in (1, 2)]
            print(f"batch {batch}: measured {seen[0]:.0f} and {seen[1]:.0f} us on 1 and 2 threads, "
                  f"{seen[0] / seen[1]:.2f} times; simulated {told[0]:.0f} and {told[1]:.0f}, {told[0] / told[1]:.2f}")
    if assumed.svg:
        chart(f"{assumed.model.stem}: a training step, simulated", curves, assumed.svg)


if __name__ == "__main__":
    main()
