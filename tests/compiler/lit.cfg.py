# SPDX-License-Identifier: MIT
# The cases of this folder: each .cnn holds its own commands and expectations.
#   lit.py -Dcnnc=BUILD/compiler/cnnc tests/compiler
import os
import shutil
import sys

import lit.formats

config.name = "cnnc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cnn"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params.get("out", os.path.join("/tmp", "cnnc-lit"))


def tool(name):
    for version in ("-19", "", "-20", "-18"):
        path = shutil.which(name + version)
        if path:
            return path
    lit_config.fatal(f"{name} is needed: install llvm-19-tools")


cnnc = os.path.abspath(lit_config.params.get("cnnc", os.environ.get("CNNC", "cnnc")))
check = tool("FileCheck") + " --strict-whitespace --match-full-lines"
config.substitutions += [
    ("%cnnc", cnnc),
    ("%check", check + " %s"),  # expectations are whole lines, in order
    ("%not", tool("not")),
    ("%python", sys.executable),
]
