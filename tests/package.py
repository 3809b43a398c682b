#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is installed works from wherever it lies, and so does what the Debian package holds.

    package.py BUILD install|wheel
    package.py BUILD deb FOLDER

install: `cmake --install`, moved elsewhere: the command, its programs, a project of CMake's that uses a
model, completions, manuals. deb: the package's fields and files, and its command where it is unpacked, which is FOLDER:
what pages.py reads.
wheel: installed by pip; the command, and models that Keras saved as functions on numpy arrays.
Exit code 77: what it needs is not installed."""
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from interpreter import with_numpy

PROJECT = Path(__file__).resolve().parent / "package" / "project"
NET = """model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="sgd")
"""


def run(*command, **more):
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def alone(prefix):
    """The environment of somebody who has nothing of cnnc but what lies there."""
    known = {k: v for k, v in os.environ.items() if not k.startswith("CNNC_")}
    return known | {"PATH": f"{prefix}/bin:{os.environ['PATH']}"}


def check_command(prefix, environment):
    Path("net.cnn").write_text(NET, encoding="utf-8")
    assert shutil.which("cnnc", path=environment["PATH"]) == f"{prefix}/bin/cnnc"
    assert "Total params: 16" in run("cnnc", "summary", "net.cnn", env=environment)
    run("cnnc", "build", "net.cnn", "-o", "net", env=environment)
    assert "Total params: 16" in run("./net", "summary")
    assert "Total params: 16" in run("cnnc", "run", "net.cnn", "summary", env=environment)
    run("cnnc", "verify-passes", "net.cnn", "--write-batch", "net.safetensors", env=environment)


def check_project(prefix, environment):
    """A project that finds cnnc, whose three objects of one model predict the same."""
    shutil.copytree(PROJECT, "project")
    for file in "net.cnn", "net.safetensors":
        shutil.copy(file, "project")
    cpu = "x86-64-v2" if platform.machine() == "x86_64" else "generic"
    run("cmake", "-S", "project", "-B", "made", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DNET_CPU={cpu}", env=environment)
    run("cmake", "--build", "made", env=environment)
    lines = [line.split() for line in run("made/main").splitlines()]
    assert len(lines) == 4 and all(abs(float(a) - float(b)) < 1e-5 and b == c for a, b, c in lines), lines
    assert abs(sum(float(a) for a, *_ in lines) - 1) < 1e-5, lines
    os.utime("project/net.safetensors")
    assert "Compiling the model net" in run("cmake", "--build", "made", env=environment)
    config, = prefix.glob("lib*/**/pkgconfig")
    environment = environment | {"PKG_CONFIG_PATH": str(config)}
    cnnc = run("pkg-config", "--variable=cnnc", "cnnc", env=environment).strip().replace("\\", "")  # before blanks
    assert os.path.samefile(cnnc, prefix / "bin" / "cnnc"), cnnc
    version = run("pkg-config", "--modversion", "cnnc", env=environment)
    assert run("cnnc", "--version", env=environment) == f"cnnc {version}", version


def check_manuals(prefix, environment):
    """All that --help knows has its place in the manual."""
    of = {"cnnc.1": ["cnnc"], "cnnc-program.7": ["./net"]}
    for name, command in of.items():
        page, = prefix.glob(f"share/man/man*/{name}")
        text = re.sub(r'\\f.|" "', "", page.read_text(encoding="utf-8")).replace("\\-", "-")
        said = run(*command, "--help", env=environment)
        words = re.findall(r"^  (-[-\w]+)", said, re.MULTILINE) + re.findall(r"^  (?:cnnc|\./net) ([a-z]\S+)", said, re.MULTILINE)
        assert len(words) > 20, words
        lacking = [word for word in words if not re.search(rf"(?<![-\w]){word}(?![-\w])", text)]
        assert not lacking, (name, lacking)


def check_completions(prefix, environment):
    places = {"bash": "bash-completion/completions/cnnc", "zsh": "zsh/vendor-completions/_cnnc",
              "fish": "fish/vendor_completions.d/cnnc.fish"}
    for shell, place in places.items():
        script = (prefix / "share" / place).read_text(encoding="utf-8")
        assert script == run("cnnc", f"--print-completion={shell}", env=environment)


def install(build, _):
    run("cmake", "--install", build, "--prefix", Path("first").resolve())
    prefix = Path("elsewhere", "in a folder").resolve()
    prefix.parent.mkdir()
    Path("first").rename(prefix)
    environment = alone(prefix)
    for check in check_command, check_project, check_manuals, check_completions:
        check(prefix, environment)


def deb(build, folder):
    shutil.rmtree(folder, ignore_errors=True)
    if not all(map(shutil.which, ["cpack", "dpkg-deb", "dpkg-shlibdeps"])):
        print("package.py: no cpack or no dpkg-dev")
        return 77
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", Path.cwd())
    package, = Path.cwd().glob("cnnc_*.deb")
    fields = run("dpkg-deb", "-f", package)
    for wanted in (r"^Package: cnnc$", r"^Version: \d+\.\d+\.\d+$", r"^Depends: gcc \| clang, .*libllvm19", 
                   r"^Section: devel$"):
        assert re.search(wanted, fields, re.MULTILINE), (wanted, fields)
    run("dpkg-deb", "-x", package, folder)
    prefix = Path(folder, "usr").resolve()
    check_command(prefix, alone(prefix))
    for part in "cnnc-exchange", "cnnc-fetch":
        assert (prefix / "lib/cnnc" / part).exists() == (build / "compiler" / part).exists(), part
    environment = alone(prefix) | {"PYTHONPATH": str(prefix / "lib/python3/dist-packages"), "PYTHONDONTWRITEBYTECODE": "1"}
    assert run(sys.executable, "-m", "cnnc", "--version", env=environment) == run(build / "compiler/cnnc", "--version")
    return 0


USE = """
import json, pathlib, shutil, sys, threading
import numpy as np
import cnnc

