#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is installed works from wherever it lies, and so does what the Debian package holds.

    package.py BUILD install|deb

install: `cmake --install`, moved elsewhere: the command, its programs, a project of CMake's that uses a
model, completions, manuals. deb: the package's fields and files, and its command where it is unpacked.
Exit code 77: what it needs is not installed."""
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

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
    """A project that finds cnnc, whose two objects of one model predict the same."""
    shutil.copytree(PROJECT, "project")
    for file in "net.cnn", "net.safetensors":
        shutil.copy(file, "project")
    cpu = "x86-64-v2" if platform.machine() == "x86_64" else "generic"
    run("cmake", "-S", "project", "-B", "made", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DNET_CPU={cpu}", env=environment)
    run("cmake", "--build", "made", env=environment)
    lines = [line.split() for line in run("made/main").splitlines()]
    assert len(lines) == 4 and all(abs(float(a) - float(b)) < 1e-5 for a, b in lines), lines
    assert abs(sum(float(a) for a, _ in lines) - 1) < 1e-5, lines
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


def install(build):
    run("cmake", "--install", build, "--prefix", Path("first").resolve())
    prefix = Path("elsewhere", "in a folder").resolve()
    prefix.parent.mkdir()
    Path("first").rename(prefix)
    environment = alone(prefix)
    for check in check_command, check_project, check_manuals, check_completions:
        check(prefix, environment)


def deb(build):
    if not all(map(shutil.which, ["cpack", "dpkg-deb", "dpkg-shlibdeps"])):
        print("package.py: no cpack or no dpkg-dev")
        return 77
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", Path.cwd())
    package, = Path.cwd().glob("cnnc_*.deb")
    fields = run("dpkg-deb", "-f", package)
    for wanted in (r"^Package: cnnc$", r"^Version: \d+\.\d+\.\d+$", r"^Depends: gcc \| clang, .*libllvm19", 
                   r"^Section: devel$"):
        assert re.search(wanted, fields, re.MULTILINE), (wanted, fields)
    run("dpkg-deb", "-x", package, "root")
    prefix = Path("root/usr").resolve()
    check_command(prefix, alone(prefix))
    return 0


def main():
    build, what = Path(sys.argv[1]).resolve(), {"install": install, "deb": deb}[sys.argv[2]]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        return what(build)


sys.exit(main())
