#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cnnc import and export: what Keras itself saved becomes the same model, and that model what Keras saved; what is
not to be trusted does no harm.

    exchange.py PART CNNC

saved: files of Keras 3 and of TF-Keras 2, whose predictions Keras made. configs: what a configuration may hold.
exported: models in Keras's formats and numpy's. onnx: in ONNX. memory: with too little of it. hostile: HDF5 files that point elsewhere, archives that are bombs. flips: bits turned over. usage: words and outputs.
The files of tests/exchange are made by tests/keras/make_saved.py."""
import ast
import hashlib
import itertools
import json
import math
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import forms
from protobuf import fields
from rows import case

FILES = Path(__file__).resolve().parent / "exchange"
CNNC = str(Path(sys.argv[2]).resolve())
DENSE = "model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])\n"
names = map("net{}".format, itertools.count())


def cnnc(*words, code=0, says=()):
    done = subprocess.run([CNNC, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    for said in [says] if isinstance(says, str) else says:
        assert said in done.stderr, (words, said, done.stderr)
    return done.stdout


def imported(path, *words, **more):
    """The script and the weights that come of it."""
    name = next(names)
    cnnc("import", path, "-o", f"{name}.cnn", *words, **more)
    return name


def refused(path, *says):
    name = next(names)
    cnnc("import", path, "-o", f"{name}.cnn", code=1, says=says)
    assert not list(Path(".").glob(f"{name}*")), "an import that was refused left a file"


def text_of(name):
    return Path(f"{name}.cnn").read_text(encoding="utf-8")


def archive(name, members, how=zipfile.ZIP_STORED):
    with zipfile.ZipFile(name, "w", how) as out:
        for member, data in members.items():
            out.writestr(member, data)
    return name


def members(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


# ---- files of Keras's own

NET = [
    "layers.RandomFlip(mode=\"horizontal\"),",
    "layers.Conv2D(3, kernel_size=(3, 2), activation=layers.ReLU(max_value=4), "
    "kernel_initializer=keras.initializers.HeNormal(seed=3)),",
    "layers.BatchNormalization(epsilon=0.01, trainable=False, name=\"batch_normalization_1\"),",
    "layers.PReLU(shared_axes=(1, 2)),",
    "activation=\"silu\", name=\"wide-2\"),",
    "pointwise_regularizer=keras.regularizers.L1L2(l1=0.001, l2=0.002), bias_constraint=\"non_neg\"),",
    "layers.ZeroPadding2D(padding=((1, 0), (0, 2))),",
    "layers.Dropout(0.25, seed=7),",
    "                layers.Dense(4, activation=\"tanh\"),",
    "name=\"head\"",
    "optimizer=keras.optimizers.AdamW(learning_rate=keras.optimizers.schedules.CosineDecay(0.01, decay_steps=100, "
    "alpha=0.1), weight_decay=0.02)",
    "metrics=[\"accuracy\", keras.metrics.TopKCategoricalAccuracy(k=2, name=\"second\")], weighted_metrics=[\"mse\"])",
]
OLD = [
    "keras.Input(shape=(9, 8, 2)),", "layers.LeakyReLU(negative_slope=0.2),",
    "layers.DepthwiseConv2D((2, 2), depth_multiplier=2),", "optimizer=keras.optimizers.Adam(learning_rate=0.002)",
]


CHAIN = [
    "inner_1 = keras.Model(inputs, x, name=\"middle\")",
    "inputs = keras.Input(shape=(9, 8, 2), name=\"image\")",
    "x = layers.Dropout(0.2, name=\"dropout",
    "x = inner_1(x)",
    "    name=\"head\"\n)(x)",
    "model = keras.Model(inputs, x, name=\"",
]


def predicts(name, wanted):
    out = cnnc("run", f"{name}.cnn", "predict", "--weights", f"{name}.safetensors", "--json", FILES / "x.npy")
    seen = [row["output"] for row in json.loads(out)]
    wanted = json.loads((FILES / wanted).read_text(encoding="utf-8"))
    assert len(seen) == len(wanted) == 3
    for a, b in zip(sum(seen, []), sum(wanted, [])):
        assert abs(a - b) < 1e-6, (name, seen, wanted)


def saved():
    both = ["keras", "h5"]
    for stem, lines, forms in ("net", NET, both), ("old", OLD, both), ("chain", CHAIN, both), ("old_chain", CHAIN, ["h5"]):
        made = [imported(FILES / f"{stem}.{form}") for form in forms]
        for line in lines:
            assert line in text_of(made[0]), (line, text_of(made[0]))
        cnnc("fmt", "--check", f"{made[0]}.cnn")
        for name in made:
            predicts(name, f"{stem}.json")
            assert Path(f"{name}.safetensors").read_bytes() == Path(f"{made[0]}.safetensors").read_bytes()
        if stem in ("net", "chain"):
            assert text_of(made[0]) == text_of(made[1])
        if stem == "net":
            cnnc("import", FILES / "net.weights.h5", f"{made[0]}.cnn", "-o", "alone.safetensors")
            assert Path("alone.safetensors").read_bytes() == Path(f"{made[0]}.safetensors").read_bytes()
    packed = imported(archive("packed.keras", members(FILES / "net.keras"), zipfile.ZIP_DEFLATED))
    predicts(packed, "net.json")
    # Weights of a model are no other's, and of a .keras file they may be taken for a script that is there.
    cnnc("import", FILES / "old.keras", "net0.cnn", "-o", "other.safetensors", code=1,
         says="the model needs")
    cnnc("import", FILES / "net.keras", "net0.cnn", "-o", "same.safetensors")
    assert Path("same.safetensors").read_bytes() == Path("net0.safetensors").read_bytes()


# ---- and back

def same_where_ours(ours, keras, where=""):
    """What is written is what Keras writes; it may leave things out."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            assert key in keras or value is None, (where, key)  # Dense leaves its activity_regularizer out
            if key in keras:
                same_where_ours(value, keras[key], f"{where}.{key}")
    elif isinstance(ours, list) and isinstance(keras, list):
        assert len(ours) == len(keras), (where, ours, keras)
        for i, both in enumerate(zip(ours, keras)):
            same_where_ours(*both, f"{where}[{i}]")
    else:
        axis = isinstance(keras, list) and keras == [ours]
        policy = isinstance(keras, dict) and keras["class_name"] == "DTypePolicy" and keras["config"]["name"] == ours
        assert axis or policy or ours == keras, (where, ours, keras)


