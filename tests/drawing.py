# SPDX-License-Identifier: MIT
"""What a test does on the pages of examples/web: digits that it draws there with a mouse, and what it reads there."""
import math

TURN = [(a / 24 * 2 * math.pi) for a in range(25)]
STROKES = {  # in sides of the pad
    0: [[(.5 + .2 * math.sin(a), .5 - .32 * math.cos(a)) for a in TURN]],
    1: [[(.5, .2 + .03 * i) for i in range(21)]],
    4: [[(.4, .2), (.3, .5), (.7, .5)], [(.62, .2), (.6, .85)]],
    7: [[(.3 + .02 * i, .25) for i in range(21)] + [(.7 - .015 * i, .25 + .03 * i) for i in range(18)]],
}


def on_pad(page, points):
    left, top, width = page.value("(({left, top, width}) => [left, top, width])(pad.getBoundingClientRect())")
    return [(left + x * width, top + y * width) for x, y in points]


def opened(page):
    page.wait("document.querySelectorAll('#bars tr').length === 10")
    page.drawn()


def probabilities(page):
    return page.value("[...document.querySelectorAll('#bars data')].map((data) => Number(data.value))")


def image(page):
    """What the page says that the network reads."""
    return page.value("[...seen.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)")


def ink(page):
    return page.value("pad.getContext('2d').getImageData(0, 0, 640, 640).data.filter((v, i) => i % 4 === 3 && v).length")


def write(page, digit):
    page.key("Escape")
    for stroke in STROKES[digit]:
        page.drag(on_pad(page, stroke))
    page.drawn()
