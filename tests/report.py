#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of `report`: well formed, with nothing from outside, its matrix that of `evaluate`, its images the samples
themselves; what is foreign stays text; what cannot be shown is left out with a line. Where there is a headless
Chromium it draws the page, light and dark, without a complaint.
    report.py CNNC MAKE_DIGITS"""
import base64
import html.parser
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import programs
from programs import LIMIT, run

cnnc, digits = (Path(word).resolve() for word in sys.argv[1:3])
TESTS, EPOCHS = 60, 3
BAD = '<script>alert("x")</script>&amp;'
MODEL = """\
class_names = {names}
model = Sequential([Input((28, 28, 1)), {layers} Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs={epochs}, verbose=0, validation_split=0.2)
"""
CONV = 'Conv2D(4, 5, strides=2, activation="relu"), Flatten(),'
VOID = {"meta", "img", "br"}


def build(name, layers=CONV):
    names = [BAD] + [f"class {i}" for i in range(1, 10)]
    programs.build(cnnc, name, MODEL.format(names=json.dumps(names), layers=layers, epochs=EPOCHS))
    run(name, "train", "--out", name + ".st", "--log", name + ".jsonl")


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.open, self.images, self.cells, self.text, self.seen = [], [], [], [], {}
        self.feed(Path(path).read_text(encoding="utf-8"))
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.seen[tag] = self.seen.get(tag, 0) + 1
        assert tag not in ("script", "link", "iframe", "object") and not any(key.startswith("on") for key in attrs), tag
        assert "href" not in attrs and attrs.get("src", "data:").startswith("data:image/png;base64,"[:5]), attrs
        if tag == "img":
            self.images.append(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        self.text.append(data)
        if self.open and self.open[-1] == "td":
            self.cells.append(data)

    def all_text(self):
        return " ".join("".join(self.text).split())


def pixels(image):
    """Of a PNG file, whose chunks must be whole."""
    data = base64.b64decode(image["src"].partition(",")[2], validate=True)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, lines = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(name + body)
        if name == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        if name == b"IDAT":
            lines += body
        at += 12 + length
    row = width * (3 if colour == 2 else 1)
    lines = zlib.decompress(lines)
    assert bits == 8 and len(lines) == height * (row + 1) and not any(lines[::row + 1])
    return width, height, b"".join(lines[y * (row + 1) + 1:(y + 1) * (row + 1)] for y in range(height))


def check_whole(name):
    run(name, "report", name + ".jsonl", "--weights", name + ".st", says=[f"report written to {name}.html"])
    page = Page(name + ".html")
    seen = json.loads(run(name, "evaluate", "--json", "--weights", name + ".st"))
    matrix = [str(n) for row in seen["confusion"] for n in row]
    assert page.cells[:100] == matrix, (page.cells[:100], matrix)
    data = Path("data/t10k-images-idx3-ubyte").read_bytes()[16:]
    worst = [image for image in page.images if image["title"].startswith("sample")]
    assert len(worst) == len(seen["mistakes"]) > 0
    for image, mistake in zip(worst, seen["mistakes"]):
        assert image["title"] == f"sample {mistake['sample']} of the test data"
        assert pixels(image) == (28, 28, data[784 * mistake["sample"]:784 * (mistake["sample"] + 1)])
    text = page.all_text()
    assert "Left out" not in text and BAD in text, text
    assert page.seen["svg"] == 4, page.seen  # loss, accuracy, seconds, learning rate
    assert page.seen["circle"] == EPOCHS * 7, page.seen  # the learning rate has no validation
    return page


def check_filters():
    page = check_whole("net")
    filters = [image for image in page.images if image["title"].startswith("filter")]
    assert len(filters) == 4 and all(pixels(image)[:2] == (5, 5) for image in filters)
    build("flat", "Flatten(),")
    filters = [image for image in check_whole("flat").images if image["title"].startswith("filter")]
    assert len(filters) == 10 and all(pixels(image)[:2] == (28, 28) for image in filters)


def check_left_out():
    run("net", "report", "net.jsonl", "-o", "bare.html")
    text = Page("bare.html").all_text()
    assert text.count("Left out") == 2 and "no --weights was given" in text, text
    run("net", "report", "net.jsonl", "-o", "blind.html", "--weights", "net.st", "--data", "nowhere")
    text = Page("blind.html").all_text()
    assert text.count("Left out") == 1 and "nowhere" in text, text
    Path("one.jsonl").write_text('{"epoch": 1, "loss": null, "more": 3, "text": "x"}\n\n', encoding="utf-8")
    run("net", "report", "one.jsonl")
    assert Page("one.html").seen["svg"] == 1


# As near to each other, or as large, as numbers can be: a page with few ticks, at once.
def check_extremes():
    for number, losses in enumerate(((1, 1 + 2**-52), (1e17, 1e17 + 16), (1e308, -1e308), (5e-324, 1e-323), (-3, -3),
                                     (1e-320, 1e308), (1e300, -1e300), (0, 5e-324), (1e-9, 1e300))):
        name = f"extreme{number}"
        Path(f"{name}.jsonl").write_text("".join(json.dumps({"epoch": 2**53 - 2 + at, "loss": loss}) + "\n"
                                                 for at, loss in enumerate(losses)), encoding="utf-8")
        run("net", "report", f"{name}.jsonl")
        page = Page(f"{name}.html")
        text = Path(f"{name}.html").read_text(encoding="utf-8").lower()
        assert page.seen.get("line", 0) <= 40 and "nan" not in text and '"inf' not in text, (losses, text[-3000:])


def check_refused():
    for name, text in (("no.jsonl", "hello\n"), ("list.jsonl", "[1]\n"), ("empty.jsonl", ""),
                       ("epoch.jsonl", '{"epoch": 1e17}\n'), ("first.jsonl", '{"epoch": 0}\n'),
                       ("last.jsonl", '{"epoch": 9007199254740992}\n'),
                       ("half.jsonl", '{"epoch": 1, "loss": 2}\n{"epoch":')):
        Path(name).write_text(text, encoding="utf-8")
        run("net", "report", name, code=1, says=[name])
        assert not Path(name).with_suffix(".html").exists()
    run("net", "report", "nowhere.jsonl", code=1, says=["nowhere.jsonl"])
    run("net", "report", "net.jsonl", "--weights", "net.cnn", "-o", "x.html", code=1, says=["net.cnn"])
    for kept in ("net.jsonl", "net.st"):
        run("net", "report", "net.jsonl", "--weights", "net.st", "-o", kept, code=1, says=[kept])
    run("net", "report", "net.jsonl", "-o", "no/page.html", code=3, says=["no/page.html"])
    run("net", "report", code=2)


def check_drawn():
    browser = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    if not browser:
        print("skipped: no headless Chromium")
        return
    pictures = []
    for scheme in (1, 0):  # light, dark
        done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                               "--enable-logging=stderr", f"--user-data-dir={os.getcwd()}/browser",
                               f"--blink-settings=preferredColorScheme={scheme}", "--window-size=1000,2000",
                               f"--screenshot={scheme}.png", f"file://{os.getcwd()}/net.html"], check=False,
                              capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 0 and "CONSOLE" not in done.stderr, done.stderr
        pictures.append(Path(f"{scheme}.png").read_bytes())
    assert all(len(picture) > 20000 for picture in pictures) and pictures[0] != pictures[1]
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={os.getcwd()}/browser",
                           "--dump-dom", f"file://{os.getcwd()}/net.html"], check=True, capture_output=True, text=True,
                          timeout=LIMIT)
    assert len(re.findall("<svg", done.stdout)) == 4 and "alert(" in done.stdout and "<script" not in done.stdout


def main():
    with programs.folder(digits, 300, TESTS):
        build("net")
        check_filters()
        check_left_out()
        check_extremes()
        check_refused()
        check_drawn()


if __name__ == "__main__":
    main()
