# SPDX-License-Identifier: 0BSD
# The same in Python, which needs nothing but the object made a shared library.
#     cnnc emit mnist_convnet.cnn -w W.safetensors --prefix=mnist --as=obj -o mnist.o
#     cnnc emit mnist_convnet.cnn --prefix=mnist --as=header -o mnist.h
#     cc -shared mnist.o -o libmnist.so
#     python3 embed.py ./libmnist.so mnist.h
import ctypes
import re
import sys

library, header = ctypes.CDLL(sys.argv[1]), open(sys.argv[2]).read()
size = {name: int(n) for name, n in re.findall(r"#define MNIST_(\w+) +(\d+)", header)}

image = (ctypes.c_float * size["INPUT_SIZE"])()  # black
probability = (ctypes.c_float * size["OUTPUT_SIZE"])()
room = ctypes.create_string_buffer(size["WORKSPACE_BYTES"] + 64)
workspace = (ctypes.addressof(room) + 63) // 64 * 64

library.mnist_predict(image, probability, ctypes.c_void_p(workspace))
for k, p in enumerate(probability):
    print(k, f"{p:.6f}")
