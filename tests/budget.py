#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# --max-flash, --max-ram, --max-stack of emit: what an object takes is what is held to them, to the byte; other kernels
# are chosen where that helps; else the layer is named, and nothing is written. summary says the same of a machine.
#     budget.py CNNC GOLDENS
import json
import os
import re
import subprocess
import sys
import tempfile

cnnc, goldens = (os.path.realpath(path) for path in sys.argv[1:])
MCU = "--target=thumbv7em-none-eabihf"


def emit(name, *flags, code=0, says=()):
    command = [cnnc, "emit", f"{goldens}/{name}.cnn", "--prefix=net", *flags]
    done = subprocess.run(command, capture_output=True)
    said = done.stderr.decode()
    assert done.returncode == code, (flags, done.returncode, said)
    for text in (says,) if isinstance(says, str) else says:
        assert text in said, (text, said)
    return done.stdout if code == 0 else said


def weights(name):
    return "-w", f"{goldens}/{name}.safetensors", "--as=obj", "-o", "-"


def flash(code):
    """Bytes of an ELF object's sections that are loaded and never written, by its own table."""
    wide = code[4] == 2
    def word(at, n):
        return int.from_bytes(code[at:at + n], "little")
    table = word(0x28, 8) if wide else word(0x20, 4)
    size, count = word(0x3A if wide else 0x2E, 2), word(0x3C if wide else 0x30, 2)
    total = 0
    for i in range(count):
        at = table + i * size
        kind, flags = word(at + 4, 4), word(at + 8, 8 if wide else 4)
        length = word(at + 32, 8) if wide else word(at + 20, 4)
        if flags & 2 and kind != 8:  # SHF_ALLOC, and no SHT_NOBITS
            total += length
    return total


def figures(name, *flags):
    header = emit(name, "--as=header", "-o", "-", *flags).decode()
    return {key: int(re.search(rf"NET_{key}_BYTES +(\d+)", header)[1]) for key in ("WORKSPACE", "STACK")}


def at_the_byte(name, *target):
    code = emit(name, *weights(name), *target)
    stands = figures(name, *target)
    sizes = (("--max-flash", flash(code), "code and constants take"),
             ("--max-ram", stands["WORKSPACE"], "the caller's memory takes"),
             ("--max-stack", stands["STACK"], "a call takes up to"))
    all_of_it = [f"{option}={size}" for option, size, _ in sizes]
    assert emit(name, *weights(name), *target, *all_of_it) == code, "a budget that is kept changes the object"
    print(name, *all_of_it)
    for option, size, takes in sizes:
        emit(name, *weights(name), *target, f"{option}={size - 1}", code=1,
             says=(f"{option}={size - 1}: {takes} {size:,} bytes, 1 too many", "help: "))


def names_the_layer():
    emit("mnist_convnet", *weights("mnist_convnet"), "--max-flash=100K", code=1, says="of which 'conv2d_1' has 73,984")
    emit("mlp", *weights("mlp"), "--max-flash=100K", code=1,
         says=("of which 'dense' has 401,920", ": fewer units or channels there, or a pool before it"))
    emit("mnist_convnet", *weights("mnist_convnet"), MCU, "--max-ram=20K", code=1,
         says=("while 'conv2d_1' is computed, 18,432 of 'max_pooling2d' and 6,400 of 'max_pooling2d_1'",
               ": fewer channels, or a pool or strides before it"))
    emit("mnist_convnet", *weights("mnist_convnet"), MCU, "--max-stack=100", code=1, says="the code of 'conv2d'")


def chooses_others():
    """Winograd's kernels read weights in a larger form, which 200 kB have no room for."""
    for form in ("llvm", "obj"):
        more = len(emit("mnist_convnet", "-w", f"{goldens}/mnist_convnet.safetensors", f"--as={form}", "-o", "-"))
        less = len(emit("mnist_convnet", "-w", f"{goldens}/mnist_convnet.safetensors", f"--as={form}", "-o", "-",
                        "--max-flash=200K", "-v"))
        assert less < more / 2, (form, more, less)
    before, after = figures("mnist_convnet"), figures("mnist_convnet", "--max-ram=32K")
    assert after["WORKSPACE"] <= 32768 < before["WORKSPACE"], (before, after)
    emit("mnist_convnet", *weights("mnist_convnet"), "--max-flash=200K", "-v", says="note: over budget, so kernels that take little memory are chosen")
    emit("mnist_convnet", *weights("mnist_convnet"), "--max-flash=300K", "--cpu-dispatch")


def rows_of_caches():
    """Panels are copied to the nearest cache, on the stack: not where there are no caches, even if asked for."""
    panels = figures("mlp", "--kernels=panels"), figures("mlp", MCU, "--kernels=panels")
    assert panels[0]["STACK"] > 32768 and panels[1] == figures("mlp", MCU), panels


def trains():
    train = ("--train", "--as=obj", "-o", "-")
    emit("mnist_convnet", *train, "--max-ram=1600K", code=1, says="help: with --batch-size=64 it takes ")
    emit("mnist_convnet", *train, "--max-ram=1600K", "--batch-size=64")
    emit("mlp", *train, "--max-ram=64K", code=1, says=("with --batch-size=1 it takes ", "of which 'dense' has 401,920"))
    whole = emit("mlp", *train, "-g0")
    emit("mlp", *train, "-g0", f"--max-flash={flash(whole)}")
    small = emit("mlp", *train, "-g0", f"--max-flash={flash(whole) - 1}")
    assert flash(small) < flash(whole)
    emit("mlp", *train, "-g0", f"--max-flash={flash(small) - 1}", code=1, says=f" {flash(small):,} bytes, 1 too many")
    for target in (), (MCU,), ("--target=riscv32-unknown-elf",):
        says = r"help: the largest kernel is 'train\.[a-z0-9_.]*(conv2d|pooling2d|dropout)[a-z0-9_.]*', [\d,]+ bytes: --kernels=plain"
        said = emit("mnist_convnet", *train, *target, "--max-flash=20K", code=1)
        assert re.search(says, said), said
    at_the_byte_in_training("mlp", MCU)
    at_the_byte_in_training("lenet5", "--target=thumbv8.1m.main-none-eabihf")


