# SPDX-License-Identifier: MIT
"""Models of Keras as functions on numpy arrays, compiled to native code.

    import cnnc
    net = cnnc.compile(keras_model)        # or the path of a .keras or .h5 file
    y = net(x)                             # x of shape (n, *net.input_shape), or of one sample

The package holds cnnc itself, which the command `cnnc` and `python -m cnnc` start."""
import ctypes
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["Compiled", "CompileError", "command", "compile"]
__version__ = "@PROJECT_VERSION@"


class CompileError(Exception):
    """What cnnc said of a model that it does not compile."""


def command():
    """The path of cnnc: of this package, else of $PATH."""
    own = Path(__file__).parent / "prefix" / "bin" / "cnnc"
    found = str(own) if own.exists() else shutil.which("cnnc")
    if not found:
        raise FileNotFoundError("cnnc is neither in this package nor in $PATH")
    return found


def _run(*words):
    done = subprocess.run([command(), *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompileError(done.stderr.strip())


class Compiled:
    """A trained model. It may be called by several threads at once."""

    def __init__(self, library, header):
        self._library = ctypes.CDLL(str(library))
        about = self._library.model_info
        about.restype = ctypes.c_char_p
        self.info = json.loads(about())
        self.input_shape = tuple(self.info["input_shape"])
        self.output_shape = tuple(self.info["output_shape"])
        self._room = int(re.search(r"#define MODEL_WORKSPACE_BYTES +(\d+)", header)[1])
        pointer = ctypes.c_void_p
        self._predict = self._library.model_predict_batch
        self._predict.restype, self._predict.argtypes = None, (pointer, pointer, ctypes.c_size_t, pointer)

    def __call__(self, x):
        import numpy as np  # the command needs none
        x = np.ascontiguousarray(x, np.float32)
        one = x.shape == self.input_shape
        if not one and x.shape[1:] != self.input_shape:
            raise ValueError(f"x has the shape {x.shape}, and the model takes (n, {str(self.input_shape)[1:]}")
        n = 1 if one else len(x)
        y = np.empty((n, *self.output_shape), np.float32)
        room = np.empty(self._room + 63, np.uint8)
        workspace = room[-room.ctypes.data % 64:]  # which begins at a multiple of 64 bytes
        if n:
            self._predict(x.ctypes.data, y.ctypes.data, n, workspace.ctypes.data)
        return y[0] if one else y

    def __repr__(self):
        return f"<cnnc.Compiled {self.input_shape} -> {self.output_shape}, {self.info['parameters']:,} parameters>"


def compile(model, weights=None, cpu="native"):  # pylint: disable=redefined-builtin
    """The model as a function on numpy arrays.

    model: a Keras model with its weights; the path of a .keras or .h5 file; or of a script (.cnn, .py), with the path
    of its weights (.safetensors). cpu: the machine to tune for, as of `cnnc --print-cpus`.
    Raises CompileError with what cnnc said, which names the layer that it does not have."""
    with tempfile.TemporaryDirectory(prefix="cnnc-") as name:
        folder = Path(name)
        if not isinstance(model, (str, os.PathLike)):
            model.save(folder / "saved.keras")
            model = folder / "saved.keras"
        if weights is None:
            _run("import", model, "-o", folder / "model.cnn")
            model, weights = folder / "model.cnn", folder / "model.safetensors"
        make = ["emit", model, "-w", weights, f"-mcpu={cpu}", "--prefix=model"]
        _run(*make, "--as=shared", "-o", folder / "model.so")
        _run(*make, "--as=header", "-o", folder / "model.h")
        return Compiled(folder / "model.so", (folder / "model.h").read_text())
