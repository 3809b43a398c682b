#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py runs, and what it writes can be read; nothing about time.
    smoke.py BUILD MODEL.cnn..."""
import json
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
import bench
import report

KEYS = """model version target threads batch parameters train_us_step_best train_us_step_median
    train_us_sample_best train_us_sample_median infer1_us_best infer1_us_median
    infer_batch_us_sample_best infer_batch_us_sample_median max_rss_mb peak_gflops kernels""".split()


def check_kernels(rows, peak):
    """Each kind of run is cut into kernels that make up the whole, and none of them is above the peak
    by more than what a clock cannot see."""
    for run in "train", "infer1", "infer_batch":
        table = [row for row in rows if row["run"] == run]
        assert abs(sum(row["share"] for row in table) - 1) < 1e-3, table
        assert {row["per"] for row in table} == {"sample", "step"}, table
        assert table[-1]["name"] == "between kernels", table
    train = {row["name"]: row for row in rows if row["run"] == "train"}
    assert train["dense/bias"]["per"] == "step", train  # an update
    assert train["dense"]["per"] == "sample" and train["dense"]["us"] > 0, train
    for row in train.values():
        assert (row["gflops"] is None) == (row["of_peak"] is None), row
        assert not row["gflops"] or abs(row["gflops"] / row["of_peak"] / peak - 1) < 1e-3, row


def check_peers(figures):
    """Those that run a model as well, as if they were there: more series than colours, each with its bar, and the
    fastest of those on as many threads beside cnnc."""
    threads, peers = (2, 12), [f"peer {i}" for i in range(8)]
    figures["settings"]["threads"] = threads
    for model in figures["models"].values():
        one = {key: 1.0 for key in next(iter(model["program"].values())) if key.startswith(("train_us", "infer"))}

        def times(few, many, one=one):
            return {str(n): {key: factor / n for key in one} for n, factor in zip(threads, (few, many))}
        model["program"] = {n: next(iter(model["program"].values())) | us for n, us in times(1, 1).items()}
        model["peers"] = {peer: times(2 + i, 3 + i) for i, peer in enumerate(peers)}
    lines = report.ratio_lines(figures)
    for label in figures["models"]:
        row = next(line for line in lines if line.startswith(f"| {label} |"))
        both = " 2.00 (peer 0) | 3.00 (peer 0) |"  # of one sample the first number of threads alone
        assert row == f"| {label} |{both} 2.00 (peer 0) |{both}", row
    svg = report.svg(figures)
    xml.etree.ElementTree.fromstring(svg)
    assert all(svg.count(f">{peer}, 12 threads<") == 2 for peer in peers), svg
    bars = 3 * (len(threads) + 1) - 2 + len(peers) * (2 * len(threads) + 1)
    assert svg.count('height="11"') == len(figures["models"]) * bars, (svg.count('height="11"'), bars)
    assert all(f">{word}<" in svg for word in ["cnnc, 2 threads", "object, 1 thread"]), svg


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    bench.os.environ.pop("CNNC_DATA", None)  # no epochs of the real data
    bench.main([*sys.argv[1:], "--seconds=0", "--threads=1,2", "--builds=1", "--no-peers",
                f"--out={folder}", f"--lock={folder / 'lock'}"])
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert len(figures["models"]) == len(sys.argv) - 2
    for label, model in figures["models"].items():
        for row in model["program"].values():
            assert list(row) == KEYS, row
            check_kernels(row["kernels"], row["peak_gflops"])
        assert model["object"]["infer1_us_best"] > 0
        assert f"| {label} |" in (folder / "figures.md").read_text(encoding="utf-8")
    root = xml.etree.ElementTree.parse(folder / "figures.svg").getroot()
    words = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert all(label in words for label in figures["models"]), words
    check_peers(figures)
