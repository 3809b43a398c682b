#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What shells offer for words that are typed half: each one is asked for its completions of the same
lines, by the script that `cnnc --print-completion` prints.

    completion.py CNNC bash|zsh|fish

Exit code 77: this shell is not installed."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BASH = r"""
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
compopt() { :; }
_cnnc
printf '%s\n' "${COMPREPLY[@]}"
"""
# zsh completes at a terminal alone: one is made, and what it shows is looked at.
ZSH = r"""
zmodload zsh/zpty
# what is offered is noted where completion functions hand it over
zpty shell zsh -f -i
tell() { zpty -w shell "$1"; }
hear() { local text part; text=; while zpty -r -m shell part "*$1*"; do text+=$part; break; done; print -r -- "$text"; }
tell "PS1= PROMPT2= LISTMAX=10000; path=(${1:h} \$path); fpath=(${2:h} \$fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-colors ''; stty columns 400"
tell "show() { print -r -- \"OFFERED:\${(j:|:)offered}:END\"; }"
tell "compadd() { if [[ \${argv[(I)-[OAD]]} -gt 0 ]]; then builtin compadd \"\$@\"; return; fi; local -a __o; builtin compadd -O __o \"\$@\"; offered+=(\$__o); builtin compadd \"\$@\"; }"
tell "complete-it() { offered=(); zle complete-word; show; zle kill-whole-line; }; zle -N complete-it; bindkey '^I' complete-it; print READY-\$((1+1))"
hear READY-2 >/dev/null
zpty -w -n shell "$3"$'\t'
hear :END
zpty -d shell
"""


def words_of(line):
    """As bash cuts it: an equals sign is a word."""
    words = []
    for word in line.split(" "):
        name, sign, value = word.partition("=")
        words += [name, sign, value] if sign and value else [name, sign] if sign else [word]
    return words


class Shell:
    def __init__(self, cnnc, name, folder):
        self.cnnc, self.name = cnnc, name
        self.script = folder / {"bash": "cnnc.bash", "zsh": "_cnnc", "fish": "cnnc.fish"}[name]
        self.script.write_bytes(subprocess.run([cnnc, f"--print-completion={name}"], check=True,
                                               stdout=subprocess.PIPE).stdout)
        self.environment = os.environ | {"PATH": f"{cnnc.parent}:{os.environ['PATH']}", "HOME": str(folder)}

    def run(self, *command):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 and not done.stderr, (command, done)
        return done.stdout

    def offers(self, line):
        if self.name == "bash":
            said = self.run("bash", "--norc", "-c", BASH, "bash", self.script, *words_of(line))
        elif self.name == "fish":
            said = self.run("fish", "--no-config", "-c", f"source {self.script}; complete -C '{line}'")
            said = "\n".join(offer.split("\t")[0] for offer in said.splitlines())
        else:
            said = self.run("zsh", "-f", "-c", ZSH, "zsh", self.cnnc, self.script, line)
            said = said[said.index("OFFERED:") + 8:said.rindex(":END")].replace("|", "\n").replace("\\", "")
        option = line.split(" ")[-1].partition("=")[0]  # some shells say it again
        return {offer.removeprefix(option + "=").rstrip("=/") for offer in said.split("\n")} - {""}


def check(shell):
    def offered(line, *some, without=()):
        offers = shell.offers(line)
        assert {*some} <= offers and not offers & {*without}, (shell.name, line, sorted(offers))
        return offers

    offered("cnnc ", "summary", "build", "emit", "fetch", "import", "export")
    assert offered("cnnc verify") == {"verify-passes"}
    offered("cnnc emit --a", "--as", without=["--tune"])
    offered("cnnc build --", "--tune", "--kernels", "--mpi", without=["--as", "--ranks"])
    assert offered("cnnc emit m.cnn --as=") >= {"obj", "lib", "shared", "wasm", "asm", "llvm", "bitcode", "header"}
    assert offered("cnnc build m.cnn --blas=al") == {"always"}
    offered("cnnc build m.cnn --target=", "x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu")
    offered("cnnc build m.cnn -mcpu x86-64-", "x86-64-v2", "x86-64-v3")
    assert offered("cnnc fetch ") >= {"mnist", "fashion-mnist", "cifar10", "cifar100"}
    offered("cnnc inspect ", "net.o", "some folder", without=["net.cnn", "script.py"])
    offered("cnnc explain ", "E0001", "E0424", without=["net.cnn", "script.py"])
    offered("cnnc build ", "net.cnn", "script.py", "some folder", without=["data.csv", "net.keras"])
    offered("cnnc import ", "net.keras", "net.onnx", "net.cnn", "some folder", without=["script.py"])
    offered("cnnc emit m.cnn -w ", "data.csv", "net.cnn")


def main():
    cnnc, name = Path(sys.argv[1]).resolve(), sys.argv[2]
    if not shutil.which(name):
        print(f"completion.py: {name} is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for file in "net.cnn", "script.py", "data.csv", "net.keras", "net.onnx", "net.o":
            Path(file).touch()
        Path("some folder").mkdir()
        check(Shell(cnnc, name, Path(folder)))
    return 0


sys.exit(main())
