#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cnnc fetch against a server of its own that lies, breaks off and knows ranges or not.

    fetch.py refused CNNC     whatever the server sends, nothing wrong is kept
    fetch.py mnist CNNC       with $CNNC_DATA: bad mirrors, then a good one; broken off and resumed
Exit code 77 means skipped.
"""
import gzip
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


class Server(http.server.BaseHTTPRequestHandler):
    """/MODE/FILE: serves FILE from `folder` as MODE says. Requests are kept in `seen`."""

    folder = None
    seen = []
    broken = set()  # files that /cut/ has broken off once

    def log_message(self, *_):
        pass

    def do_GET(self):
        mode, name = self.path.lstrip("/").split("/", 1)
        asked = self.headers.get("Range")
        self.seen.append((mode, name, asked))
        path = self.folder / name
        if mode == "none" or not path.is_file():
            return self.send_error(404)
        if mode == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            return self.end_headers()
        body = path.read_bytes()
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and mode != "rangeless" else 0
        if start > len(body):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if mode != "endless":
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body)
        if mode == "cut" and name not in self.broken and end > 4000:
            self.broken.add(name)
            end = end // 2
        self.wfile.write(body[start:end])
        if mode == "endless":
            while True:
                self.wfile.write(bytes(1 << 20))


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients that hang up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def check(true, what):
    if not true:
        raise SystemExit(f"fetch.py: {what}")


def fetch(cnnc, address, modes, folder, name="mnist"):
    mirrors = " ".join(f"{address}/{mode}" for mode in modes)
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run([cnnc, "fetch", name, folder, f"--from={mirrors}"], capture_output=True, text=True, env=clean)


def refused(cnnc, address, folder):
    for name in NAMES:
        (Server.folder / f"{name}.gz").write_bytes(gzip.compress(b"not MNIST"))
    (Server.folder / "cifar-10-binary.tar.gz").write_bytes(gzip.compress(bytes(2048)))
    got = folder / "got"
    for modes, code, words in [
        (["none", "rangeless"], 1, "SHA-256"),
        (["none"], 3, "404"),
        (["elsewhere"], 3, "file"),
        (["endless"], 3, "longer than"),
    ]:
        run = fetch(cnnc, address, modes, got)
        check(run.returncode == code, f"{modes}: exit code {run.returncode}, not {code}: {run.stderr}")
        check(words in run.stderr and "train-images" in run.stderr, f"{modes}: {run.stderr}")
        check(not list(got.iterdir()), f"{modes}: kept {list(got.iterdir())}")
    run = fetch(cnnc, address, ["rangeless"], got, "cifar10")
    check(run.returncode == 1 and not list(got.iterdir()), f"cifar10: {run.returncode} {run.stderr}")
    said = "cnnc: error: 'cifar-10-binary.tar.gz' could not be had; it can be put by hand into"
    check(said in run.stderr, f"cifar10: {run.stderr}")
    run = fetch(cnnc, address, ["none"], got, "cifar")
    known = "mnist, fashion-mnist, cifar10, cifar100"
    check(run.returncode == 2 and f"error: no data set is called 'cifar': use {known}" in run.stderr, f"an unknown name: {run.returncode} {run.stderr}")
    nowhere = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_DATA_HOME")}
    run = subprocess.run([cnnc, "fetch", "mnist"], capture_output=True, text=True, env=nowhere)
    said = "cnnc: error: neither $XDG_DATA_HOME nor $HOME is set: say where, cnnc fetch mnist DIR\n"
    check(run.returncode == 2 and run.stderr == said, f"no home: {run.returncode} {run.stderr}")
    # A start that does not belong there, longer than the file: all comes anew, and is still refused.
    (got / "train-images-idx3-ubyte.gz.part").write_bytes(bytes(100000))
    run = fetch(cnnc, address, ["ranges"], got)
    check(run.returncode == 1 and not list(got.iterdir()), f"a wrong start: {run.returncode} {run.stderr}")
    # Links are not followed to other files, and folders that cannot be made are said.
    target = folder / "mine"
    target.write_text("mine")
    (got / "train-images-idx3-ubyte.gz.part").symlink_to(target)
    run = fetch(cnnc, address, ["ranges"], got)
    check(run.returncode == 3 and target.read_text() == "mine", f"a link: {run.returncode} {run.stderr}")
    run = fetch(cnnc, address, ["ranges"], target / "below")
    check(run.returncode == 3 and "mine" in run.stderr, f"no folder: {run.returncode} {run.stderr}")


def mnist(cnnc, address, folder):
    data = os.environ.get("CNNC_DATA")
    if not data:
        check(os.environ.get("CNNC_REQUIRE_DATA") != "1", "CNNC_DATA is not set, and CNNC_REQUIRE_DATA is 1")
        print("skipped: CNNC_DATA is not set")
        sys.exit(77)
    for name in NAMES:
        plain, packed = pathlib.Path(data, name), pathlib.Path(data, f"{name}.gz")
        body = gzip.compress(plain.read_bytes(), 1) if plain.exists() else packed.read_bytes()
        # What comes after the file's own bytes is not looked at.
        (Server.folder / f"{name}.gz").write_bytes(body + gzip.compress(b"more than belongs there"))
    got = folder / "new" / "got"
    run = fetch(cnnc, address, ["none", "cut"], got)  # breaks off, and no further mirror has it
    check(run.returncode == 3, f"broken off: {run.returncode} {run.stderr}")
    part = got / "train-images-idx3-ubyte.gz.part"
    half = part.stat().st_size
    check(half > 0, "the start was not kept")
    run = fetch(cnnc, address, ["cut", "rangeless"], got)
    check(run.returncode == 0, f"resumed: {run.returncode} {run.stderr}")
    check(("cut", f"{NAMES[0]}.gz", f"bytes={half}-") in Server.seen, f"it did not go on: {Server.seen}")
    check(sorted(p.name for p in got.iterdir()) == sorted(NAMES), f"not the four files: {list(got.iterdir())}")
    before = len(Server.seen)
    check(fetch(cnnc, address, ["cut"], got).returncode == 0, "again")
    check(len(Server.seen) == before, "what is there was fetched again")
    (got / NAMES[1]).write_bytes(b"wrong")
    check(fetch(cnnc, address, ["ranges"], got).returncode == 0, "a wrong file")
    check((got / NAMES[1]).stat().st_size == 60008, "a wrong file stayed")
    model = pathlib.Path(__file__).parent.parent / "models" / "mlp.cnn"
    run = subprocess.run([cnnc, "run", model, "train", "--data", got, "--epochs", "1", "--out", folder / "w"],
                         capture_output=True, text=True)
    check("val_accuracy: 0.9" in run.stdout, f"it does not learn: {run.stdout} {run.stderr}")


def main():
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        Server.folder = folder / "served"
        Server.folder.mkdir()
        {"refused": refused, "mnist": mnist}[sys.argv[1]](os.path.abspath(sys.argv[2]), serve(), folder)


main()
