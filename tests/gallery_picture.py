# SPDX-License-Identifier: MIT
"""A model as a row of blocks, an SVG of what `cnnc summary --json` says: as high and deep as images are, as wide as they
have channels, by the logarithm; vectors are thin."""
import math

PITCH, LEFT, BASE, HEIGHT = 96, 8, 114, 186
PART_OF_ONE_BEFORE = {"Flatten", "Dropout", "BatchNormalization", "Activation"}
KINDS = {"Input": "i", "MaxPooling2D": "p", "AveragePooling2D": "p", "GlobalAveragePooling2D": "p", "Dense": "d"}
SHORT = {"MaxPooling2D": "MaxPool2D", "AveragePooling2D": "AvgPool2D", "GlobalAveragePooling2D": "GlobalAvgPool",
         "DepthwiseConv2D": "Depthwise", "SeparableConv2D": "Separable", "BatchNormalization": "BatchNorm"}
STYLE = """
text{font:10px ui-sans-serif,system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1f2328}
.n{font-weight:600;font-size:11px}.s{fill:#59636e}
path{stroke:#1f2328;stroke-width:.6;stroke-linejoin:round}
.i{fill:#d1d9e0}.c{fill:#54aeff}.p{fill:#4ac26b}.d{fill:#ff9a3d}.top{fill-opacity:.6}.side{fill-opacity:.8}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}path{stroke:#e6edf3}
.i{fill:#6e7681}.c{fill:#1f6feb}.p{fill:#238636}.d{fill:#bd561d}}
"""


def columns(model):
    """Of a name, a shape, parameters, and what is done to the same block."""
    found = [["Input", model["input_shape"][1:], 0, []]]
    for layer in model["layers"]:
        if layer["type"] in PART_OF_ONE_BEFORE:
            found[-1][2] += layer["params"]
            found[-1][3].append(SHORT.get(layer["type"], layer["type"]))
        else:
            found.append([layer["type"], layer["output_shape"][1:], layer["params"], []])
    return found


def block(left, kind, shape):
    """A box seen from the right and above: what is to be read first are its front and its side."""
    if len(shape) == 3:
        up, wide = 2.8 * shape[0], 3 + 4 * math.log2(shape[2])
    else:
        up, wide = 12 + 7 * math.log2(shape[0]), 6
    back, rise = (0.3 * up, 0.2 * up) if len(shape) == 3 else (5, 4)
    front = f"M{left:.1f} {BASE}h{wide:.1f}v{-up:.1f}h{-wide:.1f}z"
    top = f"M{left:.1f} {BASE - up:.1f}l{back:.1f} {-rise:.1f}h{wide:.1f}l{-back:.1f} {rise:.1f}z"
    side = f"M{left + wide:.1f} {BASE}l{back:.1f} {-rise:.1f}v{-up:.1f}l{-back:.1f} {rise:.1f}z"
    return f'<path class="{kind}" d="{front}"/><path class="{kind} top" d="{top}"/><path class="{kind} side" d="{side}"/>'


def picture(model, name):
    parts = columns(model)
    width = LEFT + PITCH * len(parts)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" '
           f'role="img">\n<title>{name}</title>\n<style>{STYLE}</style>\n']
    for number, (kind, shape, params, more) in enumerate(parts):
        left = LEFT + PITCH * number
        texts = [("n", SHORT.get(kind, kind)), ("", " × ".join(map(str, shape))),
                 *([("s", f"{params:,} weights")] if params else []), *[("s", word) for word in more]]
        out.append(block(left, KINDS.get(kind, "c"), shape) + "".join(
            f'<text class="{style}" x="{left}" y="{BASE + 16 + 13 * line}">{text}</text>'
            for line, (style, text) in enumerate(texts)) + "\n")
    return "".join(out) + "</svg>\n"