def npy(data):
    """Shape and bytes of an NPY file."""
    assert data[:8] == b"\x93NUMPY\x01\x00"
    end = 10 + int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:end].decode())
    assert end % 64 == 0 and header["descr"] == "<f4" and not header["fortran_order"]
    return header["shape"], data[end:]


def graph(name):
    """What the script means, without its places."""
    return re.sub(r"  @.*", "", cnnc("check", "--dump=graph", f"{name}.cnn"))


def chain_back():
    """A model of functional notation stays one: Keras's own configuration of it, and the same script again."""
    name = imported(FILES / "chain.keras")
    words = "export", f"{name}.cnn", "-w", f"{name}.safetensors", "-o"
    for out in "chain.keras", "chain.weights.h5":
        cnnc(*words, out)
    config, theirs = (json.loads(members(p)["config.json"]) for p in ("chain.keras", FILES / "chain.keras"))
    config.pop("compile_config")
    same_where_ours(config, theirs)
    again = imported("chain.keras")
    assert text_of(again) == text_of(name)
    cnnc("import", "chain.weights.h5", f"{name}.cnn", "-o", "chain.safetensors")
    for weights in f"{again}.safetensors", "chain.safetensors":
        assert Path(weights).read_bytes() == Path(f"{name}.safetensors").read_bytes(), weights


