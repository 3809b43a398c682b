#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of examples/web in a headless Chromium, by mouse, finger and keys: what is drawn becomes an image as MNIST's
are, and its probabilities are the program's for the same bytes. Exit code 77 means skipped.
    web.py small CNNC EXAMPLES MAKE_DIGITS     a small network, all that the page does
    web.py train CNNC EXAMPLES MAKE_DIGITS     a page that trains: its weights are those of the object here
    web.py mnist CNNC EXAMPLES png|ppm         the network of the docs, trained on MNIST: it reads what is drawn"""
import base64
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import browser
import programs
from drawing import STROKES, image, ink, on_pad, opened, probabilities, write
from objects import skip, tool
from programs import run
from training import Training

sys.path.append(str(Path(__file__).parent / "rows"))
import case

what, cnnc, examples, *rest = sys.argv[1:]
cnnc, make = Path(cnnc).resolve(), Path(examples).resolve() / "web" / "make.py"
SIDE, LIMIT, TRAINING_LIMIT = 28, 200_000, 300_000  # bytes of the pages
MODEL = """\
model = Sequential([Input((28, 28, 1)), Conv2D(6, (3, 5), activation="relu"), MaxPooling2D(2), Flatten(),
                    Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=2, verbose=0)
"""


def skip_without_tools():
    if not browser.find():
        skip("no headless Chromium")
    tool("wasm-ld")


def made(*words, code=0, says=""):
    done = subprocess.run([sys.executable, make, *words], check=False, capture_output=True, text=True)
    if done.returncode == 3 and "built without clang" in done.stderr:
        skip("this cnnc was built without clang")
    assert done.returncode == code and says in done.stderr, done


def check_program(page, weights):
    """The program's answer to the image."""
    pixels, seen = image(page), probabilities(page)
    Path("drawn.pgm").write_bytes(b"P5 28 28 255\n" + bytes(pixels))
    answer, = json.loads(run("net", "predict", "--json", "--exact", "--invert", "no", "--weights", weights, "drawn.pgm"))
    wanted = answer["output"]
    assert len(seen) == len(wanted) == 10 and abs(sum(seen) - 1) < 1e-5, seen
    assert all(abs(a - b) <= 1e-5 for a, b in zip(seen, wanted)), (seen, wanted)
    return seen.index(max(seen))


def check_form(page):
    """The rules of MNIST's images."""
    pixels = image(page)
    rows = [y for y in range(SIDE) if max(pixels[y * SIDE:(y + 1) * SIDE]) > 127]
    columns = [x for x in range(SIDE) if max(pixels[x::SIDE]) > 127]
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    assert 19 <= longest <= 21, (rows, columns)
    mass = sum(pixels)
    centre = [sum(v * (at(i) + .5) for i, v in enumerate(pixels)) / mass for at in (lambda i: i // SIDE, lambda i: i % SIDE)]
    assert all(abs(v - SIDE / 2) <= .51 for v in centre), centre


def check_size(page):
    """A digit drawn small, in a corner, is the same image but for the mouse's whole pixels."""
    write(page, 4)
    large = image(page)
    page.key("Escape")
    for stroke in STROKES[4]:
        page.drag(on_pad(page, [(.5 + x / 2, .5 + y / 2) for x, y in stroke]))
    page.drawn()
    off = sum(abs(a - b) for a, b in zip(large, image(page))) / sum(large)
    assert off < .1, off


def check_filters(page, weights):
    """Responses, computed here from the weights, and that they are what is drawn: signs are colours."""
    write(page, 7)
    of = case.read(Path(weights))
    (_, (height, width, _, filters), kernel), (_, _, bias) = of["conv2d/kernel"], of["conv2d/bias"]
    pixels, h, w = image(page), SIDE - height + 1, SIDE - width + 1
    blue, brown = page.value("colours().slice(0, 2)")
    assert page.value("document.querySelectorAll('#filters canvas').length") == 2 * filters
    for f in range(filters):
        wanted = [bias[f] + sum(kernel[(ky * width + kx) * filters + f] * pixels[(y + ky) * SIDE + x + kx] / 255
                                for ky in range(height) for kx in range(width)) for y in range(h) for x in range(w)]
        drawn = page.value(f"""(() => {{ const of = document.querySelectorAll('#filters canvas')[{2 * f + 1}];
            return [of.width, of.height, ...of.getContext('2d').getImageData(0, 0, {w}, {h}).data]; }})()""")
        assert drawn[:2] == [w, h] and len(drawn) == 2 + 4 * h * w
        strong = [(value, drawn[2 + 4 * i:6 + 4 * i]) for i, value in enumerate(wanted) if abs(value) > .2]
        assert strong or max(map(abs, wanted)) <= .2
        for value, (*colour, alpha) in strong:  # what is not opaque is rounded
            near, far = (blue, brown) if value > 0 else (brown, blue)
            assert alpha > 40 and math.dist(colour, near) < math.dist(colour, far), (f, value, colour, alpha)
        ours = page.value(f"[...responses(openFirst(JSON.parse(network_data.textContent).first), {pixels})[{f}]]")
        assert max(abs(a - b) for a, b in zip(ours, wanted)) < 1e-4


def check_hands(page):
    """Undo, clear, a finger and the keys."""
    page.key("Escape")
    page.drawn()
    assert ink(page) == 0 and probabilities(page) == [0] * 10 and max(image(page)) == 0
    page.drag(on_pad(page, STROKES[4][0]))
    page.drawn()
    once = image(page), ink(page)
    page.swipe(on_pad(page, STROKES[4][1]))
    page.drawn()
    assert ink(page) > once[1] and image(page) != once[0]
    page.drag(on_pad(page, [(.1, .1)]))  # a dot
    page.value("undo.click()")
    page.key("z")
    page.drawn()
    assert (image(page), ink(page)) == once
    page.mouse("mousePressed", *on_pad(page, [(.9, .9)])[0])  # answers come before the mouse is let go
    page.mouse("mouseMoved", *on_pad(page, [(.9, .1)])[0])
    page.drawn()
    assert image(page) != once[0] and ink(page) > once[1]
    page.mouse("mouseReleased", *on_pad(page, [(.9, .1)])[0])
    page.value("document.getElementById('clear').click()")
    page.drawn()
    assert ink(page) == 0 and page.value("document.activeElement.id") == "pad"
    page.key("ArrowUp")
    page.key(" ", " ")
    for _ in range(8):
        page.key("ArrowDown")
    page.key(" ", " ")
    page.drawn()
    check_form(page)
    assert page.value("message.textContent").endswith("%)")


def check_shown(page):
    """Pictures of it, empty, drawn and dark, and narrow: nothing is cut off."""
    page.key("Escape")
    page.drawn()
    pictures = [page.screenshot()]
    write(page, 7)
    pictures.append(page.screenshot())
    page.scheme("dark")
    pictures.append(page.screenshot())
    assert all(len(picture) > 10_000 and picture[:8] == b"\x89PNG\r\n\x1a\n" for picture in pictures)
    assert len(set(pictures)) == 3 and len(pictures[1]) > len(pictures[0])
    page.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    page.drawn()
    assert page.value("document.documentElement.scrollWidth") <= 360
    page.key("Escape")
    page.swipe(on_pad(page, STROKES[1][0][::-1]))  # upwards, which elsewhere scrolls
    page.drawn()
    check_form(page)
    assert page.value("scrollY") == 0


def check_refused():
    other = Path(__file__).resolve().parent / "goldens" / "conv1d"
    made(cnnc, f"{other}.cnn", f"{other}.safetensors", "x.html", code=1, says="28 x 28 x 1")
    made(cnnc, "net.cnn", "none.st", "x.html", code=1, says="none.st")
    made(cnnc, "net.cnn", "net.st", "nowhere/x.html", code=1, says="nowhere/x.html")
    made("no-cnnc", "net.cnn", "net.st", "x.html", code=1, says="no-cnnc")
    made("net.cnn", code=1, says="CNNC MODEL WEIGHTS PAGE")
    assert not Path("x.html").exists()


def small(digits):
    with programs.folder(Path(digits).resolve(), 300, 60):
        programs.build(cnnc, "net", MODEL)
        run("net", "train", "--out", "net.st")
        made(cnnc, "net.cnn", "net.st", "net.html")
        check_refused()
        with browser.page(f"file://{os.getcwd()}/net.html") as page:
            opened(page)
            page.value("globalThis.network_data = document.getElementById('network'), 1")
            for digit in (1, 0, 7):
                write(page, digit)
                check_form(page)
                check_program(page, "net.st")
            check_size(page)
            check_filters(page, "net.st")
            check_hands(page)
            check_shown(page)
            assert not page.complaints, page.complaints


def taught(page):
    """The weights, as the page saves them."""
    name, end = Path("taught.safetensors"), time.monotonic() + programs.LIMIT
    name.unlink(missing_ok=True)
    page.value("keep.click()")
    while not name.exists():
        assert time.monotonic() < end
        time.sleep(.05)
    return {key: values for key, (_, _, values) in case.read(name).items()}


def learned(page):
    """What a lesson says at its end."""
    page.wait("lesson.textContent.startsWith('Drawings')")
    said = page.value("lesson.textContent")
    page.value("lesson.textContent = ''")
    drawings, steps, before, after = re.fullmatch(r"Drawings: (\d+), steps: (\d+), loss: (\S+) → (\S+)", said).groups()
    return int(drawings), int(steps), float(before), float(after)


def off(a, b):
    assert a.keys() == b.keys()
    return max(abs(x - y) for key in a for x, y in zip(a[key], b[key], strict=True))


def check_lessons(page, reference, digits):
    """Digits are drawn and named; the last one is taught again."""
    samples, alone = [], {}
    for digit in digits:
        write(page, digit)
        alone[digit] = image(page)
    page.key("Escape")
    for number, digit in enumerate(digits):
        for stroke in STROKES[digit]:
            page.drag(on_pad(page, stroke))  # what was named before goes by itself
        page.drawn()
        assert image(page) == alone[digit]
        samples.append((alone[digit], digit))
        if number % 2:
            page.key(str(digit))
        else:
            page.value(f"document.querySelectorAll('#labels button')[{digit}].click()")
        drawings, steps, before, after = learned(page)
        losses = reference.lesson(samples, steps)
        assert drawings == len(samples) and steps == 20
        assert abs(losses[0] - before) < 2e-3 and abs(losses[-1] - after) < 2e-3, (losses, before, after)
        assert after < before
    assert page.value("document.querySelectorAll('#drawings figure').length") == len(samples)
    page.value("again.click()")
    learned(page)
    reference.lesson(samples, 20)
    return samples


def train(digits):
    with programs.folder(Path(digits).resolve(), 300, 60):
        programs.build(cnnc, "net", MODEL)
        run("net", "train", "--out", "net.st")
        made("--train", cnnc, "net.cnn", "net.st", "net.html")
        first = {key: values for key, (_, _, values) in case.read(Path("net.st")).items()}
        with browser.page(f"file://{os.getcwd()}/net.html") as page:
            page.downloads(os.getcwd())
            opened(page)
            page.key("3")
            assert "first" in page.value("lesson.textContent")
            reference = Training(cnnc, "net.cnn", first)
            check_lessons(page, reference, (1, 0, 7))
            after = taught(page)
            print(f"{off(after, reference.weights()):.1e} off, {off(after, first):.1e} learned")
            assert off(after, reference.weights()) < 1e-4 and off(after, first) > 1e-2
            assert check_program(page, "taught.safetensors") == 7
            page.value("restore.click()")
            check_program(page, "net.st")
            assert off(taught(page), first) == 0
            page.value("nothing.click()")
            reference = Training(cnnc, "net.cnn", seed=1)
            assert off(taught(page), reference.weights()) == 0
            check_lessons(page, reference, (4, 1))
            assert off(taught(page), reference.weights()) < 1e-4
            check_program(page, "taught.safetensors")
            Path("page.png").write_bytes(page.screenshot())
            assert not page.complaints, page.complaints


def mnist(picture):
    """As the docs say, command by command."""
    if "CNNC_DATA" not in os.environ:
        print("skipped: no CNNC_DATA")
        sys.exit(1 if os.environ.get("CNNC_REQUIRE_DATA") == "1" else 77)
    project = make.parents[2]
    blocks = re.findall(r"(?:^    .*\n)+", (project / "docs" / "web.md").read_text(encoding="utf-8"), re.M)
    make_page, make_teaching, predict = blocks
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "CNNC_DATA": os.path.abspath(os.environ["CNNC_DATA"])}
        os.chdir(folder)
        os.mkdir("bin")
        for name, at in (("bin/cnnc", cnnc), ("models", project / "models"), ("examples", make.parents[1])):
            os.symlink(at, name)
        subprocess.run(["sh", "-ec", make_page], check=True, env=env)
        os.symlink("mnist", "net")
        check_small("digits.html", LIMIT)
        done = subprocess.run(["sh", "-ec", make_teaching], check=False, env=env, capture_output=True, text=True)
        if done.returncode != 3 or "built without clang" not in done.stderr:
            check_small("teach.html", TRAINING_LIMIT)
        with browser.page(f"file://{folder}/digits.html") as page:
            opened(page)
            for digit in STROKES:
                write(page, digit)
                assert check_program(page, "mnist.safetensors") == digit, (digit, probabilities(page))
                if picture == "png":
                    check_saved(page, predict, env)
            assert not page.complaints, page.complaints


def check_small(name, limit):
    size = os.path.getsize(name)
    print(f"{name}: {size} bytes")
    assert size < limit


def check_saved(page, command, env):
    page.value("save.dispatchEvent(new Event('click'))")
    Path("digit.png").write_bytes(base64.b64decode(page.value("save.href").partition(",")[2]))
    shell = subprocess.run(["sh", "-ec", command.strip() + " --json"], check=True, env=env, capture_output=True, text=True)
    answer, = json.loads(shell.stdout)
    seen = probabilities(page)
    assert "inverted" not in answer["done"] and "resized" not in answer["done"], answer
    assert all(abs(a - b) <= 1e-5 for a, b in zip(seen, answer["output"])), (seen, answer)


skip_without_tools()
{"small": small, "train": train, "mnist": mnist}[what](*rest)
