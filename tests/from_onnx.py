#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cnnc import of ONNX files: what comes of them predicts what ONNX Runtime does, what cnnc exported comes back, what is
no chain of layers is refused by its node, and damaged files do no harm.

    from_onnx.py PART CNNC

files: those of tests/exchange/onnx, which tests/keras/make_onnx.py makes. back: of all of tests/goldens and the forms
of tests/exchange. refused: by hand, each with its error. forms: what exporters write in several ways. flips: bits turned
over."""
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import forms as layer_forms
import protobuf
from protobuf import DOUBLE, INT64, fields, floats, ints, node, tensor
from rows import case

FILES = Path(__file__).resolve().parent / "exchange" / "onnx"
CNNC = str(Path(sys.argv[2]).resolve())


def run(*words):
    return subprocess.run([CNNC, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)


def imported(path, name):
    done = run("import", path, "-o", f"{name}.cnn")
    assert done.returncode == 0, (path, done.stderr)
    text = Path(f"{name}.cnn").read_text(encoding="utf-8")
    assert run("fmt", "--check", f"{name}.cnn").returncode == 0
    return text, done.stderr


def last(flat, shape):
    """The channels, which come behind the samples, to the end."""
    samples, channels, places = shape[0], shape[1], len(flat) // (shape[0] * shape[1])
    return [flat[(n * channels + c) * places + p] for n in range(samples) for p in range(places) for c in range(channels)]


def predicts(name, x, y):
    """`PROGRAM verify` holds it to 1e-5 of the largest output."""
    weights = {f"weights/{key}": value for key, value in case.read(Path(f"{name}.safetensors")).items()}
    case.write(Path("case.safetensors"), {"x": x, **weights, "predict": y})
    done = run("run", f"{name}.cnn", "verify", "case.safetensors")
    assert done.returncode == 0 and "predict" in done.stdout, (name, done.stdout, done.stderr)


LINES = {
    "script-classic": ["keras.Input(shape=(14, 14, 1)),", "layers.ZeroPadding2D(),", 'padding="same", name="conv2"),', "layers.Flatten(),",
                       'layers.Dense(3, activation="log_softmax", name="fc2"),'],
    "dynamo-mobile": ["layers.GroupNormalization(groups=2, epsilon=1e-05),", 'activation="hard_silu", name="3"),',
                      "layers.PReLU(shared_axes=(1, 2)),", 'activation="gelu", name="11"),'],
    "script-sequence": ["layers.ZeroPadding1D(padding=(2, 0)),", "layers.LayerNormalization(axis=(1, 2), epsilon=1e-05, name=\"6\"),"],
    "dynamo-sequence": ['padding="causal", activation="softsign", name="4"),'],
    "script-decoder": ["layers.Cropping2D(cropping=((1, 0), (1, 0))),", 'layers.Activation("mish"),', "layers.UpSampling2D(),"],
    "script-scaled": ["layers.BatchNormalization(epsilon=1e-30, center=False, trainable=False),", "layers.GlobalAveragePooling2D(),"],
    "tf-images": ["keras.Input(shape=(9, 8, 1)),", "layers.DepthwiseConv2D((3, 3), depth_multiplier=2, activation=\"relu6\"),"],
    "skl-mlp": ['layers.Dense(3, activation="relu"),'],
}


def files():
    paths = sorted(FILES.glob("*.onnx"))
    assert {path.stem for path in paths} >= LINES.keys() and len(paths) >= 15
    for path in paths:
        text, said = imported(path, path.stem)
        for line in LINES.get(path.stem, []):
            assert line in text, (path.stem, line, text)
        assert "Permute" not in text or "decoder" in path.stem, (path.stem, text)
        known = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        told = json.loads(run("summary", "--json", f"{path.stem}.cnn").stdout)
        x, y = ((known[key]["shape"], known[key]["values"]) for key in "xy")
        turned = f"takes (None, {', '.join(map(str, x[0][1:]))}), and what is made of it has channels last: (None, " in said
        if turned:
            assert told["input_shape"][1:] == [*x[0][2:], x[0][1]], told["input_shape"]
            x = [x[0][0], *x[0][2:], x[0][1]], last(x[1], x[0])
        assert told["input_shape"][1:] == x[0][1:] and turned == (len(x[0]) > 2 and path.stem[:2] not in ("tf", "sk") and "vectors" not in path.stem)
        predicts(path.stem, case.floats(*x), case.floats(*y))


# ---- there and back

def canonical(path):
    """The graph with values numbered, and constants in their places."""
    graph, = (list(fields(value)) for key, value in fields(Path(path).read_bytes()) if key == 7)
    constants, names, seen = {}, {b"": 0}, []
    for key, value in graph:
        if key == 5:
            of = list(fields(value))
            constants[dict(of)[8]] = [(k, v) for k, v in of if k != 8]
    for key, value in graph:
        if key in (11, 12):
            seen.append((key, dict(fields(value))[2]))
        if key == 1:
            for k, v in fields(value):
                if k == 2:
                    names[v] = len(names)
                elif k != 3:
                    seen.append(constants.get(v) or names.setdefault(v, len(names)) if k == 1 else (k, v))
    return seen


NOT_BACK = {  # what cnnc exports as more than a chain, or as products with matrices
    "adaptive_pooling": "the graph branches: ", "resizing": "its first factor", "CenterCrop(9, 6)": "its first factor",
    "UpSampling2D(2, interpolation='bilinear')": "its first factor"}


def back():
    goldens = FILES.parents[1] / "goldens"
    same = other = refused = 0
    for name, path in [*((path.stem, path) for path in sorted(goldens.glob("*.cnn"))), *layer_forms.models(CNNC)]:
        weights = path.with_suffix(".safetensors")
        assert run("export", path, "-w", weights, "-o", "there.onnx").returncode == 0
        if name in NOT_BACK or name.startswith("Resizing"):
            done = run("import", "there.onnx", "-o", "back.cnn")
            assert done.returncode == 1 and NOT_BACK.get(name, "its first factor") in done.stderr, (name, done)
            refused += 1
            continue
        imported("there.onnx", "back")
        assert run("export", "back.cnn", "-w", "back.safetensors", "-o", "again.onnx").returncode == 0
        if canonical("there.onnx") == canonical("again.onnx"):  # so its predictions have the same bits
            same += 1
            continue
        known = case.read(weights)
        predicts("back", known["x"], known["predict"])
        other += 1
    assert same > 180 and other < 15 and refused == 9, (same, other, refused)


# ---- by hand

def refused(data, *says):
    Path("bad.onnx").write_bytes(data)
    done = run("import", "bad.onnx", "-o", "bad.cnn")
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and len(lines) == 1 and "error: 'bad.onnx': " in lines[0], done
    for said in says:
        assert said in done.stderr, (said, done.stderr)
    assert not list(Path(".").glob("bad.*s")) and not Path("bad.cnn").exists()


def one(shape, kind, inputs="x", constants=(), opset=17, output="y", domain="", **attributes):
    """A model of one node."""
    return protobuf.model(shape, node(kind, inputs, output, domain, **attributes), constants=constants, opset=opset)


CONV = dict(inputs="x w", constants=[floats("w", 4, 3, 3, 3)])
IMAGE = (3, 8, 8)


def graph_faults():
    model, relu = protobuf.model, node("Relu", "x", "y")
    refused(model((3,), node("Relu", "x", "a"), node("Tanh", "x", "b"), node("Add", "a b", "y")),
            "the graph branches: 'x' goes to node 'the Relu' (Relu) and to node 'the Tanh' (Tanh)", "chains of layers (Sequential)")
    refused(model((3,), node("Relu", "x", "a"), node("Add", "a x", "y")), "the graph branches")
    refused(model((3,), relu, inputs=[protobuf.end("z", ["N", 2])]), "several inputs, 'x' and 'z'")
    refused(model((3,), relu, outputs=[protobuf.end("x", [])]), "another number of outputs than one")
    refused(model((3,), relu, kind=INT64), "its input 'x' is of int64: cnnc takes float32")
    refused(model([4, 3], relu), "for 4 samples at a time: export it for one, or for any number")
    refused(model(["N", "H", 3], relu), "a dimension whose size is not known, or no size, number 2")
    refused(protobuf.message((8, protobuf.message((2, 17))), (7, protobuf.message((1, relu), (11, protobuf.message((1, "x"), (2, protobuf.message((1, protobuf.message((1, 1))))))), (12, protobuf.end("y", []))))),
            "the file does not say how large its input 'x' is")
    refused(model([3], relu), "has 1 dimensions: cnnc takes samples of one to 5")
    refused(model((1, 1, 1, 1, 1, 1), relu), "has 7 dimensions")
    refused(model((3,), node("Relu", "x", "a")), "the chain ends in 'a', which is not the output")
    refused(model((3,), node("Relu", "x", "y"), node("Tanh", "y", "a")), "its output 'y' is read by further nodes")
    refused(model((3,), node("Relu", "x", "y"), node("Tanh", "z", "a")), "node 'the Tanh' (Tanh): it is not on the way")
    refused(model((3,), node("Identity", "x", "y")), "it has no node that is a layer")
    refused(model((3,), node("Relu", "x", "y"), node("Tanh", "x", "y")), "'y' is made twice")
    refused(model((3,), relu, opset=6), "opset 6: cnnc knows 7 to")
    refused(model((3,), relu, opset=99), "opset 99: cnnc knows 7 to")
    refused(model((3,), relu, more=[(25, b"")]), "functions of its own", "inline_local_functions")
    refused(model((3,), relu, graph=[(15, b"")]), "sparse weights")
    refused(one((3,), "LSTM"), "node 'the LSTM' (LSTM): cnnc has nothing for this operator")
    refused(one((3,), "FusedGemm", domain="com.microsoft"), "it is an operator of 'com.microsoft', and cnnc takes ONNX's own")
    refused(one((3,), "Relu", shiny=1), "cnnc does not know its attribute 'shiny'")
    refused(one((3,), "Relu", inputs="x x"), "it has 2 inputs, and cnnc knows up to 1")
    refused(model((3, 8), node("MaxPool", "x", "y i", kernel_shape=[2]), node("Relu", "i", "a")), "its output 'i' is used")
    refused(one((3,), "Cast", to=DOUBLE), "it makes double of the values")
    elsewhere = (13, protobuf.message((1, "location"), (2, "/etc/passwd")))
    refused(one((3,), "MatMul", "x w", [tensor("w", [3, 2], [], protobuf.FLOAT, elsewhere)]),
            "the numbers of 'w' lie in another file, which is not followed")
    refused(one((3,), "MatMul", "x w", [tensor("w", [3, 2], [0.0] * 6, protobuf.FLOAT, (14, 1))]), "lie in another file")
    refused(one((3,), "MatMul", "x w", [tensor("w", [3, 2], [0.0] * 6, DOUBLE)]), "'w' is of double, or damaged")
    refused(one((3,), "MatMul", "x w", [tensor("w", [3, 2], [0.0] * 5)]), "'w' is of float32, or damaged")
    refused(one((3,), "MatMul", "x w", [tensor("w", [1 << 40, 1 << 40], [])]), "'w' has a size that no file can hold")
    refused(one((3,), "MatMul", "x w", [tensor("w", [1] * 9, [1.0])]), "more than 8 dimensions of a tensor")


def layer_faults():
    refused(one(IMAGE, "Conv", "x w", [floats("w", 4, 2, 3, 3)]), "does not go with its 3 channels and group of 1")
    refused(one(IMAGE, "Conv", "x w", [floats("w", 4, 3, 9, 9)]), "its window of 9 is larger than its input of 8")
    refused(one(IMAGE, "Conv", **CONV, pads=[1, 1]), "its pads are 2 numbers, not 4")
    refused(one(IMAGE, "Conv", **CONV, pads=[-1, 0, 0, 0]), "its pads have -1")
    refused(one(IMAGE, "Conv", **CONV, auto_pad="SAME"), "its auto_pad is 'SAME', which is none of ONNX's")
    refused(one(IMAGE, "Conv", **CONV, kernel_shape=[2, 2]), "its kernel_shape is not that of its weights")
    refused(one(IMAGE, "Conv", "x w b", CONV["constants"] + [floats("b", 3)]), "no float32 for each of 4 channels")
    refused(protobuf.model(IMAGE, node("Relu", "x", "w"), node("Conv", "w w", "y")), "'w' is no constant")
    refused(one((1, 4, 4, 4), "Conv", "x w", [floats("w", 1, 1, 2, 2, 2)]), "3 dimensions of places: cnnc has this with one or two")
    refused(one(IMAGE, "ConvTranspose", "x w", [floats("w", 3, 2, 3, 3)], group=3), "it has groups")
    refused(one(IMAGE, "ConvTranspose", "x w", [floats("w", 3, 2, 3, 3)], strides=[2, 2], output_padding=[1, 1]), "its output_padding is more")
    refused(one(IMAGE, "ConvTranspose", "x w", [floats("w", 3, 2, 3, 3)], auto_pad="SAME_UPPER"), "export it with pads as numbers")
    refused(one(IMAGE, "MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]), "only where no value is below 0, as behind a Relu")
    refused(one(IMAGE, "MaxPool", kernel_shape=[2, 2], dilations=[2, 2]), "its dilations are not 1")
    refused(one(IMAGE, "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]), "Keras has no such pool")
    refused(one(IMAGE, "ReduceMean", axes=[2]), "not over all dimensions but one")
    refused(one((3,), "MatMul", "x w", [floats("w", 4, 2)]), "no matrix of float32 that goes with 3 numbers")
    refused(one((3,), "MatMul", "w x", [floats("w", 2, 3)]), "not its first factor")
    refused(one((3,), "Gemm", "x w", [floats("w", 3, 2)], transA=1), "not its first factor as it is")
    refused(one((3,), "Gemm", "x w b", [floats("w", 3, 2), floats("b", 3)]), "no float32 for each of 2 numbers")
    refused(one((3,), "Add", "x w", [floats("w", 2)]), "of another shape than the value")
    refused(one((3,), "Add", "x w", [floats("w", 1, 1, 3)]), "of another shape than the value")  # which then has a dimension more
    refused(one((3,), "Div", "w x", [floats("w", 3)]), "it divides a constant")
    refused(one((2, 3), "Mul", "x w", [floats("w", 2, 3)]), "its factors differ along several dimensions")
    refused(one(IMAGE, "BatchNormalization", "x g b m v", [floats(n, 3) for n in "gbmv"], training_mode=1), "it is in training mode")
    refused(one(IMAGE, "BatchNormalization", "x g b m v", [floats(n, 2) for n in "gbmv"]), "no float32 for each of 3 channels")
    refused(one(IMAGE, "GroupNormalization", "x g b", [floats(n, 3) for n in "gb"], num_groups=2), "do not divide its channels")
    refused(one((1 << 30, 1, 1), "MaxPool", kernel_shape=[1, 1], pads=[1 << 25, 0, 0, 0]), "its pads have 33554432")
    refused(one((1 << 40, 3), "Relu"), "a dimension whose size is not known, or no size")
    parted = [node("Reshape", "x s", "r"), node("InstanceNormalization", "r g b", "z"), node("Reshape", "z t", "y")]
    refused(protobuf.model((4, 3, 2), *parted, constants=[ints("s", -1, 2, 4), ints("t", -1, 4, 3, 2), tensor("g", [2], [1, 1]), tensor("b", [2], [0, 0])]),
            "node 'the Reshape' (Reshape): it makes (None, 2, 4) of a sample of (None, 4, 3, 2)")
    refused(one((3,), "RMSNormalization", opset=23), "it has no scale")
    refused(protobuf.model((3,), protobuf.message((1, "x"), (1, ""), (2, "y"), (4, "LayerNormalization"))), "it has no scale")
    refused(one((3,), "LayerNormalization", "x g", [ints("g", 1, 2, 3)]), "'g' is no float32 for each of 3 elements")
    refused(one((3,), "RMSNormalization", "x g", [floats("g", 1)], opset=23), "'g' is no float32 for each of 3 elements")
    refused(one((3,), "Gelu", opset=20, approximate="tanh"), "cnnc's gelu is the exact one")
    refused(one((3,), "Celu", alpha=2.0), "its alpha is 2: Keras's celu has 1")
    refused(one((3,), "Selu", alpha=2.0), "are not those of Keras's selu")
    refused(one((3,), "Shrink", lambd=2.0), "those of no activation of Keras's")
    refused(one((3,), "LeakyRelu", alpha=-1.0), "below 0, which Keras does not take")
    refused(one((3,), "Clip", "x l h", [tensor("l", [], [1.0]), tensor("h", [], [2.0])]), "it holds values in [1, 2]")
    refused(one((2, 3), "LogSoftmax", axis=1), "along another dimension than the channels'")
    refused(one((3,), "Softmax", axis=2), "its axis 2 is none of a sample's 1 dimensions")
    refused(one((2, 3), "Transpose", perm=[1, 0, 2]), "it moves the samples' dimension")
    refused(one((2, 3), "Transpose", perm=[0, 1, 1]), "no order of the dimensions")
    refused(one((2, 3), "Flatten", axis=2), "it does not keep the samples apart")
    refused(one((6,), "Reshape", "x s", [ints("s", 2, 3)]), "its shape does not keep the samples apart")
    refused(one((6,), "Reshape", "x s", [ints("s", -1, 4)]), "it makes (None, 4) of a sample of (None, 6)")
    refused(one((6,), "Reshape", "x s", [ints("s", 0, -1, -2)]), "its shape has a dimension of -2")
    refused(one((2, 3), "Squeeze", "x s", [ints("s", 1)]), "it leaves out a dimension of 2")
    refused(one((1, 1, 1, 1, 1), "Unsqueeze", "x s", [ints("s", 1)]), "a sample of 6 dimensions")
    refused(one(IMAGE, "Pad", "x p", [ints("p", 0, 0, 1, 1, 0, 0, 1, 1)], mode="reflect"), "other values than 0")
    refused(one(IMAGE, "Pad", "x p", [ints("p", 1, 0, 1, 1, 0, 0, 1, 1)]), "are not those of the 3 dimensions")
    refused(one(IMAGE, "Pad", "x p", [ints("p", 0, 1, 1, 1, 0, 0, 1, 1)]), "it is about channels, too")
    refused(one(IMAGE, "Slice", "x f t a s", [ints("f", 0), ints("t", 4), ints("a", 2), ints("s", 2)]), "its step is not 1")
    refused(one(IMAGE, "Slice", "x f t a", [ints("f", 3), ints("t", 3), ints("a", 2)]), "its output has a dimension of 0")
    refused(one(IMAGE, "Resize", "x r s", [tensor("r", [0], []), tensor("s", [4], [1, 1, 1.5, 2])],
                mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), "1.5 times as large")
    refused(one(IMAGE, "Resize", "x r s", [tensor("r", [0], []), tensor("s", [4], [1, 1, 2, 2])], mode="cubic"), "is none of UpSampling's")
    refused(one(IMAGE, "Expand", "x s", [ints("s", 1, 3, 8, 8)]), "no layer of Keras's does")
    refused(one(IMAGE, "Dropout", "x r t", [tensor("r", [], [0.5]), tensor("t", [], [1], INT64)]), "it is in training mode")


def by_hand():
    graph_faults()
    layer_faults()
    Path("w.onnx").write_bytes(one((3,), "Relu"))
    Path("w.cnn").write_text("", encoding="utf-8")
    done = run("import", "w.onnx", "w.cnn", "-o", "w.safetensors")
    assert done.returncode == 1 and "makes a script of its own" in done.stderr, done
    for data in b"", b"\x08", b"\x3a\x7f", b"\x0b\x0c", b"hello world", b"\x3a\x02\x0a\x05", b"\xff" * 20:
        refused(data, "is damaged, or no ONNX file")
    # So many of the last field, each of the others within the one before it.
    for most, what, *path, field in ((65536, "nodes", 7, 1), (131072, "inputs and outputs", 7, 11), (4096, "values at a node", 7, 1, 1),
                                     (4096, "attributes of a node", 7, 1, 5), (8, "dimensions of a value", 7, 11, 2, 1, 2, 1)):
        data = protobuf.message(*[(field, b"")] * (most + 1))
        for outer in reversed(path):
            data = protobuf.message((outer, data))
        refused(data, f"has more than {most} {what}")
    with open("bad.onnx", "wb") as sparse:
        sparse.truncate(1 << 31)
    done = run("import", "bad.onnx", "-o", "bad.cnn")
    assert done.returncode == 1 and done.stderr == "cnnc: error: 'bad.onnx': is larger than the 2 GiB that an ONNX file can have\n", done


# ---- what is written in several ways: what comes of it

def forms():
    image, scale = (4, 6, 6), tensor("k", [], [0.16666667])
    six = [tensor(name, [], [value]) for name, value in (("z", 0.0), ("s", 6.0), ("t", 3.0), ("h", 0.5), ("o", 1.0), ("q", 1.41421356))]
    erf = [node("Div", "x q", "d"), node("Erf", "d", "e"), node("Add", "e o", "f")]
    clip = [node("Add", "x t", "p"), node("Clip", "p z s", "c")]
    w44, relu = floats("w", 4, 4), node("Relu", "x", "r")
    parted = [node("Reshape", "x s", "r"), node("ReduceMean", "r", "m", axes=[1, 2]), node("Sub", "r m", "c"), node("Mul", "c c", "q"),
              node("ReduceMean", "q", "v", axes=[1, 2]), node("Add", "v a", "w"), node("Sqrt", "w", "k"), node("Div", "c k", "z"), node("Reshape", "z t", "y")]
    made = [
        (["gelu"], image, [*erf, node("Mul", "x f", "m"), node("Mul", "m h", "y")], six),
        (["gelu"], image, [*erf, node("Mul", "x h", "m"), node("Mul", "m f", "y")], six),
        (["hard_silu"], image, [*clip, node("Mul", "c k", "m"), node("Mul", "m x", "y")], [*six, scale]),
        (["hard_sigmoid"], image, [*clip, node("Div", "c s", "y")], six),
        (["softsign"], (4,), [node("Abs", "x", "a"), node("Add", "o a", "b"), node("Div", "x b", "y")], six),
        (["relu"], (4,), [node("Max", "x z", "y")], six),
        (["relu6"], (4,), [node("Min", "x s", "m"), node("Max", "z m", "y")], six),
        (["relu6"], (4,), [relu, node("Min", "r s", "y")], six),
        (["ReLU(max_value=3.0)"], (4,), [relu, node("Min", "r t", "y")], six),
        (["Rescaling(1.2", 'Activation("hard_sigmoid")'], (4,), [node("HardSigmoid", "x", "y", alpha=0.2)], []),
        (["Dense(4", "use_bias=False"], (4,), [node("MatMul", "x w", "y")], [w44]),
        (["Dense(4, name=\"a\")"], (4,), [node("MatMul", "x a.weight", "m"), node("Add", "a.bias m", "y")], [floats("a.weight", 4, 4), floats("a.bias", 4)]),
        (["Dense(4)"], (2, 4), [node("Transpose", "w", "v", perm=[1, 0]), node("MatMul", "x v", "m"), node("Add", "m b", "y")], [w44, floats("b", 4)]),
        (["Input(shape=(5, 5, 4))", 'padding="same"'], (4, 5, 5), [node("MaxPool", "x", "y", kernel_shape=[2, 2], auto_pad="SAME_UPPER", strides=[2, 2])], []),
        (['padding="same"'], (4, 5, 5), [node("MaxPool", "x", "y", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], []),
        (["GlobalMaxPooling2D()"], image, [node("GlobalMaxPool", "x", "g"), node("Squeeze", "g a", "y")], [ints("a", 2, 3)]),
        (["Dropout(0.25)"], (4,), [node("Dropout", "x r", "y")], [tensor("r", [], [0.25])]),
        (["Permute((2, 1))"], (4, 3), [node("Transpose", "x", "y", perm=[0, 2, 1])], []),
        (["Permute((3, 1, 2))", "Flatten()"], image, [node("Relu", "x", "a"), node("MaxPool", "a", "b", kernel_shape=[1, 1]), node("Flatten", "b", "y")], []),
        (["Flatten()", "Dense(2)"], image, [node("MaxPool", "x", "b", kernel_shape=[1, 1]), node("Flatten", "b", "f"), node("Tanh", "f", "g"), node("Gemm", "g w b2", "y")], [floats("w", 144, 2), floats("b2", 2)]),
        (["Reshape((2, 2, 6))", "LayerNormalization(axis=(1, 2),", "Reshape((4, 6))"], (4, 6), parted,
         [ints("s", -1, 2, 2, 6), ints("t", -1, 4, 6), tensor("a", [], [0.1])]),
        (["Softmax(axis=(1, 2))"], (4, 3), [node("Softmax", "x", "y", axis=1)], []),
        (["Input(shape=(2, 3)),\n        layers.Flatten(),\n    ]"], (2, 3), [node("Slice", "l f e z b", "s"), node("Reshape", "x s", "y")],  # from beyond its end
         [ints("l", 7, 6, -1), ints("f", 3), ints("e", 0), ints("z", 0), ints("b", -1)]),
        (["Reshape((3, 2))"], (6,), [node("Add", "a b", "c"), node("Squeeze", "c z", "d"), node("Concat", "m d t", "s", axis=0), node("Reshape", "x s", "y")],
         [tensor("a", [1] * 8, [1], INT64), tensor("b", [1], [2], INT64), ints("z", *range(7)), ints("m", -1), ints("t", 2)]),
    ]
    for number, (wanted, shape, nodes, constants) in enumerate(made):
        opset = 11 if wanted == ["Softmax(axis=(1, 2))"] else 17
        Path("f.onnx").write_bytes(protobuf.model(shape, *nodes, constants=constants, opset=opset))
        text, _ = imported("f.onnx", f"form{number}")
        for line in wanted:
            assert line in text, (number, line, text)
    # The rows of a Dense behind a Flatten are in the order of the layers, and a constant's in ONNX's.
    weights = case.read(Path("form19.safetensors"))["dense/kernel"][2]
    known = [((7 * i + 3) % 11 - 5) / 8 for i in range(288)]
    for c in range(4):
        for place in range(36):
            assert list(weights[(place * 4 + c) * 2:][:2]) == known[(c * 36 + place) * 2:][:2], (c, place)


# ---- damage

def flips():
    """An answer or one clear error, and no file without an answer."""
    codes, draw = set(), random.Random(6)
    for path in sorted(FILES.glob("*.onnx")):
        data = path.read_bytes()
        for _ in range(12):
            changed = bytearray(data)
            for _ in range(draw.choice([1, 1, 2, 8])):
                changed[draw.randrange(len(data))] = draw.choice([0, 1, 127, 255, draw.randrange(256)])
            if draw.random() < 0.2:
                changed = changed[:draw.randrange(len(data))]
            Path("changed.onnx").write_bytes(changed)
            done = run("import", "changed.onnx", "-o", "out.cnn")
            codes.add(done.returncode)
            assert done.returncode in (0, 1), (path, done)
            assert done.returncode == 0 or "error: " in done.stderr, (path, done)
            assert Path("out.cnn").exists() == Path("out.safetensors").exists() == (done.returncode == 0), (path, done)
            for out in Path(".").glob("out.*"):
                out.unlink()
    assert codes == {0, 1}, codes


PARTS = {"files": files, "back": back, "refused": by_hand, "forms": forms, "flips": flips}


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        PARTS[sys.argv[1]]()


main()
