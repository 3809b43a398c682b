#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What surrounds the compiler: other programs, signals, names, targets, memory.
    driver.py CNNC PART    one of the functions below"""
import ctypes
import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

cnnc = Path(sys.argv[1]).resolve()
MODEL = """model = keras.Sequential([keras.Input((4,)), layers.Dense(2, "softmax")])
model.compile(loss="categorical_crossentropy", optimizer="sgd")
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(folder, *words, code=0, stderr="", env=None, prefix=(), **more):
    """Runs cnnc in the folder; its errors hold this text, and nothing in them commands a terminal."""
    words = [os.fsencode(w) for w in (*prefix, cnnc, *words)]
    done = subprocess.run(words, capture_output=True, cwd=folder, env={**os.environ, **(env or {})}, **more)
    said = done.stderr.decode("utf-8")
    assert done.returncode == code, (words, done.returncode, said[:2000])
    assert stderr in said, (words, stderr, said[:2000])
    for text in (said, done.stdout.decode("utf-8")):
        assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text), (words, text[:2000])
    assert all(len(line) < 2000 for line in said.splitlines()), words
    return done.stdout.decode("utf-8")


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def model(folder, name="m.cnn", text=MODEL):
    with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def weights(folder):
    header = {"dense/kernel": ([4, 2], [0, 32]), "dense/bias": ([2], [32, 40])}
    text = json.dumps({k: {"dtype": "F32", "shape": s, "data_offsets": o} for k, (s, o) in header.items()})
    (folder / "w.safetensors").write_bytes(struct.pack("<Q", len(text)) + text.encode() + bytes(40))


def link(folder):
    """A link that fails says what happened, and a link that makes nothing is no success."""
    model(folder)
    run(folder, "build", "m.cnn", code=3, env={"CC": "/bin/true"}, stderr="made no program")
    run(folder, "build", "m.cnn", code=3, env={"CC": "no-such-cc"}, stderr="cannot run 'no-such-cc'")
    said = "echo 'ld: cannot find -l:libz.a: nothing'; echo 'x: No space left on device' >&2; exit 7"
    blank = script(folder / "a cc", said)
    for text in ("exit code is 7", "| ld: cannot find -l:libz.a", "apt install zlib1g-dev", "no space"):
        run(folder, "build", "m.cnn", code=3, env={"CC": str(blank)}, stderr=text)
    killed = script(folder / "killed", "kill -SEGV $$")
    run(folder, "build", "m.cnn", code=3, env={"CC": str(killed)}, stderr="Segmentation fault")
    quiet = script(folder / "quiet", "exit 1")
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)}
    run(folder, "build", "m.cnn", code=3, env={"CC": str(quiet)}, stderr="exit code is 1", **ignored)
    assert not (folder / "m").exists()
    cc = shutil.which("cc")
    script(folder / "c c", f'exec {cc} "$@"')
    for words in (str(folder / "c c"), f"{cc} -g -O1", "", " "):
        run(folder, "build", "m.cnn", "-o", "made", env={"CC": words}, **ignored)
        (folder / "made").unlink()
    run(folder, "build", "m.cnn", code=3, env={"CNNC_RUNTIME": "."}, stderr="absolute path")
    run(folder, "build", "m.cnn", code=3, env={"CNNC_RUNTIME": "/none"}, stderr="not in '/none'")
    run(folder, "build", "m.cnn", env={"CNNC_RUNTIME": ""})


