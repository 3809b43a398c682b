# SPDX-License-Identifier: MIT
"""A training by the object of `cnnc emit --train` for this machine, in the current folder: what one in a page is held to."""
import ctypes
import json
import math
import platform
import subprocess

CPU = "generic" if platform.machine() == "aarch64" else "x86-64"


class Training:
    def __init__(self, cnnc, model, weights=None, seed=0):
        subprocess.run([cnnc, "emit", model, "--train", "--as=shared", "--prefix=net", "-mcpu=" + CPU, "-o", "net.so"], check=True)
        self.calls = ctypes.CDLL("./net.so")
        self.calls.net_info.restype, self.calls.net_train_step.restype = ctypes.c_char_p, ctypes.c_double
        self.info = json.loads(self.calls.net_info())
        self.params, self.state, self.workspace = (self.block(self.info[key + "_bytes"])
                                                   for key in ("params", "state", "workspace"))
        self.calls.net_init(self.params, ctypes.c_uint32(seed))
        for key, values in (weights or {}).items():
            self.weight(key)[:] = values
        self.calls.net_start(self.state, ctypes.c_uint32(seed))

    def block(self, size):
        room = ctypes.create_string_buffer(size + 64)
        return (ctypes.c_char * size).from_buffer(room, -ctypes.addressof(room) % 64)

    def weight(self, name):
        one, = (one for one in self.info["weights"] if one["name"] == name)
        return (ctypes.c_float * math.prod(one["shape"])).from_buffer(self.params, 4 * one["at"])

    def weights(self):
        return {one["name"]: list(self.weight(one["name"])) for one in self.info["weights"]}

    def lesson(self, samples, steps):
        x = (ctypes.c_float * (784 * len(samples)))(*(v / 255 for pixels, _ in samples for v in pixels))
        y = (ctypes.c_int32 * len(samples))(*(label for _, label in samples))
        return [self.calls.net_train_step(x, y, ctypes.c_size_t(len(samples)), self.params, self.state, self.workspace)
                for _ in range(steps)]
