#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pages of the docs, followed to their ends with nothing of cnnc but what its Debian package holds.

    pages.py follow PAGE PREFIX TESTS    PREFIX: where package.py has unpacked it; TESTS: this project's tests, for stand-ins
    pages.py all PREFIX NAME...          each page is followed or is one of those below; what pages link to is there

The page is read where the package has it, block by block. A block is indented by four or more, or by seven in a numbered
list. In this order it is
- of who has the sources, where its section's heading or the paragraph in front of it names "the sources": left out
- a file, where that paragraph ends with its name, as in "`digit.c`:": it is written
- commands, where the first word of its first line is one of COMMANDS or a path: sh runs them, and goes on in the next block
- what the commands before have printed, where that paragraph ends in "says:": lines in that order, between them others.
  Numbers with a point or of a time are the machine's, of whole ones 5 % are
- else a sketch, which begins no line with one of these words.
A page begins where README's "See it work" ends. What is changed of commands is in INSTEAD, what the reader has is in
OWN. A section that needs what is not here is left out by name, and the test is skipped (exit code 77) once the rest is
done. What more a page says checks in page_checks.py look at."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import page_checks
from interpreter import with_numpy

START = "See it work"
REFERENCE = {  # how something is: there are no commands
    "CHANGELOG.md", "arguments.md", "glossary.md", "how-it-works.md", "language.md", "learning.md", "measurements.md",
    "promises.md"}
OF_THE_PROJECT = {"CONTRIBUTING.md", "adding-a-layer.md"}  # for who works on cnnc, so has the sources
COMMANDS = set("""apt c++ cc cd clang-19 cmake cnnc cp export ld.lld-19 mkdir mpirun parallel printf python3
    qemu-system-arm sbatch srun""".split())
OPTIONAL = ("c++", "clang-19", "ld.lld-19", "mpirun", "parallel", "qemu-system-arm", "less")  # that a machine may lack
LACKING = (r"this cnnc was built without \w+|cannot run 'wasm-ld|No module named '(?!cnnc)\w+'|"
           r"it is there if cnnc is built where \w+ and \w+ are")
LIMIT = 300


class Block:
    def __init__(self, section, before, text):
        self.section, self.before, self.text = section, before, text
        self.kind, self.name = self.find_kind()

    def find_kind(self):
        if any("the sources" in words for words in (self.section.lower(), self.before)):
            return "sources", None
        if named := re.search(r"`([\w./-]+\.\w+)`:$", self.before):
            return "file", named[1]
        lines = [line for line in self.text.splitlines() if line.strip() and not line.startswith("#")]
        if lines and is_command(lines[0]):
            return "commands", None
        wrong = [line for line in lines if is_command(line)]
        assert not wrong, f"a command in a block that begins otherwise: {wrong[0]}"
        return ("output" if self.before.endswith("says:") else "sketch"), None


def is_command(line):
    words = [word for word in line.split() if not re.match(r"\w+=", word)]
    return bool(words) and not line.startswith(" ") and (words[0] in COMMANDS or bool(re.match(r"[\w.]+/[\w./-]+$", words[0])))


def blocks(text):
    """Of a page, in their order."""
    section, before, found, depth, last = "", "", [], 4, ""
    for line in text.splitlines():
        if numbered := re.match(r"\d+\. ", line):
            depth = 4 + len(numbered[0])
        elif re.match(r"\S", line):
            depth = 4
        inside = found and found[-1][3]
        if line.startswith(" " * depth) and (inside or not last.strip()):
            if not inside:
                found.append([section, " ".join(before.split()), "", True])
            found[-1][2] += line[depth:] + "\n"
        elif line.strip():
            if inside:
                found[-1][3] = False
                before = ""
            if heading := re.match(r"#+ (.*)", line):
                section, before = heading[1], ""
            else:
                before = (before if last.strip() else "") + line + "\n"
        elif inside:
            found[-1][2] += "\n"
        last = line
    return [Block(section, before, text.strip("\n") + "\n") for section, before, text, _ in found]


def figures_of_a_machine(line):
    line = re.sub(r"[\d,.]+(e[-+]\d+)?( [mun]?s\b)", r"#\2", line)
    return re.sub(r"\b\d+\.\d+(e[-+]\d+)?", "#", line)


def same_line(shown, seen):
    """But for the machine's figures and 5 % of whole numbers."""
    pattern = r"(?<![\w.'])\d[\d,]*(?![\w.])"
    shown, seen = (" ".join(figures_of_a_machine(line).split()) for line in (shown, seen))
    if re.sub(pattern, "N", shown) != re.sub(pattern, "N", seen):
        return False
    numbers = ([int(n.replace(",", "")) for n in re.findall(pattern, line)] for line in (shown, seen))
    return all(abs(a - b) <= b / 20 for a, b in zip(*numbers))


def compare(shown, printed):
    lines = iter(printed.splitlines())
    for line in shown.splitlines():
        if line.strip() not in ("", "...") and not any(same_line(line, seen) for seen in lines):
            raise AssertionError(f"this line is not printed, or not in this order: {line}\nPrinted was\n{printed}")