def words(folder):
    """No name that a user gives is an option, or a file of options, to a program that cnnc starts."""
    for name in ("-x", "@x", "--help", "-Wl,-z,nothing", "a b", "$(x)", ";", "é"):
        (folder / "-tmp").mkdir(exist_ok=True)
        model(folder, f"{name}.cnn")
        for tmp in ("-tmp", "@tmp")[: 2 if name == "-x" else 1]:
            (folder / tmp).mkdir(exist_ok=True)
            run(folder, "build", "--", f"{name}.cnn", env={"TMPDIR": tmp})
            run(folder, "build", "-o", f"{name}o", "--", f"{name}.cnn", env={"TMPDIR": tmp})
            run(folder, "emit", "--as=header", "--", f"{name}.cnn", env={"TMPDIR": tmp})
            assert not os.listdir(folder / tmp), os.listdir(folder / tmp)
        assert (folder / f"{name}o").stat().st_mode & 0o100, name
    run(folder, "build", "-x.cnn", code=2)
    run(folder, "build", "--tune=-t", "--tune-seconds=0", "-o", "-o", "--", "-x.cnn", env={"TMPDIR": "-tmp"})
    assert json.loads((folder / "-t").read_text())["model"] == "-x" and (folder / "-o").exists()


def wait_until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.02)


