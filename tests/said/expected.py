# SPDX-License-Identifier: MIT
"""What tests expect to be said: whole lines of the compiler's own tests, and texts in those of programs."""
import ast
import re

from said.sources import LITERAL, without_comments

HOLE = "\0"  # where an expectation takes whatever stands there
LEAST = 12  # characters of a text that is not a whole message
PATTERN = re.compile(r"(?:\.|\\[dSws]|\[[^\]]*\])[*+]\??|\\d|\([^()]*\|[^()]*\)")


def of_check(line):
    """A line for FileCheck: what it takes by a pattern is a hole, but for a dot or a bracket that is itself."""
    line = re.sub(r"\[\[[^\]]*\]\]", HOLE, line)
    return re.sub(r"\{\{(.*?)\}\}", lambda found: HOLE if PATTERN.search(found[1]) else plain(found[1]), line)


def plain(pattern):
    """A regular expression as a text with holes."""
    return re.sub(r"\\([^\w])", r"\1", PATTERN.sub(HOLE, pattern))


def of_python(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)


def of_shell(text):
    text = text.replace("\\\n", "")
    for found in re.finditer(r"\"((?:\\.|[^\"\\])*)\"|'([^']*)'", text):
        yield found[2] if found[1] is None else re.sub(r"\$\{?\w+\}?|\$\([^)]*\)", HOLE, found[1])


def of_c(text):
    for found in re.finditer(rf"{LITERAL}(?:\s*{LITERAL})*", without_comments(text)):
        whole = "".join(one[1:-1] for one in re.findall(LITERAL, found[0]))
        yield whole.replace(r"\"", '"').replace("%%", "%")


READ = {".py": of_python, ".sh": of_shell, ".c": of_c}


def expectations(tests, own):
    """Lines that are whole messages, in one text; and parts of messages. Not those of `own`."""
    lines, parts = [], set()
    for path in sorted(tests.rglob("*")):
        if path.suffix == ".cnn" and path.is_relative_to(tests / "compiler"):
            text = path.read_text(errors="replace")
            lines += [of_check(found) for found in re.findall(r"CHECK(?:-NEXT|-SAME|-DAG)?:(.*)", text)]
            said = [part for run in re.findall(r"RUN: (.*grep.*)", text) for part in of_shell(run)]
            parts.update(form for one in said for form in (one, plain(one)))
        elif path.suffix in READ and path not in own and "Inputs" not in path.parts:
            text = path.read_text()
            said = [text.rstrip().splitlines()[-1].removeprefix("# ").removeprefix("CHANGED: ")] \
                if path.name.startswith("wrong_") else READ[path.suffix](text)
            for line in (line for one in said for line in one.splitlines()):
                parts.update((line, plain(line)))
    return "\n".join(lines), [part for part in parts if len(part.strip()) >= LEAST]
