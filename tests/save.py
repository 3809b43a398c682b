#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No trained weights are lost and no file of the user's is destroyed, whatever happens: each fault is
really caused, on programs that cnnc makes. Nothing about time.
    save.py CNNC"""
import os
import random
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

cnnc = Path(sys.argv[1]).resolve()
KILLS = 30
LIMIT = 120  # seconds after which something hangs

MODEL = """\
model = Sequential([Input((4, 4, 1)), Flatten(), {layers}Dense({outputs}, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=16, epochs=2, verbose=2)
score = model.evaluate(x_test, y_test, verbose=0)
print("score", score[0])
"""
MODELS = {"small": MODEL.format(layers="", outputs=10),
          "wide": MODEL.format(layers="Dense(100000), ", outputs=10),  # some 10 MB of weights
          "many": MODEL.format(layers="", outputs=40000)}


def run(*words, **how):
    how = {"capture_output": True, "text": True, "timeout": LIMIT, **how}
    return subprocess.run([str(word) for word in words], check=False, **how)


def said(process, code, *words):
    """It ended with that code and said all of the words; what it said."""
    text = (process.stdout or "") + (process.stderr or "")
    assert process.returncode == code, (process.args, process.returncode, text)
    for word in words:
        assert word in text, (process.args, word, text)
    return text


def start(*words, **how):
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **how}
    return subprocess.Popen([str(word) for word in words], **how)


def end(process, number):
    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def wait_for(condition):
    for _ in range(100 * LIMIT):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it does not come about")


def rows(path):
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def train_long(*words, **how):
    """A training under way, which ends by a signal only."""
    Path("run.csv").unlink(missing_ok=True)
    log = Path("run.csv").resolve()
    process = start(Path("small").resolve(), "train", "--epochs", "1000000", "--log", log, *words, **how)
    wait_for(lambda: rows(log) > 2)
    return process


def usable(name, path):
    """The weights at path are whole: the program takes them."""
    said(run(f"./{name}", "evaluate", "--weights", path), 0, "loss: ")


def leftovers():
    return [p for p in Path(".").iterdir() if p.name.startswith(".cnnc")]


def write_data(folder):
    folder.mkdir()
    noise = random.Random(1)
    for half, n in (("train", 64), ("t10k", 32)):
        pixels, labels = noise.randbytes(16 * n), bytes(i % 10 for i in range(n))
        images = struct.pack(">4B3I", 0, 0, 8, 3, n, 4, 4) + pixels
        (folder / f"{half}-images-idx3-ubyte").write_bytes(images)
        (folder / f"{half}-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, n) + labels)


# ---- nothing that is read is written


def refuses(name, *words):
    before = Path(name).read_bytes()
    said(run(*words), 1, f"cannot write {name}", "name another output")
    assert Path(name).read_bytes() == before, name


def check_inputs_are_kept():
    for name in ("plain", "plain.o"):
        shutil.copy("small.cnn", name)
    os.link("plain", "hard")
    os.symlink("plain", "soft")
    refuses("plain", cnnc, "build", "plain")
    for name in ("plain", "hard", "soft"):
        refuses(name, cnnc, "build", "plain", "-o", name)
        refuses(name, cnnc, "plan", "plain", "-o", name)
    said(run("./small", "train", "--out", "small.o", "--epochs", "1"), 0)
    refuses("small.o", cnnc, "emit", "small.cnn", "-w", "small.o", "--as=obj")
    with open("plain", encoding="utf-8") as source:
        said(run(cnnc, "build", "-", "-o", "plain", stdin=source), 1, "the standard input")
    Path("choices").write_text("{}", encoding="utf-8")
    refuses("choices", cnnc, "plan", "small.cnn", "--kernels=@choices", "-o", "choices")
    refuses("small.cnn", cnnc, "plan", "small.cnn", "--tune=small.cnn")
    said(run(cnnc, "build", "small.cnn", "-o", "new", "--tune=./new"), 2, "one file")
    for name in ("data/t10k-labels-idx1-ubyte", "small"):
        refuses(name, "./small", "train", "--epochs", "1", "--out", name)
    refuses("w.small", "./small", "verify", "w.small", "-o", "w.small")
    os.symlink("data/train-images-idx3-ubyte", "link.csv")
    refuses("link.csv", "./small", "train", "--epochs", "1", "--out", "new", "--log", "link.csv")
    said(run("./small", "train", "--out", "new.csv", "--log", "./new.csv"), 2, "one file")
    assert not Path("new").exists() and not Path("new.csv").exists()


def check_pipes_are_not_read():
    os.mkfifo("fifo")
    os.mkdir("piped")
    os.mkfifo("piped/train-images-idx3-ubyte")
    said(run("./small", "evaluate", "--weights", "fifo"), 1, "fifo: not a file")
    said(run("./small", "verify", "fifo"), 1, "fifo: not a file")
    said(run("./small", "train", "--data", "piped"), 1, "piped/train-images-idx3-ubyte: not a file")
    said(run(cnnc, "emit", "small.cnn", "-w", "fifo", "--as=obj"), 1, "fifo: not a file")
    said(run(cnnc, "plan", "small.cnn", "--kernels=@fifo"), 1, "fifo: not a file")


# ---- what is written through


def read_fifo(path):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(Path(path).read_bytes()))
    thread.start()
    return thread, seen


def through_fifo(code, *words):
    """A FIFO at the output stays one; what its reader got. The first tries may come before it is there."""
    thread, seen = read_fifo("through")
    wait_for(lambda: run(*words).returncode == code)
    thread.join(LIMIT)
    assert stat.S_ISFIFO(os.stat("through").st_mode)
    return seen[0]


def check_written_through():
    os.mkfifo("through")
    said(run(cnnc, "build", "small.cnn", "-o", "through"), 3, "nobody is there to read it")
    assert through_fifo(0, cnnc, "build", "small.cnn", "-o", "through") == Path("small").read_bytes()
    said(run("./small", "train", "--epochs", "1", "--out", "w.st"), 0)
    weights = through_fifo(0, "./small", "train", "--epochs", "1", "--out", "through")
    assert weights == Path("w.st").read_bytes()
    try:
        os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        Path("null").write_bytes(b"")
    except OSError:
        return  # not allowed here
    for words in ((cnnc, "build", "small.cnn", "-o"), ("./small", "train", "--epochs", "1", "--out")):
        said(run(*words, "null"), 0)
        assert stat.S_ISCHR(os.stat("null").st_mode)


def check_rights():
    for path in ("private.h", "private.st", "private"):
        Path(path).write_bytes(b"")
        os.chmod(path, 0o600)
    said(run(cnnc, "emit", "small.cnn", "--as=header", "-o", "private.h"), 0)
    said(run(cnnc, "build", "small.cnn", "-o", "private"), 0)
    said(run("./private", "train", "--epochs", "1", "--out", "private.st"), 0)
    modes = [os.stat(path).st_mode & 0o777 for path in ("private.h", "private.st", "private")]
    assert modes == [0o600, 0o600, 0o700], modes


# ---- trained weights are not lost


def check_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        text = said(end(train_long("--out", "stopped.st"), number), 128 + number)
        assert "interrupted; weights saved to stopped.st" in text, text
        usable("small", "stopped.st")
        Path("stopped.st").unlink()
    process = train_long("--out", "stopped.st",
                         preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)  # nohup
    seen = rows(Path("run.csv"))
    wait_for(lambda: rows(Path("run.csv")) > seen + 2)
    said(end(process, signal.SIGTERM), 143)


def check_kills():
    """At any moment the file is the old one or a new one, whole. After TERM nothing else is left, and a
    training that was through is saved."""
    clock = time.monotonic()
    said(run("./wide", "train", "--epochs", "1", "--out", "w.st"), 0)
    longest, whole = time.monotonic() - clock, Path("w.st").stat().st_size
    shutil.copy("w.st", "old.st")
    chance = random.Random(1)
    for i in range(KILLS):
        number = (signal.SIGKILL, signal.SIGTERM)[i % 2]
        if number == signal.SIGTERM:
            Path("w.st").unlink()
        process = start("./wide", "train", "--epochs", "1", "--out", "w.st")
        time.sleep(longest * (0.3 + 0.7 * chance.random()))
        ended = end(process, number)
        assert ended.returncode in (0, -number, 128 + number), ended.returncode
        if number == signal.SIGTERM:
            assert Path("w.st").exists() or "loss: " not in ended.stdout, ended
            assert not leftovers(), leftovers()
        if Path("w.st").exists():
            assert Path("w.st").stat().st_size == whole
            usable("wide", "w.st")
        else:
            shutil.copy("old.st", "w.st")
        for path in leftovers():
            path.unlink()


def check_at_once():
    """Four trainings with one output: each ends well, and one of them is there."""
    answers = set()
    for seed in range(4):
        said(run("./wide", "train", "--epochs", "1", "--seed", seed, "--out", "w.st"), 0)
        answers.add(Path("w.st").read_bytes())
    for _ in range(3):
        all_four = [start("./wide", "train", "--epochs", "1", "--seed", seed, "--out", "w.st")
                    for seed in range(4)]
        for process in all_four:
            process.communicate(timeout=LIMIT)
            assert process.returncode == 0
        assert Path("w.st").read_bytes() in answers and not leftovers()


def rescued(text):
    """The place that an error names, whose weights can be used."""
    path = re.search(r"the weights are saved to (\S+) instead", text).group(1)
    usable("small", path)
    Path(path).unlink()
    return path


def check_second_place():
    os.mkdir("gone")
    process = train_long("--out", "gone/w.st")
    os.rmdir("gone")
    path = rescued(said(end(process, signal.SIGTERM), 3, "cannot write gone/w.st"))
    assert path.startswith("./small-"), path
    os.mkdir("spare")
    os.mkdir("current")
    process = train_long("--out", "w.st", cwd="current",
                         env={**os.environ, "TMPDIR": str(Path("spare").resolve())})
    os.rmdir("current")
    path = rescued(said(end(process, signal.SIGTERM), 3, "cannot write w.st"))
    assert path.startswith(str(Path("spare").resolve())), path


def check_limits():
    """A limit of size is met before the first step, and by no signal."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
    text = said(run("./wide", "train", "--out", "limited.st", preexec_fn=limit), 3, "File too large")
    assert "poch" not in text and not Path("limited.st").exists(), text
    said(run(cnnc, "emit", "small.cnn", "--as=llvm", "-w", "w.small", "-o", "limited.ll",
             preexec_fn=limit), 3, "File too large")
    assert not Path("limited.ll").exists() and not leftovers()


def check_full_disk():
    os.mkdir("disk")
    if run("mount", "-t", "tmpfs", "-o", "size=64k", "none", "disk").returncode != 0:
        return  # not allowed here
    try:
        text = said(run("./wide", "train", "--out", "disk/w.st"), 3, "No space left")
        assert "poch" not in text, text
        process = train_long("--out", "disk/w.st")
        with open("disk/rest", "wb") as rest:
            while True:
                try:
                    os.write(rest.fileno(), bytes(1024))
                except OSError:
                    break
            rescued(said(end(process, signal.SIGTERM), 3, "No space left"))
        assert os.listdir("disk") == ["rest"]
    finally:
        run("umount", "disk")


def check_lost_log():
    """The log's reader goes away: the training goes on, and its weights are saved."""
    os.mkfifo("reader.csv")
    reader = os.open("reader.csv", os.O_RDONLY | os.O_NONBLOCK)
    process = start("./small", "train", "--epochs", "1000000", "--out", "w.st", "--log", "reader.csv")
    wait_for(lambda: select_readable(reader))
    os.close(reader)
    line = process.stderr.readline() + process.stderr.readline()
    assert "warning: cannot write the log reader.csv" in line, line
    said(end(process, signal.SIGTERM), 143, "weights saved to w.st")
    usable("small", "w.st")


def select_readable(fd):
    try:
        return len(os.read(fd, 1 << 16)) > 0
    except BlockingIOError:
        return False


def check_lost_output():
    """The terminal goes away. train saves; statements have no file, so their weights go elsewhere."""
    for words, code in (("train", "--out", "w.st"), 0), ((), 3):
        process = start("./small", "--epochs" if not words else words[0],
                        *(("2000",) if not words else (*words[1:], "--epochs", "2000")))
        process.stdout.readline()
        process.stdout.close()
        text = process.stderr.read()
        assert process.wait(LIMIT) == code, (words, process.returncode, text)
        assert "cannot write the output: Broken pipe" in text, text
        if code:
            rescued(text)
        else:
            usable("small", "w.st")
            Path("w.st").unlink()


def check_closed_descriptors():
    for closed in (">&-", "<&- >&- 2>&-"):
        Path("run.csv").unlink(missing_ok=True)
        run("sh", "-c", f"exec ./small train --epochs 3 --out w.st --log run.csv {closed}")
        lines = Path("run.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 4 and all(line.count(",") == 8 for line in lines), lines
        usable("small", "w.st")
    Path("new.h").unlink(missing_ok=True)
    said(run("sh", "-c", f"exec '{cnnc}' emit small.cnn --as=header -o new.h <&- >&- 2>&-"), 0)
    assert Path("new.h").read_text(encoding="utf-8").startswith("/*")


# ---- what is needed later is looked at first


def check_needed_later():
    os.mkdir("half")
    for path in Path("data").glob("train-*"):
        shutil.copy(path, "half")
    text = said(run("./small", "--data", "half"), 1, "t10k-images-idx3-ubyte")
    assert "poch" not in text, text
    said(run("./small", "train", "--data", "half", "--epochs", "1", "--out", "w.st"), 0)


def check_many_classes():
    """No matrix of 40,000 x 40,000 for tables that are not printed."""
    said(run("./many", "train", "--epochs", "1", "--out", "w.many"), 0)
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    said(run("./many", "evaluate", "--weights", "w.many", "--threads", "2", preexec_fn=limit), 0,
         "no tables by class: there are 40000 classes")


def main():
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_data(Path("data"))
        os.environ["CNNC_DATA"] = str(Path("data").resolve())
        for name, text in MODELS.items():
            Path(f"{name}.cnn").write_text(text, encoding="utf-8")
            said(run(cnnc, "build", f"{name}.cnn"), 0)
        said(run("./small", "train", "--epochs", "1", "--out", "w.small"), 0)
        for name, check in sorted(globals().items()):
            if name.startswith("check_"):
                print(name, flush=True)
                check()
                left = leftovers()
                assert not left, (name, left)
        os.chdir("/")


main()