class Page:
    """A reader of it: a folder, a shell's state, and what has been printed."""

    def __init__(self, name, prefix):
        self.name, self.prefix = name, prefix
        self.doc = prefix / "share/doc/cnnc"
        self.printed, self.left_out, self.ran, self.said = "", [], 0, []
        python = with_numpy()
        os.mkdir("bin")
        Path("bin/python3").write_text(f'#!/bin/sh\nexec {python or sys.executable} "$@"\n', encoding="utf-8")
        os.chmod("bin/python3", 0o755)
        page_checks.stand_in(name)
        known = {key: value for key, value in os.environ.items() if not key.startswith(("CNNC_", "PYTHON"))}
        self.env = known | {"PATH": f"{Path('bin').resolve()}:{prefix}/bin:{os.environ['PATH']}",
                            "PYTHONPATH": f"{prefix}/lib/python3/dist-packages", "PYTHONDONTWRITEBYTECODE": "1",
                            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                            "OMPI_MCA_rmaps_base_oversubscribe": "1", "NO_INSTALL": "1"}
        self.state = Path("state").resolve()
        self.state.write_text(f"export PWD='{os.getcwd()}'\n", encoding="utf-8")
        self.instead = dict(page_checks.INSTEAD.get(name, {}))

    def text(self, name):
        return (self.doc / ("" if name == "README.md" else "docs") / name).read_text(encoding="utf-8")

    def here(self):
        return Path(re.findall(r"^export PWD='(.*)'$", self.state.read_text(encoding="utf-8"), re.M)[0])

    def shell(self, text, fails=False):
        """Runs commands where the ones before have left; returns what they print."""
        script = f'. "{self.state}"\ncd "$PWD"\nset -e\n{text}\nexport -p >"{self.state}"\n'
        done = subprocess.run(["sh", "-c", script], env=self.env, text=True, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
        if done.returncode and (reason := re.search(LACKING, done.stdout)):
            raise Lacking(reason[0])
        if (done.returncode != 0) != fails:
            raise AssertionError(f"exit code {done.returncode}\n{done.stdout}")
        return done.stdout

    def changed(self, text):
        text = text.replace("/usr/share/doc/cnnc", str(self.doc))
        for old in [old for old in self.instead if old in text]:
            text = text.replace(old, self.instead.pop(old))
        return text

    def commands(self, block, shown):
        for program in OPTIONAL:
            named = re.search(rf"(?<![\w./-]){re.escape(program)}(?![\w./-])", block.text)
            if named and not shutil.which(program, path=self.env["PATH"]):
                raise Lacking(f"no {program}")
        self.printed = self.shell(self.changed(block.text), fails="error: " in shown)
        self.ran += 1
        self.said.append((block.text, self.printed))

    def follow(self, page_blocks):
        lacking = None
        for number, block in enumerate(page_blocks):
            if lacking == block.section or block.kind in ("sources", "sketch"):
                continue
            after = page_blocks[number + 1] if number + 1 < len(page_blocks) else None
            shown = after.text if after and after.kind == "output" else ""
            try:
                self.one(block, shown)
            except Lacking as reason:
                lacking = block.section
                self.left_out.append(f"{lacking}: {reason}")
            except AssertionError as wrong:
                sys.exit(f"{self.name}, {block.section}:\n{block.text}\n{wrong}")

    def one(self, block, shown):
        if block.kind == "file":
            (self.here() / block.name).write_text(block.text, encoding="utf-8")
        elif block.kind == "commands":
            if block.text.startswith("apt "):
                return  # what a machine has is its owner's
            self.commands(block, shown)
        else:
            compare(block.text, self.printed)


class Lacking(Exception):
    pass


def follow(name, prefix, tests):
    if not prefix.exists():
        print("skipped: package.deb has unpacked nothing")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        page = Page(name, prefix)
        first = [block for block in blocks(page.text("README.md")) if block.section == START]
        assert len(first) > 3, "README has no such section"
        page.instead.update(page_checks.INSTEAD["README.md"])
        page.follow(first)
        page.ran = 0
        os.chdir(page.here())
        page_checks.own(name, tests)
        all_blocks = blocks(page.text(name))
        page.follow([block for block in all_blocks if block.section != START] if name == "README.md" else all_blocks)
        assert page.ran or page.left_out, "no command of the page ran"
        assert page.left_out or not page.instead, f"what the page no longer has is changed: {page.instead}"
        page_checks.check(page, all_blocks)
    for words in page.left_out:
        print(f"skipped: {words}")
    return 77 if page.left_out else 0


def anchors(text):
    found = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def check_links(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        there = path.parent / place if place else path
        assert there.exists(), f"{path.name} links to {target}, which the package has not"
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), f"{path.name} links to {target}: no such heading"


def all_pages(prefix, followed):
    doc = prefix / "share/doc/cnnc"
    pages = [*doc.glob("*.md"), *doc.glob("docs/*.md")]
    for path in pages:
        check_links(path)
        text = path.read_text(encoding="utf-8")
        if path.name in REFERENCE:
            wrong = [block for block in blocks(text) if block.kind in ("commands", "file")]
            assert not wrong, f"{path.name} has commands: {wrong[0].text}"
        elif path.name not in OF_THE_PROJECT | {"README.md"}:
            assert f"README.md#{START.lower().replace(' ', '-')}" in text, f"{path.name} does not say where it begins"
    names, known = {path.name for path in pages}, REFERENCE | OF_THE_PROJECT | followed
    assert names == known, f"not followed, or not there: {names ^ known}"


def main():
    what, *rest = sys.argv[1:]
    if what == "follow":
        name, prefix, tests = rest
        return follow(name, Path(prefix).resolve(), Path(tests).resolve())
    return all_pages(Path(rest[0]).resolve(), {f"{name}.md" for name in rest[1:]})


if __name__ == "__main__":
    sys.exit(main())
