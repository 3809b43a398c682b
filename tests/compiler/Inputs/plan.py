# SPDX-License-Identifier: MIT
# Reads `cnnc plan --json` from stdin and holds it to what a plan must say.
#   plan.py [KEY=VALUE...]    KEY: mode, or KERNEL:FIGURE; lists are joined by +
import json
import sys

plan = json.load(sys.stdin)
kernels = [k for phase in plan["phases"] for k in phase["kernels"]]
by_name = {k["name"]: k for k in kernels}
assert len(by_name) == len(kernels), "two kernels of one name"
assert [k["index"] for k in kernels] == list(range(len(kernels)))
for k in kernels:
    assert k["layers"] and k["why"] and k["per"] in ("sample", "step"), k
    assert k["pass"] in ("prepare", "forward", "dX", "dW", "update"), k
    prices = [r["cycles"] for r in k["reasons"]]
    assert prices == sorted(prices), k
    assert min(k["flops"], k["flops_written"], k["bytes"], k["bytes_shared"], k["cycles"]) >= 0, k

buffers = plan["memory"]["buffers"]
names = [b["name"] for b in buffers]
assert len(set(names)) == len(names), "two buffers of one name"
scratch = plan["memory"]["scratch_a_thread"]
used = [b for b in buffers if b["block"] == "sample"]
for b in used:
    b["end"] = b["offset"] + b["bytes"] * plan["block"]
    assert b["end"] <= scratch, b
for b in used:  # what is alive at the same time lies apart
    for c in used:
        alive = b["first"] <= c["last"] and c["first"] <= b["last"]
        meet = b["offset"] < c["end"] and c["offset"] < b["end"]
        assert b is c or not (alive and meet), (b, c)
for b in buffers:
    assert 0 <= b["first"] <= b["last"] < len(kernels), b

batch = plan["total"]["samples"]
for figure in ("flops", "flops_written"):
    counted = [k for k in kernels if plan["mode"] == "training" or k["pass"] != "prepare"]
    total = sum(k[figure] * (batch if k["per"] == "sample" else 1) for k in counted)
    assert abs(total - plan["total"][figure]) <= batch * len(kernels), figure

for expected in sys.argv[1:]:
    key, _, value = expected.partition("=")
    where, _, figure = key.rpartition(":")
    found = (by_name[where] if where else plan)[figure]
    found = "+".join(found) if isinstance(found, list) else str(found)
    assert found == value, f"{key} is {found}"