def stopped(folder, number, *command, ignored=None):
    """Starts it with a linker that waits, sends a signal; returns the exit code and what is left."""
    tmp, pid = folder / "tmp", folder / "pid"
    shutil.rmtree(tmp, ignore_errors=True)
    tmp.mkdir()
    pid.unlink(missing_ok=True)
    script(folder / "cc", f"echo $$ >{pid}.new; mv {pid}.new {pid}\nsleep 600 & wait")
    env = {**os.environ, "TMPDIR": str(tmp), "CC": str(folder / "cc")}

    def prepare():  # whatever is ignored around the test
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN if one == ignored else signal.SIG_DFL)

    started = subprocess.Popen([cnnc, *command], cwd=folder, env=env, stderr=subprocess.DEVNULL,
                               preexec_fn=prepare)  # fmt: skip
    wait_until(pid.exists)
    linker = int(pid.read_text())
    started.send_signal(number)
    if number == ignored:
        time.sleep(0.5)
        assert started.poll() is None, "a signal that was ignored stopped it"
        started.send_signal(next(one for one in SIGNALS if one != ignored))
    code = started.wait(60)

    def gone():
        try:
            os.kill(linker, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(gone)
    return code, os.listdir(tmp)


def stop(folder):
    """INT, TERM and HUP while it links or tunes leave no file and no process."""
    model(folder)
    files = set(os.listdir(folder)) | {"tmp", "pid", "cc"}
    for number in SIGNALS:
        assert stopped(folder, number, "build", "m.cnn") == (-number, []), number
        tuning = ("build", "m.cnn", "--tune=t.json", "--tune-seconds=0")
        assert stopped(folder, number, *tuning) == (-number, []), number
        assert set(os.listdir(folder)) <= files, os.listdir(folder)
        assert stopped(folder, number, "build", "m.cnn", ignored=number)[1] == [], number


def targets(folder):
    """Those that are listed, in any spelling of the same; and build serves this machine."""
    model(folder)
    weights(folder)
    emit = ("emit", "m.cnn", "-w", "w.safetensors", "--as=asm", "-o", "-")
    listed = run(folder, "--print-targets").split()
    for name in listed:
        arch, *_, system = re.fullmatch(r"([^-]+)(-unknown)?-(.+)", name).groups()
        text = run_text(folder, *emit, f"--target={name}")
        for vendor in ("-unknown", "-pc", "-none", "-" if system == "linux-gnu" else "-suse"):
            assert run_text(folder, *emit, f"--target={arch}{vendor}-{system}") == text, (name, vendor)
    for name in ("x86_64-apple-darwin", "arm64-apple-macosx14", "x86_64-w64-mingw32", "x86_64", "",
                 "x86_64-pc-windows-msvc", "x86_64-linux-gnux32", "aarch64-linux-gnu_ilp32", "i686-linux-gnu",
                 "x86_64-unknown-freebsd", "x86_64-linux-musl", "aarch64_be-linux-gnu", "riscv64", "thumbv7em-none-eabi", "thumbv6m-none-eabi",
                 "x86_64-linux-gnu-macho", "X86_64-linux-gnu", "x86_64h-linux-gnu", "x86_64-linux-gnu ",
                 "x86_64-linux-android", "wasm32", "wasm64-unknown-unknown", "-", "x" * 100000, "\033[31m"):  # fmt: skip
        what = "unknown target" if name else "needs a value"
        run(folder, *emit, f"--target={name}", code=2, stderr=what)
    run(folder, *emit[:4], "--as=wasm", "-o", "m.wasm", code=3, env={"PATH": "/none"}, stderr="Debian: apt install lld-19")
    assert not (folder / "m.wasm").exists()
    machine = f"{os.uname().machine}-linux-gnu"
    run(folder, "build", "m.cnn", f"--target={machine}")
    for name in listed:
        if name != machine:
            run(folder, "build", "m.cnn", f"--target={name}", code=2, stderr="this machine", env={"CC": "none"})
        if "linux" not in name:
            run(folder, "build", "m.cnn", f"--target={name}", "--dump=llvm", code=2, stderr="there are no programs for")


def run_text(folder, *command):
    return subprocess.run([cnnc, *command], cwd=folder, check=True, capture_output=True).stdout


def noproc(folder):
    """Without /proc nothing comes from the current folder."""
    unshare = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        print("skipped: no name space of its own for a mount")
        sys.exit(77)
    model(folder)
    script(folder / "cnnc-back", "echo of the current folder; touch ran")
    (folder / "libcnnrt.a").write_text("of the current folder")
    run(folder, "build", "m.cnn", prefix=unshare)
    subprocess.run([folder / "m", "summary"], check=True, stdout=subprocess.DEVNULL)
    assert not (folder / "ran").exists()


def foreign(folder):
    """Whatever a name or a file holds, nothing commands the terminal (run() looks), and JSON is JSON."""
    evil = b"\033[31m\x9b31m\xc2\x9b\x07\r\x7f\xff\n"
    weights(folder)
    name = evil.replace(b"/", b"") + b".cnn"
    model(folder, name)
    for command in ("check", "summary", "plan", "build", "emit"):
        run(folder, command, evil, code=2 if command == "emit" else 1)
        run(folder, evil, command, code=2)
        run(folder, command, b"m.cnn", b"--" + evil, code=2)
        run(folder, command, b"m.cnn", b"-W" + evil, code=2)
        run(folder, command, b"m.cnn", b"-o", evil + b"/none", code=1 if command in ("plan", "build") else 2)
    run(folder, "plan", name, f"--kernels={'x' * 100000}", code=2)
    for option in (b"--kernels=", b"--kernels=@", b"--target=", b"-mcpu=", b"--blas=", b"-O", b"--dump="):
        run(folder, b"plan", name, option + evil, code=1 if option.endswith(b"@") else 2)
    run(folder, "build", name, "-o", "made", code=3, env={"CC": "/none\033[31m\r"})
    run(folder, "build", name, "-o", "made", code=3, env={"CNNC_RUNTIME": "\033[31m"})
    run(folder, "build", name, "-o", "made", code=3, env={"TMPDIR": "/none\033[31m\r"})
    evil_cc = script(folder / "cc", "printf '\\033[31m\\r\\233x\\n'; exit 1")
    run(folder, "build", name, "-o", "made", code=3, env={"CC": str(evil_cc)}, stderr="\\x1B[31m")
    # Texts of files.
    for text in (b'"' + evil[:-1] + b'"\n', b"x = '\\x1b\\u009b'\nx.y\n", b"print('\\x1b[31m', 'x', z)\n",
                 b"model = keras.Sequential([], name='\\u009b')\n", b"\xc2\x9b", b"# \xc2\x9b\n$\xc2\x9b\n",
                 b"model = Sequential([Input((4,)), Dense(2, name='a\\u009bb')])\n", b"\xc2\x9b\xff",
                 b"model = Sequential([Input((4,)), Dense(2, name='" + 5000 * b"n" + b"')])\n",
                 b"n" * 1000000):  # fmt: skip
        model(folder, "bad.cnn", text)
        for options in ((), ("--diagnostics=json",)):
            run(folder, "check", "bad.cnn", *options, code=1)
        run(folder, "check", "--dump=ast", "bad.cnn", code=1)
    choices = {"cnnc": "x", "model": "\033[31m", "hash": "\u009b", "cpu": "\r\033",
               "inference": {"samples_together": 1, "kernels": [{"layer": "\033", "pass": "\033", "row": "\033"}]}}
    for drop in ("", "hash", "inference"):
        (folder / "t.json").write_text(json.dumps({k: v for k, v in choices.items() if k != drop}))
        run(folder, "plan", name, "--kernels=@t.json", code=1, stderr="error")
    tensors = json.dumps({"\033\u009b" + "n" * 3000: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    (folder / "e.safetensors").write_bytes(struct.pack("<Q", len(tensors)) + tensors.encode() + bytes(4))
    run(folder, "emit", name, "-w", "e.safetensors", "--as=obj", code=1, stderr="error")
    # A name that is no UTF-8 in what is JSON.
    run(folder, "emit", name, "-w", "w.safetensors", "--as=obj", "--prefix=p", "-o", "m.o")
    subprocess.run(["cc", "-shared", folder / "m.o", "-o", folder / "m.so"], check=True)
    info = ctypes.CDLL(str(folder / "m.so")).p_info
    info.restype = ctypes.c_char_p
    assert "\ufffd" in json.loads(info())["source"]
    run(folder, "emit", name, "--as=header", "--prefix=p", "-o", "-")
    json.loads(run(folder, "plan", name, "--json"))


def memory(folder):
    """A text costs memory by its length, whatever is in it; more than a MiB is not read."""
    most = 1 << 20
    texts = {"x=1\n": "", "1\n": "", ",a": "x=[a", ".a": "import a", ",b": "from a" + ".a" * 80 + " import a",
             "(": "", "?\n": "", ",layers.Dense(1)": "m=keras.Sequential([keras.Input((4,))", ",()": "x=[()",
             "#\n": "", "+1": "x=1", ",b=1": "f(a=1", "'a'": "x=", "n": ""}  # fmt: skip
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))}
    for part, head in texts.items():
        close = ")" if head.startswith("f(") else "])" if "(" in head else "]" if "[" in head else ""
        model(folder, "m.cnn", head + part * ((most - len(head) - 8) // len(part)) + close + "\n")
        subprocess.run([cnnc, "check", "m.cnn"], cwd=folder, capture_output=True, **limit)
        done = subprocess.run([cnnc, "check", "m.cnn"], cwd=folder, capture_output=True, **limit)
        assert done.returncode in (0, 1), (head, part, done.returncode, done.stderr[:500])
    model(folder, "m.cnn", MODEL + "#" * most)
    run(folder, "check", "m.cnn", code=1, stderr="longer than 1 MiB", **limit)
    with subprocess.Popen(["yes", "x = 1"], stdout=subprocess.PIPE) as endless:
        run(folder, "check", "-", code=1, stderr="longer than 1 MiB", stdin=endless.stdout, **limit)
        endless.kill()


def limited(folder):
    """Out of memory, LLVM's part ends with one line and 3 too."""
    conv = ", ".join(["layers.Conv2D(32, 3), layers.MaxPooling2D(2)"] * 3)
    model(folder, text=f"model = keras.Sequential([keras.Input((99, 99, 3)), {conv}])\n")

    def under(mega, *command):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (mega << 20, mega << 20))  # noqa: E731
        return subprocess.run([cnnc, *command], cwd=folder, capture_output=True, text=True, preexec_fn=limit)

    levels = ["--cpu-dispatch"] if os.uname().machine == "x86_64" else []
    least = next(mega for mega in range(64, 4096, 2) if under(mega, "--print-targets").returncode == 0)
    for mega in range(least + 2, 4096, 2):
        done = under(mega, "emit", "m.cnn", "--as=header", "-o", "-", "-O3", *levels)
        if done.returncode == 0:
            break
        assert done.returncode == 3, (mega, done.returncode, done.stderr)
        assert done.stderr.startswith("cnnc: error: out of memory"), done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert mega > least + 2, "there was room for all of it"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        globals()[sys.argv[2]](Path(made).resolve())
