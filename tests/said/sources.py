# SPDX-License-Identifier: MIT
"""The texts that the compiler and its programs can say, read from the C sources: formats in calls of the functions
that report, texts that come to them through functions of their own, variables and results, and nothing else."""
import re
from typing import NamedTuple

# Functions that say their argument of that place, from 0; the others are found from these.
REPORT = {"diag_error": 3, "diag_warning": 3, "diag_note": 2, "diag_help": 2, "tell": 0, "usage": 0, "cnn_fail": 2,
          "fprintf": 1, "callback_warn": 1, "config_fault": 1, "graph_fault": 1}
# Whose texts are parts of another message, or say a fault of the compiler's own.
OTHERS = {"internal_error", "memory_new", "memory_none", "text_line", "limit_index"}
LITERAL = r'"(?:\\.|[^"\\\n])*"'
SKIPPED = re.compile(rf"{LITERAL}|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/", re.S)
TOKEN = re.compile(rf"{LITERAL}|\w+|\S")
CALL = re.compile(r"\b([A-Za-z_]\w*)\(")
DEFINITION = re.compile(
    r"^(?:__attribute__\(\(.*?\)\)\)? )?(static )?[A-Za-z_][\w \*]*?\b(\w+)\(([^;{}]*?)\)\s*\{", re.M)
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]")
ESCAPES = {r"\"": '"', r"\\": "\\", r"\n": "", r"\r": "", r"\t": "\t"}


class Message(NamedTuple):
    place: str  # FILE:LINE
    pieces: tuple  # the fixed text between what is put in


class Function(NamedTuple):
    file: str
    static: bool
    name: str
    texts: list  # the names of its parameters that are texts, None for the others
    body: str
    line: int


def without_comments(text):
    def blank(found):
        return found[0] if found[0][0] in "\"'" else re.sub(r"[^\n]", " ", found[0])
    return SKIPPED.sub(blank, text)


def arguments(text, at):
    """The arguments of a call, from behind its bracket; None where it is not closed before the statement ends."""
    out, depth, start = [], 0, at
    while at < len(text):
        if text[at] in "\"'":
            found = SKIPPED.match(text, at)
            if not found:
                return None
            at = found.end()
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            if depth == 0:
                return out + [text[start:at]]
            depth -= 1
        elif text[at] in ",;" and depth == 0:
            if text[at] == ";":
                return None
            out.append(text[start:at])
            start = at + 1
        at += 1
    return None


def literals(code):
    """The texts in a piece of code, of those that stand side by side one; macros between them are as a number."""
    out, now = [], None
    for token in TOKEN.findall(code):
        if token[0] == '"':
            now = (now or "") + token[1:-1]
        elif now is not None and token.startswith("PRI"):
            now += "d"
        elif now is not None and token.isupper() and len(token) > 3:
            now += "%s"
        elif now is not None:
            out.append(now)
            now = None
    return out + ([now] if now is not None else [])


def pieces(literal):
    text = re.sub(r"\\.", lambda found: ESCAPES.get(found[0], found[0]), literal)
    return tuple(piece.replace("\0", "%") for piece in CONVERSION.split(text.replace("%%", "\0")))


class Sources:
    def __init__(self, root):
        self.text = {}
        for folder in "compiler", "runtime":
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in (".c", ".h", ".l", ".y"):
                    self.text[str(path.relative_to(root))] = without_comments(path.read_text())
        self.functions = [one for file in self.text for one in self.defined(file)]
        self.report = {("", name): {place} for name, place in REPORT.items()}
        self.texts_of = {}  # what functions return
        for one in self.functions:
            self.texts_of.setdefault(one.name, []).append(one)

    def defined(self, file):
        text = self.text[file]
        for found in DEFINITION.finditer(text):
            end = text.find("\n}", found.end())
            names = [re.findall(r"\w+", one.split("[")[0])[-1] if "char *" in one else None
                     for one in found[3].split(",")]
            yield Function(file, bool(found[1]), found[2], names, text[found.end():end],
                           text.count("\n", 0, found.end()) + 1)

    def places(self, file, name):
        return self.report.get((file, name)) or self.report.get(("", name)) or set()

    def reports(self, file, code):
        """(where the call begins, its arguments from the one that is said, which arguments are said)"""
        for call in CALL.finditer(code):
            places = self.places(file, call[1])
            given = arguments(code, call.end()) if places else None
            if given and (call[1] != "fprintf" or "stderr" in given[0]):
                yield call.start(), given, places

    def find_reporters(self):
        """Functions that say a text which they are given; each that is found may lead to others."""
        found = True
        while found:
            found = False
            for one in self.functions:
                if one.name in OTHERS or not any(one.texts):
                    continue
                key = (one.file if one.static else "", one.name)
                said = {name for _, given, places in self.reports(one.file, one.body)
                        for part in given[min(places):] for name in self.names_said(part)}
                new = {k for k, name in enumerate(one.texts) if name in said} - self.report.get(key, set())
                if new:
                    self.report.setdefault(key, set()).update(new)
                    found = True

    @staticmethod
    def names_said(argument):
        """Of an argument the names that may be its value."""
        return [word for part in re.split(r"[?:]", argument) for word in re.findall(r"^\s*(\w+)\s*$", part)]

    def said_in(self, one):
        """Texts that a function puts into a variable that it reports, and those that come of functions it calls."""
        names, called = set(), set()
        for _, given, places in self.reports(one.file, one.body):
            for part in given[min(places):]:
                names.update(self.names_said(part))
                called.update(re.findall(r"^\s*(\w+)\(", part))
        for name in names:
            for value in re.finditer(rf"(?<![\w.>])\*?{name} =([^=][^;]*)", one.body):
                yield value.start(1), value[1]
                called.update(re.findall(r"\b(\w+)\(", value[1]))
        for callee in called:
            for other in self.texts_of.get(callee, []):
                if (not other.static or other.file == one.file) and not self.places(other.file, other.name):
                    yield other, None

    def messages(self):
        self.find_reporters()
        out, results = [], set()

        def add(file, line, literal, least):
            fixed = pieces(literal)
            if len(" ".join(fixed).split()) >= least and sum(map(len, fixed)) > 3:
                out.append(Message(f"{file}:{line}", fixed))

        for file, text in self.text.items():
            for at, given, places in self.reports(file, text):
                for place in places:
                    for literal in literals(given[place]) if place < len(given) else []:
                        add(file, text.count("\n", 0, at) + 1, literal, 2)
        for one in self.functions:
            for at, code in self.said_in(one):
                if code is None:
                    results.add(at.file + " " + at.name)
                else:
                    for literal in literals(code):
                        add(one.file, one.line + one.body.count("\n", 0, at), literal, 3)
        for one in self.functions:
            if one.file + " " + one.name in results:
                for found in re.finditer(r"(?:\breturn|\*(?:wrong|help) =)([^;]*)", one.body):
                    for literal in literals(found[1]):
                        add(one.file, one.line + one.body.count("\n", 0, found.start()), literal, 4)
        return sorted(set(out), key=lambda m: (m.place.split(":")[0], int(m.place.split(":")[1]), m.pieces))
