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
    b["end"] = b["offset"] + b["bytes"] * b["held"]
    assert b["end"] <= scratch, b
for b in used:  # what is alive at the same time lies apart
    for c in used:
        alive = b["first"] <= c["last"] and c["first"] <= b["last"]
        meet = b["offset"] < c["end"] and c["offset"] < b["end"]
        assert b is c or not (alive and meet), (b, c)
for phase in plan["phases"]:  # chains: kernels that take as many samples at a time follow each other
    chain = 0
    for k, before in zip(phase["kernels"], [None] + phase["kernels"]):
        assert ("block" in k) == (phase["over"] == "leaves"), k
        chain += before is not None and k.get("block") != before.get("block")
        k["chain"] = chain
assert plan["block"] == max(k["block"] for k in kernels if "block" in k)
for b in used:  # what crosses chains is there for all samples, through the whole of its chains
    first, last = kernels[b["first"]], kernels[b["last"]]
    crosses = first["chain"] != last["chain"]
    users = [k["index"] for k in kernels if b["name"] in k["reads"] + k["writes"]]
    assert all(b["first"] <= k <= b["last"] for k in users), b
    assert b["held"] == (plan["block"] if crosses else first["block"]), b
    if crosses and b["held"] > first["block"]:
        before = kernels[b["first"] - 1]
        assert "block" not in before or before["chain"] != first["chain"], b
    if crosses and b["held"] > last["block"] and b["last"] + 1 < len(kernels):
        behind = kernels[b["last"] + 1]
        assert "block" not in behind or behind["chain"] != last["chain"], b
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
