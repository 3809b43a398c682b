# SPDX-License-Identifier: MIT
# Holds the picture of a plan to its JSON: every kernel has its box, every buffer of the scratch its
# rectangle, all on the page, and nothing in it is more than a drawing.
#   svg.py PICTURE.svg PLAN.json
import json
import sys
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
page = xml.parse(sys.argv[1]).getroot()
plan = json.load(open(sys.argv[2], encoding="utf-8"))
assert page.tag == SVG + "svg"
width, height = float(page.get("width")), float(page.get("height"))

allowed = "svg title style defs marker path rect g text line"
for e in page.iter():
    assert e.tag in [SVG + name for name in allowed.split()], e.tag
    assert not any("href" in key or key.startswith("on") for key in e.keys()), e.attrib
    for x, w, limit in (("x", "width", width), ("y", "height", height)):
        if e.tag == SVG + "rect" and e.get(x):
            assert 0 <= float(e.get(x)) <= float(e.get(x)) + float(e.get(w)) <= limit, e.attrib
assert "url" not in page.find(SVG + "style").text

groups = [g for g in page.iter(SVG + "g") if g.find(SVG + "rect") is not None]
titles = [g.find(SVG + "title").text for g in groups]
kernels = [k for phase in plan["phases"] for k in phase["kernels"]]
for k in kernels:
    found = [t for t in titles if t.startswith(f"{k['index']} {k['name']}\n")]
    assert len(found) == 1 and k["variant"] in found[0] and k["why"] in found[0], k
scratch = [b for b in plan["memory"]["buffers"] if b["block"] == "sample"]
for b in scratch:
    assert sum(t.startswith(b["name"] + "\n") for t in titles) == 1, b
assert len(titles) == len(kernels) + len(scratch)

boxes = [g.find(SVG + "rect") for g in groups[: len(kernels)]]
places = [(float(r.get("x")), float(r.get("y"))) for r in boxes]
for i, (x, y) in enumerate(places):  # boxes stand apart
    for u, v in places[:i]:
        assert abs(x - u) >= float(boxes[i].get("width")) or abs(y - v) >= float(
            boxes[i].get("height")
        ), (x, y)