def exported():
    name = imported(FILES / "net.keras")
    words = "export", f"{name}.cnn", "-w", f"{name}.safetensors", "-o"
    for out in "out.keras", "out.weights.h5", "out.npz":
        cnnc(*words, out)
        before = Path(out).read_bytes()
        os.utime(f"{name}.cnn", (1e9, 1e9))
        cnnc(*words, out)
        assert Path(out).read_bytes() == before, f"{out} is not the same each time"
    # What comes back.
    again = imported("out.keras")
    assert graph(again) == graph(name)
    cnnc("export", f"{again}.cnn", "-w", f"{again}.safetensors", "-o", "again.keras")
    assert text_of(imported("again.keras")) == text_of(again)
    assert Path(f"{again}.safetensors").read_bytes() == Path(f"{name}.safetensors").read_bytes()
    cnnc("import", "out.weights.h5", f"{name}.cnn", "-o", "alone.safetensors")
    assert Path("alone.safetensors").read_bytes() == Path(f"{name}.safetensors").read_bytes()
    # Beside what Keras writes of this model.
    ours, keras = members("out.keras"), members(FILES / "net.keras")
    assert list(ours) == list(keras) == ["metadata.json", "config.json", "model.weights.h5"]
    assert ours["model.weights.h5"] == Path("out.weights.h5").read_bytes()
    config, theirs = (json.loads(data["config.json"]) for data in (ours, keras))
    compiled = config.pop("compile_config")
    same_where_ours(config, theirs)
    compiled["optimizer"]["config"].pop("name")  # no result has it
    same_where_ours(compiled["optimizer"], theirs["compile_config"]["optimizer"])
    same_where_ours(compiled["loss"], theirs["compile_config"]["loss"])
    assert [m["config"]["name"] for m in compiled["metrics"]] == ["accuracy", "second"], compiled
    tensors = case.read(Path(f"{name}.safetensors"))
    arrays = {key: npy(data) for key, data in members("out.npz").items()}
    assert arrays.keys() == {f"{key}.npy" for key in tensors}
    for key, (_, shape, values) in tensors.items():
        assert arrays[f"{key}.npy"] == (tuple(shape), struct.pack(f"<{len(values)}f", *values)), key
    chain_back()
    # A Sequential alone, one without compile, and arguments of each kind.
    Path("plain.cnn").write_text(PLAIN, encoding="utf-8")
    cnnc("verify-passes", "plain.cnn", "--write-batch", "plain.safetensors")
    cnnc("export", "plain.cnn", "-w", "plain.safetensors", "-o", "plain.keras")
    config = json.loads(members("plain.keras")["config.json"])
    assert "compile_config" not in config
    back = text_of(imported("plain.keras"))
    for line in PLAIN_LINES:
        assert line in back, (line, back)
    # What is refused.
    cnnc("export", f"{name}.cnn", "-o", "out.keras", code=2, says="export needs -w WEIGHTS")
    cnnc("export", f"{name}.cnn", "-w", "x", code=2, says="export needs -o FILE")
    cnnc(*words, "out.pb", code=2, says="-o out.pb: the name must end in .keras, ")
    cnnc(*words, f"{name}.cnn/x.keras", code=3)
    cnnc("export", f"{name}.cnn", "-w", "plain.safetensors", "-o", "no.keras", code=1, says="is missing")
    shutil.copy(f"{name}.safetensors", "w.npz")
    cnnc("export", f"{name}.cnn", "-w", "w.npz", "-o", "w.npz", code=1, says="the weights")
    assert not Path("no.keras").exists()


PLAIN = """model = keras.Sequential([
    keras.Input((6, 4)),
    layers.Conv1D(3, 2, strides=1, padding="causal", dilation_rate=2, kernel_regularizer="l1"),
    layers.UpSampling1D(3),
    layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1, 4, 9]),
    layers.ReLU(max_value=6),
    layers.Reshape((3, 6, 3)),
    layers.RandomFlip("vertical"),
    layers.RandomZoom(0.2, (-0.3, 0.1), fill_mode="constant", seed=3),
    layers.Activation("hard_swish"),
    layers.GroupNormalization(groups=3, center=False),
    layers.Flatten(),
    layers.Dense(2, kernel_regularizer="orthogonal_regularizer",
                 kernel_constraint=keras.constraints.MinMaxNorm(0.1, 0.9, axis=1), trainable=False),
], name="plain")
"""
PLAIN_LINES = [
    'layers.Conv1D(3, kernel_size=(2,), padding="causal", dilation_rate=(2,), '
    'kernel_regularizer=keras.regularizers.L1L2(l1=0.01)),',
    "layers.UpSampling1D(size=3),",
    "layers.Normalization(mean=(1.0, 2.0, 3.0), variance=(1, 4, 9)),",
    'layers.RandomZoom((-0.2, 0.2), width_factor=(-0.3, 0.1), fill_mode="constant", seed=3),',
    'layers.Activation("hard_swish"),',
    "layers.GroupNormalization(groups=3, center=False),",
    "layers.Dense(2, kernel_regularizer=\"orthogonal_regularizer\", kernel_constraint=keras.constraints.MinMaxNorm(min_value=0.1, max_value=0.9, axis=1), "
    "trainable=False),",
    'name="plain"',
]


