# SPDX-License-Identifier: MIT
"""That plans differ in nothing but what they expect, each more than the one before: expected.py PLAN.json..."""
import json
import sys

plans = [json.load(open(name)) for name in sys.argv[1:]]
cycles = [plan["total"].pop("cycles") for plan in plans]
assert all(a < b for a, b in zip(cycles, cycles[1:])), cycles
for plan in plans:
    for phase in plan["phases"]:
        for kernel in phase["kernels"]:
            del kernel["cycles"]
assert all(plan == plans[0] for plan in plans)