files = pathlib.Path(sys.argv[1])
x = np.load(files / "x.npy") / 255  # as predict takes bytes


class Saved:  # as a model of Keras is, of which only this is asked
    def save(self, path):
        shutil.copy(files / "net.keras", path)


for name, model in ("net", files / "net.keras"), ("old", str(files / "old.h5")), ("net", Saved()):
    net = cnnc.compile(model)
    wanted = np.array(json.loads((files / f"{name}.json").read_text()))
    y = net(x)
    assert y.shape == (len(x), *net.output_shape) and np.abs(y - wanted).max() < 1e-5, (name, y, wanted)
    assert np.array_equal(net(x[1]), y[1]) and net(x[:0]).shape == (0, *net.output_shape)
    assert np.array_equal(net(x.astype(np.float32)[::-1]), y[::-1])
results = [None] * 4
threads = [threading.Thread(target=lambda i=i: results.__setitem__(i, net(x))) for i in range(4)]
[t.start() for t in threads], [t.join() for t in threads]
assert all(np.array_equal(r, y) for r in results) and str(net.input_shape) in repr(net)
try:
    net(x[:, 1:])
except ValueError as error:
    assert str(net.input_shape)[1:] in str(error), error
else:
    raise AssertionError("x of another shape")
pathlib.Path("bad.cnn").write_text("model = keras.Sequential([layers.LSTM(3)])")
try:
    cnnc.compile("bad.cnn", "none.safetensors")
except cnnc.CompileError as error:
    assert "LSTM is not supported yet" in str(error), error
else:
    raise AssertionError("a model that is refused")
print("functions", cnnc.__version__)
"""


def wheel(build, _):
    python = with_numpy()
    if not python or subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        print("package.py: no pip, or no numpy")
        return 77
    if not list((build / "compiler").glob("cnnc-exchange")):
        print("package.py: cnnc was built without libhdf5 and libzip")
        return 77
    version = run(build / "compiler/cnnc", "--version").split()[1]
    run("cmake", "--install", build, "--prefix", Path("prefix").resolve(), "--strip")
    tool = PROJECT.parents[2] / "cmake" / "wheel.py"
    files = [run(sys.executable, tool, "prefix", version, folder).strip() for folder in ("one", "two")]
    assert Path(files[0]).read_bytes() == Path(files[1]).read_bytes(), "two wheels of one prefix differ"
    run(sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", "site", files[0])
    shutil.rmtree("prefix")
    assert len(list(Path("site").rglob("__init__.py"))) == 1, "the module of the Debian package is in the wheel"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CNNC_")} | {"PYTHONPATH": str(Path("site").resolve())}
    said = run(python, "-c", USE, PROJECT.parents[1] / "exchange", env=environment)
    assert said.endswith(f"functions {version}\n"), said
    assert run(python, "-m", "cnnc", "--version", env=environment) == f"cnnc {version}\n"
    assert run("site/bin/cnnc", "--version", env=environment) == f"cnnc {version}\n"
    Path("net.cnn").write_text(NET, encoding="utf-8")
    run("site/bin/cnnc", "build", "net.cnn", "-o", "net", env=environment)
    assert "Total params: 16" in run("./net", "summary")
    return 0


def main():
    build, what = Path(sys.argv[1]).resolve(), {"install": install, "deb": deb, "wheel": wheel}[sys.argv[2]]
    unpacked = Path(*sys.argv[3:]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        return what(build, unpacked)


sys.exit(main())