# ---- ONNX

def check_onnx(path, inputs, outputs):
    """One graph of opset 17, whose nodes read what is made before them; the operators in order."""
    model = list(fields(Path(path).read_bytes()))
    assert [value for key, value in model if key == 1] == [8], "the IR version"
    opset, = (dict(fields(value)) for key, value in model if key == 8)
    assert opset == {2: 17}, opset
    graph, = (list(fields(value)) for key, value in model if key == 7)
    known, operators = set(), []
    for key, value in graph:
        if key == 5:  # dims, type, name, bytes
            tensor = list(fields(value))
            name, = (v.decode() for k, v in tensor if k == 8)
            data, = (v for k, v in tensor if k == 9)
            size = {1: 4, 7: 8}[dict(tensor)[2]]
            assert len(data) == size * math.prod(v for k, v in tensor if k == 1), name
            assert name not in known, name
            known.add(name)
    ends = {key: dict(fields(value)) for key, value in graph if key in (11, 12)}
    shapes = {}
    for key, end in ends.items():
        tensor = dict(fields(dict(fields(end[2]))[1]))
        dims = [dict(fields(v)) for k, v in fields(tensor[2]) if k == 1]
        assert tensor[1] == 1 and dims[0] == {2: b"N"}, (end, dims)
        shapes[key] = [dim[1] for dim in dims[1:]]
    assert shapes == {11: inputs, 12: outputs} and ends[11][1] == b"input", shapes
    known.add("input")
    for key, value in graph:
        if key != 1:
            continue
        node = list(fields(value))
        for k, name in node:
            assert k != 1 or not name or name.decode() in known, (node, "reads what is not there yet")
        made, = (v.decode() for k, v in node if k == 2)
        assert made not in known, made
        known.add(made)
        operators += [v.decode() for k, v in node if k == 4]
    assert ends[12][1].decode() in known
    return operators


def onnx():
    """Files are, byte for byte, those that ONNX Runtime predicted the same from (tests/keras/exported.py)."""
    goldens, sums = FILES.parent / "goldens", json.loads((FILES / "onnx.json").read_text(encoding="utf-8"))
    seen = {}
    for name, path in itertools.chain(((path.stem, path) for path in goldens.glob("*.cnn")), forms.models(CNNC)):
        cnnc("export", path, "-w", path.with_suffix(".safetensors"), "-o", f"{path.stem}.onnx")
        seen[name] = hashlib.sha256(Path(f"{path.stem}.onnx").read_bytes()).hexdigest()
        told = json.loads(cnnc("summary", "--json", path))
        check_onnx(f"{path.stem}.onnx", told["input_shape"][1:], told["layers"][-1]["output_shape"][1:])
    other = sorted(name for name in seen.keys() | sums.keys() if seen.get(name) != sums.get(name))
    assert not other, f"other files than ONNX Runtime was held to: run tests/keras/exported.py: {other}"
    operators = check_onnx("mnist_convnet.onnx", [28, 28, 1], [10])
    assert operators == ["Transpose", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Transpose", "Flatten",
                         "Gemm", "Softmax"], operators


def from_little_memory(words, out, codes):
    """From hardly any memory on: refused with one line, and no file; and then there is one. How often it was refused."""
    refusals = 0
    for mega in range(20, 4096, 4):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (mega << 20, mega << 20))  # noqa: E731
        done = subprocess.run([CNNC, *words, "-o", out], capture_output=True, text=True, check=False, preexec_fn=limit)
        if done.returncode == 0:
            break
        if "error while loading shared libraries" in done.stderr:
            continue
        assert done.returncode in codes and len(done.stderr.splitlines()) == 1, (words, mega, done)
        assert not Path(out).exists(), (words, mega)
        refusals += 1
    assert Path(out).exists(), words
    return refusals


