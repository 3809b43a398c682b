# SPDX-License-Identifier: 0BSD
# Trains a network on MNIST, in Python with numpy: what `PROGRAM train` does, to the same bits as it on one thread. All
# it knows of the network is in the library.
#     cnnc emit mnist_convnet.cnn --train --prefix=net --as=obj -o net.o
#     cc -shared -o libnet.so net.o
#     python3 train.py ./libnet.so FOLDER [EPOCHS [SEED]]
# The weights go to net.safetensors, which `PROGRAM evaluate --weights` and `cnnc emit -w` read.
import ctypes
import gzip
import json
import os
import struct
import sys

import numpy as np


class Network:
    def __init__(self, library, prefix, seed):
        self.lib, self.prefix = ctypes.CDLL(library), prefix
        self.info = json.loads(self.function("info", ctypes.c_char_p)())
        self.params = self.block("params_bytes").view(np.float32)
        self.state, self.workspace, self.room = map(self.block, ("state_bytes", "workspace_bytes", "predict_bytes"))
        pointer = ctypes.c_void_p
        self.step = self.function("train_step", ctypes.c_double, pointer, pointer, ctypes.c_size_t, *[pointer] * 3)
        self.run = self.function("predict", None, pointer, pointer, ctypes.c_size_t, pointer, pointer)
        self.function("init", None, pointer, ctypes.c_uint32)(self.params.ctypes.data, seed)
        self.function("start", None, pointer, ctypes.c_uint32)(self.state.ctypes.data, seed)

    def function(self, name, result, *arguments):
        f = getattr(self.lib, f"{self.prefix}_{name}")
        f.restype, f.argtypes = result, arguments
        return f

    def block(self, key):  # zeros that begin at a multiple of 64 bytes
        room = np.zeros(self.info[key] + 63, np.uint8)
        first = -room.ctypes.data % 64
        return room[first:first + self.info[key]]

    def order(self, n, seed, epoch):
        order = np.empty(n, np.uint32)
        u32 = ctypes.c_uint32
        self.function("shuffle", None, ctypes.c_void_p, u32, u32, u32)(order.ctypes.data, n, seed, epoch)
        self.function("set_epoch", None, ctypes.c_void_p, u32)(self.state.ctypes.data, epoch)
        return order

    def train(self, x, y):
        x, y = np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y)
        return self.step(x.ctypes.data, y.ctypes.data, len(x), self.params.ctypes.data, self.state.ctypes.data,
                         self.workspace.ctypes.data)

    def figures(self):  # loss and metrics over the epoch so far
        values = np.empty(len(self.info["figures"]))
        self.function("figures", None, *[ctypes.c_void_p] * 2)(self.state.ctypes.data, values.ctypes.data)
        return dict(zip(self.info["figures"], values))

    def predict(self, x):
        x = np.ascontiguousarray(x, np.float32)
        out = np.empty([len(x), *self.info["output_shape"]], np.float32)
        self.run(x.ctypes.data, out.ctypes.data, len(x), self.params.ctypes.data, self.room.ctypes.data)
        return out

    def weights(self):  # by name, as numpy's arrays
        return {w["name"]: self.params[w["at"]:][:int(np.prod(w["shape"]))].reshape(w["shape"])
                for w in self.info["weights"]}


def read(folder, name, header):
    path = os.path.join(folder, name)
    open_file = open if os.path.exists(path) else gzip.open
    with open_file(path if open_file is open else path + ".gz", "rb") as file:
        return np.frombuffer(file.read(), np.uint8)[header:]


def load(folder, half):
    x = read(folder, f"{half}-images-idx3-ubyte", 16).reshape(-1, 784) / np.float32(255)
    return x, read(folder, f"{half}-labels-idx1-ubyte", 8)


def save(path, weights):
    head, at = {}, 0
    for name, w in weights.items():
        head[name] = {"dtype": "F32", "shape": w.shape, "data_offsets": [at, at + w.nbytes]}
        at += w.nbytes
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(w.tobytes() for w in weights.values()))


library, folder = sys.argv[1:3]
epochs, seed = (int(word) for word in (sys.argv[3:] + ["1", "0"][len(sys.argv) - 3:]))
network = Network(library, "net", seed)
x, labels = load(folder, "train")
y = np.eye(10, dtype=np.float32)[labels]
n, batch = int(len(x) * 0.9), network.info["batch_size"]  # validation_split=0.1
for epoch in range(epochs):
    order = network.order(n, seed, epoch)
    for first in range(0, n, batch):
        rows = order[first:first + batch]
        network.train(x[rows], y[rows])
    print(f"epoch {epoch + 1}:", ", ".join(f"{k} {v:.4f}" for k, v in network.figures().items()))
x, labels = load(folder, "t10k")
print(f"test accuracy {(network.predict(x).argmax(1) == labels).mean():.4f}")
save("net.safetensors", network.weights())
