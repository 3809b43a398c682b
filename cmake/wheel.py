#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a wheel of what `cmake --install` has put in a folder, and of the package in python/cnnc.

    wheel.py PREFIX VERSION FOLDER

A wheel is a zip archive with a list of its files and their SHA-256
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/). Equal contents make equal bytes."""
import base64
import hashlib
import platform
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
METADATA = """Metadata-Version: 2.1
Name: cnnc
Version: {version}
Summary: compiles neural networks in Keras's notation to native programs, objects and functions
License: MIT
Requires-Python: >=3.8
Requires-Dist: numpy
Description-Content-Type: text/markdown

{readme}"""
WHEEL = """Wheel-Version: 1.0
Generator: cnnc {version}
Root-Is-Purelib: false
Tag: {tag}
"""


def members(prefix, version, tag):
    """Pairs of name and contents, and whether it can be run."""
    for path in sorted((HERE / "python" / "cnnc").glob("*.py")):
        yield f"cnnc/{path.name}", path.read_bytes().replace(b"@PROJECT_VERSION@", version.encode()), False
    for part in "bin", "lib", "share/doc/cnnc/LICENSES":
        for path in sorted((prefix / part).rglob("*")):
            if path.is_file() and not path.suffix in (".cmake", ".pc", ".py"):
                run = path.stat().st_mode & 0o100 != 0
                yield f"cnnc/prefix/{path.relative_to(prefix)}", path.read_bytes(), run
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    about = f"cnnc-{version}.dist-info"
    yield f"{about}/METADATA", METADATA.format(version=version, readme=readme).encode(), False
    yield f"{about}/WHEEL", WHEEL.format(version=version, tag=tag).encode(), False
    yield f"{about}/entry_points.txt", b"[console_scripts]\ncnnc = cnnc.__main__:main\n", False


def main():
    prefix, version, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    tag = f"py3-none-linux_{platform.machine()}"
    path, record = folder / f"cnnc-{version}-{tag}.whl", ""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        def put(name, data, run):
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.external_attr = (0o100755 if run else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)
        for name, data, run in members(prefix, version, tag):
            put(name, data, run)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(data)}\n"
        name = f"cnnc-{version}.dist-info/RECORD"
        put(name, f"{record}{name},,\n".encode(), False)
    print(path)


main()