def memory():
    """With too little memory there is one line and no file; with enough the whole file."""
    Path("wide.cnn").write_text("model = keras.Sequential([keras.Input((1000,)), layers.Dense(2000), layers.Dense(1500)])\n",
                                encoding="utf-8")
    cnnc("verify-passes", "wide.cnn", "--write-batch", "wide.safetensors")
    for form in "keras", "weights.h5", "npz", "onnx":
        words = ["export", "wide.cnn", "-w", "wide.safetensors"]
        cnnc(*words, "-o", f"all.{form}")
        assert from_little_memory(words, f"some.{form}", [3]) > 4, form
        assert Path(f"some.{form}").read_bytes() == Path(f"all.{form}").read_bytes(), form
    assert from_little_memory(["import", "all.onnx"], "back.cnn", [3])
    assert from_little_memory(["import", FILES / "net.h5"], "net.cnn", [1, 3])  # a library that gives up need not say why


# ---- configurations

def layer(kind, /, module="keras.layers", registered=None, **config):
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def sequential(*layers, name="Sequential", compile_config=None, shape=(None, 3), **more):
    first = [layer("InputLayer", batch_shape=shape, dtype="float32", name="x")] if shape else []
    model = {"module": "keras", "class_name": name, "config": {"name": "sequential", "layers": first + list(layers)} | more}
    return model | ({"compile_config": compile_config} if compile_config else {})


def functional(*layers, reads=None, inputs="x", outputs=None):
    """Each layer reads the one before it, but for those of `reads`, by name."""
    model = sequential(*layers, name="Functional")
    config = model["config"]
    before = None
    for one in config["layers"]:
        name = one["name"] = one["config"]["name"]
        calls = (reads or {}).get(name, [[before]] if before else [])
        one["inbound_nodes"] = [{"args": [tensor(of) for of in call], "kwargs": {}} for call in calls]
        before = name
    config["input_layers"], config["output_layers"] = [inputs, 0, 0], [outputs or before, 0, 0]
    return model


def tensor(of):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [of, 0, 0]}}


def keras_file(model, **more):
    text = model if isinstance(model, (str, bytes)) else json.dumps(model)
    weights = (FILES / "hostile" / "good.weights.h5").read_bytes()
    name = f"{next(names)}.keras"
    return archive(name, {"metadata.json": "{}", "config.json": text, "model.weights.h5": weights} | more)


