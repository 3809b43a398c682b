# SPDX-License-Identifier: MIT
"""What `cnnc check --dump=graph` prints, read back."""
import re


def weight_shapes(graph):
    """LAYER/VARIABLE and its dimensions."""
    layer, shapes = None, {}
    for line in graph.splitlines():
        named = re.match(r"(\S+) \S+ \(", line)
        weight = re.match(r"    (\S+) (\d+(?: x \d+)*) ", line)
        if weight:
            shapes[f"{layer}/{weight[1]}"] = [int(n) for n in weight[2].split(" x ")]
        elif named:
            layer = named[1]
    return shapes
