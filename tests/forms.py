# SPDX-License-Identifier: MIT
"""Models of a layer each, whose files tests/exchange.py and tests/keras/exported.py look at: those of layers.txt, and
all activations."""
import re
import subprocess
from pathlib import Path

END = 'model.compile(loss="mse", optimizer="sgd")\n'


def texts(cnnc):
    """Names and texts."""
    head = ""
    for line in (Path(__file__).parent / "exchange" / "layers.txt").read_text(encoding="utf-8").splitlines():
        if line.endswith(":"):
            head = line[:-1]
        elif not line.startswith("#"):
            yield line, f"model = keras.Sequential([{head}, layers.{line}])\n{END}"
    told = subprocess.run([cnnc, "--print-language"], check=True, capture_output=True, text=True).stdout
    for name in re.findall(r"`(\w+)`", told[told.index("## Activations"):]):
        yield name, ("model = keras.Sequential([keras.Input((5, 4, 3)), layers.Rescaling(6.0, -3.0), "
                     f'layers.Conv2D(3, 2, activation="{name}"), layers.Dense(4)])\n{END}')


def models(cnnc):
    """Names, after NUMBER.cnn and NUMBER.safetensors, a case as cnnc has it, were written to the current folder."""
    for number, (name, text) in enumerate(texts(cnnc)):
        path = Path(f"{number}.cnn")
        path.write_text(text, encoding="utf-8")
        subprocess.run([cnnc, "verify-passes", path, "--write-case", path.with_suffix(".safetensors"), "--samples", "5"],
                       check=True, capture_output=True)
        yield name, path