def at_the_byte_in_training(name, *target):
    train = ("--train", *target)
    code = emit(name, *train, "--as=obj", "-o", "-")
    header = emit(name, *train, "--as=header", "-o", "-").decode()
    size = {key: int(re.search(rf"NET_{key}_BYTES +(\d+)", header)[1])
            for key in ("PARAMS", "STATE", "WORKSPACE", "PREDICT", "STACK", "CODE")}
    ram = sum(size[key] for key in ("PARAMS", "STATE", "WORKSPACE", "PREDICT"))
    assert size["CODE"] == flash(code), (size, flash(code))
    budget = (("--max-flash", size["CODE"]), ("--max-ram", ram), ("--max-stack", size["STACK"]))
    all_of_it = [f"{option}={most}" for option, most in budget]
    assert emit(name, *train, "--as=obj", "-o", "-", *all_of_it) == code, "a budget that is kept changes the object"
    for option, most in budget:
        emit(name, *train, "--as=obj", "-o", "-", f"{option}={most - 1}", code=1,
             says=(f"{option}={most - 1}: ", f" {most:,} bytes, 1 too many", "help: "))


def summary(model, *flags):
    done = subprocess.run([cnnc, "summary", model, *flags], capture_output=True, text=True)
    assert done.returncode == 0, (flags, done.stderr)
    return done.stdout


def summary_says(name, products, *target):
    model = f"{goldens}/{name}.cnn"
    said = json.loads(summary(model, "--json", *target))["machine"]
    code = subprocess.run([cnnc, "emit", model, *weights(name), *target], capture_output=True).stdout
    stands = figures(name, *target)
    wanted = {"macs": products, "flash": flash(code), "ram": stands["WORKSPACE"], "stack": stands["STACK"]}
    assert said["predict"] == wanted, (said, wanted)
    table, more = summary(model, "--style=rich"), summary(model, "--style=rich", *target)
    assert more.startswith(table) and f"Predicts: {products:,} MACs a sample; {flash(code):,} bytes of flash, " in more
    assert "Trains: " in more and summary(model, *target).startswith(summary(model))
    assert list(json.loads(summary(model, "--json"))) == [k for k in json.loads(summary(model, "--json", *target))
                                                          if k != "machine"]


def summary_of_training():
    model = f"{goldens}/mlp.cnn"
    said = json.loads(summary(model, "--json", "-mcpu=x86-64", "--target=x86_64-linux-gnu"))["machine"]["train"]
    if not said:
        return  # this cnnc was built without clang
    train = [cnnc, "emit", model, "--train", "--target=x86_64-linux-gnu", "-o", "-"]
    code = subprocess.run([*train, "--as=obj"], capture_output=True).stdout
    header = subprocess.run([*train, "--as=header"], capture_output=True, text=True).stdout
    room = {key: int(re.search(rf"MLP_{key}_BYTES +(\d+)", header)[1])
            for key in ("PARAMS", "STATE", "WORKSPACE", "PREDICT", "STACK")}
    assert said["flash"] == flash(code) and said["stack"] == room.pop("STACK") and said["ram"] == sum(room.values()), said
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/net.py", "w") as file:
            file.write("model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])\n")
        said = json.loads(summary(f"{folder}/net.py", "--json", MCU))["machine"]
        assert said["train"] is None and said["predict"]["macs"] == 6, said
        assert "Trains: not, and emit --train says why\n" in summary(f"{folder}/net.py", MCU)
        done = subprocess.run([cnnc, "summary", f"{folder}/net.py", "--target=none"], capture_output=True, text=True)
        assert done.returncode == 2 and "unknown target 'none'" in done.stderr and not done.stdout, done


def refuses():
    for wrong in ("", "x", "1.5M", "-1", "1KB", "1T", "0x10", " 1", "99999999999"):
        emit("mlp", *weights("mlp"), f"--max-ram={wrong}", code=2, says="--max-ram")
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/net.o"
        emit("mlp", "-w", f"{goldens}/mlp.safetensors", "--as=obj", "-o", out, "--max-flash=1", code=1)
        assert not os.path.exists(out), "an error left an output"
        large = f"{folder}/large.cnn"
        with open(large, "w") as file:
            file.write("model = Sequential([Input((30000,)), Dense(20000), Dense(10)])\n")
        command = [cnnc, "emit", large, "--as=header", MCU, "-o", out]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1 and " bytes, and offsets of thumbv7em-none-eabihf reach 2,147,483,647" in done.stderr, done.stderr
        assert "of which 'dense' has 2,400,080,000" in done.stderr and not os.path.exists(out), done.stderr


at_the_byte("mlp", "--target=thumbv8.1m.main-none-eabihf")
at_the_byte("mnist_convnet", MCU)
at_the_byte("depthwise", "--target=riscv32-unknown-elf")
names_the_layer()
chooses_others()
rows_of_caches()
trains()
summary_says("mnist_convnet", 2440960, MCU)
summary_says("mlp", 784 * 128 + 128 * 10, "--target=riscv32-unknown-elf")
summary_says("lenet5", 117600 + 240000 + 400 * 120 + 120 * 84 + 84 * 10, "--target=x86_64-linux-gnu", "-mcpu=x86-64-v3")
summary_of_training()
refuses()