def chains():
    a, b = (layer("Dense", name=name, units=units) for name, units in (("dense", 3), ("b", 2)))
    only = "cnnc compiles chains of layers"
    refused(keras_file(functional(a, b, reads={"b": [["x"]]})), "layer 3, 'b' of class Dense: it reads 'x', which is not", only)
    refused(keras_file(functional(a, b, reads={"b": [["x", "dense"]]})), "layer 3, 'b' of class Dense: it reads several layers", only)
    refused(keras_file(functional(a, b, reads={"b": [["dense"], ["dense"]]})), "called several times", only)
    refused(keras_file(functional(a, b, outputs="dense")), "does not end in its last layer", only)
    refused(keras_file(functional(a, b, inputs="dense")), "it has several inputs or outputs", only)
    refused(keras_file(functional()), "it is no Input with layers behind it")
    refused(keras_file(sequential(a, name="Functional", shape=None)), "it is no Input with layers behind it")
    with_arguments = functional(layer("Dense", name="dense", units=2))
    with_arguments["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": True, "mask": None}
    imported(keras_file(with_arguments))
    with_arguments["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"mask": 1}
    refused(keras_file(with_arguments), "or with arguments", only)


def configs():
    dense = layer("Dense", name="dense", units=2)
    refused(keras_file(sequential(dense, layer("LSTM", name="memory", units=2))),
            "layer 3, 'memory' of class LSTM: cnnc has no LSTM")
    refused(keras_file(sequential(layer("Lambda", name="f", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}))),
            "layer 2, 'f' of class Lambda: cnnc has no Lambda")
    refused(keras_file(sequential(layer("Dense", units=2, module="mine", registered="mine>Dense"))),
            "'Dense' is a class of its author's own, registered as mine>Dense, whose code is not in the file")
    refused(keras_file(sequential(layer("Densely", units=2))), "Keras's layers has no Densely")
    refused(keras_file(sequential(layer("Dense", units=2, name="d", shiny=1))),
            "layer 2, 'd' of class Dense: cnnc knows no argument 'shiny' of Dense")
    refused(keras_file(sequential(layer("Dense", units=2, lora_rank=4))), "the argument 'lora_rank' is not supported yet")
    refused(keras_file(sequential(layer("Dense", units=2, dtype={"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}))),
            "'dtype'", "mixed_float16")
    refused(keras_file(sequential(layer("Dense", units=2, kernel_initializer=layer("Mine", "keras.initializers")))),
            "Keras's initializers has no Mine")
    refused(keras_file(sequential(layer("Conv2D", filters=2, kernel_size=[5, 5], name="c"), shape=(None, 3, 3, 1))),
            "kernel 5x5 does not fit the 3x3 input of 'c'", "for the reasons above")
    refused(keras_file(sequential(dense, name="Mine")), "the model is Mine, and cnnc compiles chains of layers")
    chains()
    refused(keras_file(sequential()), "the model has no layer")
    refused(keras_file(sequential(dense, shape=None)), "the shape of its input is not in the file")
    refused(keras_file(sequential(dense, shape=(8, 3))), "its input has a batch size of its own")
    refused(keras_file(sequential(dense, shape=(None, None))), "None")
    sparse = layer("InputLayer", batch_shape=(None, 3), sparse=True)
    refused(keras_file(sequential(sparse, dense, shape=None)), "cnnc does not support 'sparse' of its input")
    refused(keras_file(sequential({"class_name": "Dense"})), "layer 2 of class Dense: it has no class_name and config")
    refused(keras_file(sequential(dense, layer("InputLayer", name="late"))),
            "layer 3, 'late' of class InputLayer: it stands behind the first layer")
    refused(keras_file({"class_name": "Sequential", "config": {"layers": []}}), "it has no layers")
    refused(keras_file(sequential(layer("Dense", units=2, kernel_initializer={"config": {}}))), "an object without class_name")
    refused(keras_file(sequential(layer("Dense", units=2, kernel_initializer={"class_name": "DTypePolicy"}))),
            "an object without its config")
    refused(keras_file("{}"), "it holds no model")
    refused(keras_file('{"class_name": "Sequential", "class_name": "Model"}'), "no proper JSON", "duplicate")
    refused(keras_file(b'{"class_name": "\xff"}'), "no proper JSON")
    deep = dense
    for _ in range(40):
        deep = sequential(deep)
    refused(keras_file(deep), "models are nested too deeply")
    refused(keras_file("[" * 100000), "no proper JSON")
    deep = 1
    for _ in range(100):
        deep = [deep]
    refused(keras_file(sequential(layer("Dense", units=deep))), "objects are nested too deeply")
    many = [i + 0.5 for i in range(100000)]
    refused(keras_file(sequential(layer("Normalization", mean=many, variance=many), shape=(None, len(many)))),
            "the text is longer than 1 MiB")
    # Of a name anything may come.
    name = 'a"\\\'\u00e9\U0001f600)]'
    made = imported(keras_file(sequential(layer("Dense", units=2, name=name))))
    assert json.loads(cnnc("summary", "--json", f"{made}.cnn"))["layers"][0]["name"] == name
    refused(keras_file(sequential(layer("Dense", units=2, name="a/b"))), "a layer's name must hold no '/'")
    refused(keras_file(sequential(layer("Dense", units=2, name="a\x1b[2J"))), "control characters")
    # What is compiled and cannot be: the model is there all the same.
    made = imported(keras_file(sequential(dense, compile_config={"optimizer": "adam", "loss": {"module": "mine", "class_name": "function", "config": "f", "registered_name": "f"}})))
    assert "compile" not in text_of(made)
    made = imported(keras_file(sequential(dense, compile_config={"loss": "mse", "optimizer": layer("Adam", "keras.optimizers", magic=2)})),
                    says="compile is left out: optimizer: cnnc knows no argument 'magic' of Adam")
    assert "compile" not in text_of(made)
    made = imported(keras_file(sequential(dense, compile_config={"loss": "mse", "optimizer": layer("Adam", "keras.optimizers", clipnorm=-1)})),
                    says="compile is left out: ")
    made = imported(keras_file(sequential(dense, compile_config={"loss": "mse", "optimizer": "sgd", "metrics": [["mae"]]})))
    assert text_of(made).endswith('model.compile(optimizer="sgd", loss="mse", metrics=["mae"])\n'), text_of(made)


# ---- what is not to be trusted

FAULTS = {
    "soft_link": "'layers/dense/vars/0' is a link to elsewhere, which is not followed",
    "soft_group": "holds no layers of Keras's",
    "external_link": "'layers/dense/vars/0' is a link to elsewhere, which is not followed",
    "external_storage": "'layers/dense/vars/0' lies in other files, which are not followed",
    "virtual": "'layers/dense/vars/0' is made of other datasets, which are not followed",
    "too_large": "has the shape (3298534883328, 2), and the model needs (3, 2)",
    "other_rank": "has the shape (6,), and the model needs (3, 2)",
    "huge_chunk": "is stored in chunks that are far too large",
    "texts": "holds no numbers", "complex": "holds no numbers", "group": "is no dataset",
    "bfloat16": "holds numbers of another type than float32",
    "no_bias": "'layers/dense' has 1 variables, and layer 'dense' needs 2",
    "one_more": "'layers/dense' has 3 variables, and layer 'dense' needs 2",
    "other_layer": "the file has a layer 'layers/dense_1', and the model none in that place",
    "no_layers": "holds no layers of Keras's",
    "no_group": "'layers/dense/vars' is no group", "wide": "holds numbers of more than 64 bits",
    "long_link": "a group of the file has a link without a proper name", "old_long_name": "is too long a name",
    "old_more": "the file has weights of a layer 'dense_1', and the model has none behind 'dense'",
    "old_none": "the file has no weights of layer 'dense'",
    "old_names": "'../x' is not in the file", "old_numbers": "'layer_names' is no proper list of names",
}


def hostile():
    Path("dense.cnn").write_text(DENSE, encoding="utf-8")
    files = {path.name.split(".")[0] for path in (FILES / "hostile").iterdir()}
    assert files == FAULTS.keys() | {"good", "doubles", "config_numbers"}, files
    for name, fault in FAULTS.items():
        path = FILES / "hostile" / f"{name}.weights.h5"
        cnnc("import", path, "dense.cnn", "-o", f"{name}.safetensors", code=1, says=[str(path), fault])
        assert not Path(f"{name}.safetensors").exists(), name
        refused(keras_file(sequential(layer("Dense", units=2)), **{"model.weights.h5": path.read_bytes()}), fault)
    for name, value in ("good", 1), ("doubles", 0.1):
        cnnc("import", FILES / "hostile" / f"{name}.weights.h5", "dense.cnn", "-o", f"{name}.safetensors")
        tensors = case.read(Path(f"{name}.safetensors"))
        assert all(abs(v - value) < 1e-7 for v in tensors["dense/kernel"][2]), tensors

    cnnc("import", FILES / "hostile" / "config_numbers.weights.h5", code=1, says="'model_config' is no proper text")
    packed = bytearray((FILES / "hostile" / "doubles.weights.h5").read_bytes())
    packed[packed.index(b"\x78\x5e") + 4] ^= 0xff
    Path("packed.weights.h5").write_bytes(packed)
    cnnc("import", "packed.weights.h5", "dense.cnn", "-o", "packed.safetensors", code=1,
         says="'layers/dense/vars/0' cannot be read: the file is damaged")

    odd = (FILES / "hostile" / "good.weights.h5").read_bytes().replace(struct.pack("<f", 1), struct.pack("<f", math.nan), 2)
    Path("odd.weights.h5").write_bytes(odd)
    cnnc("import", "odd.weights.h5", "dense.cnn", "-o", "odd.safetensors",
         says="warning: 'odd.weights.h5': 2 of the 6 values of 'dense/kernel' are nan or infinite")

    good = sequential(layer("Dense", units=2))
    refused(keras_file(good, **{"model.weights.h5": b"\x89HDF\r\n\x1a\n"}), "model.weights.h5", "is damaged, or no HDF5 file")
    refused(keras_file(good, **{"model.weights.h5": bytes(1 << 24)}), "model.weights.h5 is larger than it can be")
    whole = members(keras_file(good))
    refused(archive("bomb.keras", whole | {"config.json": " " * (8 << 20)}, zipfile.ZIP_DEFLATED),
            "config.json unpacks to more than a hundred times its size")
    refused(archive("long.keras", whole | {"config.json": " " * (17 << 20)}), "config.json is larger than it can be")
    for member in "config.json", "model.weights.h5":
        refused(archive("part.keras", {k: v for k, v in whole.items() if k != member}),
                "config.json is not in the archive" if member == "config.json" else "it holds no model.weights.h5")
    npz = {k: v for k, v in whole.items() if k != "model.weights.h5"}
    refused(archive("npz.keras", npz | {"model.weights.npz": b""}), "its weights are stored as NPZ, which cnnc does not read")
    refused(archive("shards.keras", npz | {"model.weights.json": b"{}"}), "its weights are in several files: save it without max_shard_size")
    # Members of other names are nothing: neither read nor written.
    archive("paths.keras", whole | {"../outside": b"x", "/tmp/outside": b"x"})
    imported("paths.keras")
    assert not Path("../outside").exists()
    data = bytearray(Path("paths.keras").read_bytes())
    at = data.find(b"\x89HDF") + 3000
    data[at] ^= 1
    Path("changed.keras").write_bytes(data)
    refused("changed.keras", "model.weights.h5 is damaged")
    for name, data in ("empty", b""), ("text", b"hello"), ("zip", b"PK\x03\x04"), ("hdf", b"\x89HDF\r\n\x1a\n"):
        Path(f"{name}.keras").write_bytes(data)
        refused(f"{name}.keras", f"{name}.keras", *(["is neither a .keras file nor HDF5"] if name in ("empty", "text") else []))
    os.mkdir("saved_model")
    refused("saved_model", "is a folder: save the model with Keras 3 as a .keras file")
    os.mkfifo("pipe.keras")
    refused("pipe.keras", "is no regular file")
    refused("nothing.keras", "cannot read 'nothing.keras'")


def flips():
    """Bits turned over, and ends cut off: an answer or one clear error, never more, and no file without an answer."""
    made = imported(FILES / "net.keras")
    for form, words in ("keras", []), ("h5", []), ("weights.h5", [f"{made}.cnn"]):
        data, draw, codes = (FILES / f"net.{form}").read_bytes(), random.Random(form), set()
        end = "safetensors" if words else "cnn"
        for _ in range(100):
            changed = bytearray(data)
            for _ in range(draw.choice([1, 1, 2, 8])):
                changed[draw.randrange(draw.choice([len(data), 4096]))] = draw.choice([0, 1, 255, draw.randrange(256)])
            if draw.random() < 0.1:
                changed = changed[:draw.randrange(len(data))]
            Path(f"changed.{form}").write_bytes(changed)
            done = subprocess.run([CNNC, "import", f"changed.{form}", *words, "-o", f"out.{end}"],
                                  capture_output=True, timeout=200, check=False)
            codes.add(done.returncode)
            assert done.returncode in (0, 1), (form, done)
            assert done.returncode == 0 or b"error: " in done.stderr, (form, done)
            assert Path(f"out.{end}").exists() == (done.returncode == 0), (form, done)
            for path in Path(".").glob("out.*"):
                path.unlink()
        assert codes == {0, 1}, (form, codes)


def usage():
    net = FILES / "net.keras"
    cnnc("import", code=2, says="import: which file of Keras's?")
    cnnc("import", net, "a.cnn", "b.cnn", code=2, says="import takes weights and one FILE.cnn, not 'b.cnn' too")
    cnnc("import", net, "-o", "net.txt", code=2, says="-o net.txt: the name must end in .cnn")
    cnnc("import", net, "--dump=ast", code=2, says="option '--dump' does not go with the command 'import'")
    cnnc("import", net, "-D", "A=1", code=2, says="option '-D' does not go with the command 'import'")
    cnnc("import", FILES / "net.weights.h5", code=1, says=["holds weights alone", "cnnc import W.weights.h5 FILE.cnn"])
    cnnc("import", "net.weights.json", code=1, says="save them without max_shard_size")
    assert cnnc("import", net) == "net.cnn, net.safetensors: 15 layers, 243 parameters\n"
    before = Path("net.cnn").read_bytes()
    Path("net.cnn").write_text("# mine\n", encoding="utf-8")
    cnnc("import", net, code=1, says="'net.cnn' is there already: say where to write, or -o net.cnn to replace it")
    assert Path("net.cnn").read_text(encoding="utf-8") == "# mine\n"
    cnnc("import", net, "-o", "net.cnn")
    assert Path("net.cnn").read_bytes() == before
    shutil.copy(FILES / "net.weights.h5", "w.safetensors")
    cnnc("import", "w.safetensors", "net.cnn", "-o", "w.safetensors", code=1, says="the file to import")
    cnnc("import", net, "-o", "none/net.cnn", code=3, says="none")
    assert "import" in cnnc("import", "--help")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        globals()[sys.argv[1]]()


main()
