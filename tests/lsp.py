#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cnnc lsp as an editor sees it: diagnostics while typing, hover, completion, quick fixes, positions in UTF-16 and UTF-8,
and messages that are none.

    lsp.py CNNC"""
import json
import subprocess
import sys

URI = "file:///net.cnn"
# Behind the comment's clef, which is 2 units of UTF-16 and 4 bytes of UTF-8, stands what is looked for.
TEXT = """model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(), layers.Dense(10, name="\U0001d11e"), layers.Dropout(0.5),
])
"""


class Editor:
    def __init__(self, *words, encodings=None):
        self.server = subprocess.Popen([sys.argv[1], "lsp", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        general = {"positionEncodings": encodings} if encodings else {}
        self.able = self.ask("initialize", capabilities={"general": general})["result"]["capabilities"]

    def raw(self, data):
        self.server.stdin.write(b"Content-Length: %d\r\nContent-Type: x\r\n\r\n%s" % (len(data), data))
        self.server.stdin.flush()

    def send(self, **message):
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def read(self):
        size = int(self.server.stdout.readline().split(b":")[1])
        assert self.server.stdout.readline() == b"\r\n"
        return json.loads(self.server.stdout.read(size))

    def tell(self, method, **params):
        self.send(method=method, params=params)

    def ask(self, method, **params):
        self.number += 1
        self.send(method=method, params=params, id=self.number)
        answer = self.read()
        assert answer["id"] == self.number, answer
        return answer

    def at(self, method, line, character, **more):
        return self.ask(f"textDocument/{method}", textDocument={"uri": URI},
                        position={"line": line, "character": character}, **more)["result"]

    def diagnostics(self):
        message = self.read()
        assert message["method"] == "textDocument/publishDiagnostics" and message["params"]["uri"] == URI, message
        return message["params"]["diagnostics"]

    def open(self, text):
        self.tell("textDocument/didOpen", textDocument={"uri": URI, "languageId": "python", "version": 1, "text": text})
        return self.diagnostics()

    def change(self, text):
        self.tell("textDocument/didChange", textDocument={"uri": URI, "version": 2}, contentChanges=[{"text": text}])
        return self.diagnostics()

    def leave(self):
        assert self.ask("shutdown")["result"] is None
        assert self.ask("textDocument/hover")["error"]["code"] == -32600
        self.tell("exit")
        assert self.server.wait(timeout=60) == 0


def span(one):
    return [(one["range"][end]["line"], one["range"][end]["character"]) for end in ("start", "end")]


def check_typing(editor, units_of_clef):
    assert editor.open(TEXT) == []
    one, = editor.change(TEXT.replace("Dropout(0.5)", "Dropout(1.5)"))
    column = TEXT.splitlines()[3].index("\U0001d11e") + units_of_clef + len('"), layers.Dropout(')
    assert span(one) == [(3, column), (3, column + 3)], (one, column)
    assert (one["severity"], one["code"], one["source"]) == (1, "E0207", "cnnc") and "1.5" in one["message"], one
    assert "[" not in one["message"], one
    assert editor.change(TEXT) == []
    shown = editor.at("hover", 3, column)["contents"]
    assert shown["kind"] == "markdown" and "**dropout** (Dropout)" in shown["value"], shown
    assert "`(None, 10)`" in shown["value"] and "Dropout(rate" not in shown["value"], shown
    assert "Dropout(rate" in editor.at("hover", 3, column - len("Dropout("))["contents"]["value"]
    assert "**dropout**" not in editor.at("hover", 3, column - len("), layers.Dropout("))["contents"]["value"]


def check_looks(editor):
    editor.change(TEXT)
    shown = editor.at("hover", 2, 14)["contents"]["value"]
    assert "`(None, 28, 28, 1)` \u2192 `(None, 26, 26, 32)`, 320 parameters" in shown, shown
    assert "- kernel: 3 \u00d7 3 \u00d7 1 \u00d7 32" in shown and "Conv2D(filters, kernel_size, strides=1" in shown, shown
    assert editor.at("hover", 0, 2) is None and editor.at("hover", 99, 99) is None

    names = {item["label"]: item for item in editor.at("completion", 2, 11)["items"]}
    assert {"Conv2D", "Dense", "Input"} <= set(names) and not {"Adam", "relu", "LSTM"} & set(names), sorted(names)
    inside = {item["label"]: item for item in editor.at("completion", 2, 25)["items"]}
    assert inside["padding="]["detail"] == 'padding="valid"' and inside["filters="]["detail"] == "must be given", inside
    assert "name=" in inside and "rate=" not in inside
    editor.change("model = keras.Sequential([\n  keras.losses.")
    losses = {item["label"] for item in editor.at("completion", 1, 15)["items"]}
    assert {"Huber", "mse"} <= losses and "Dense" not in losses, sorted(losses)


def check_fixes(editor):
    one, = editor.change("model = keras.Sequential([keras.Input((4,)), layers.Dense(output_dim=3)])\n")
    action, = editor.ask("textDocument/codeAction", textDocument={"uri": URI}, range=one["range"],
                         context={"diagnostics": [one]})["result"]
    edit, = action["edit"]["changes"][URI]
    assert edit["newText"] == "units" and span(edit) == [(0, 58), (0, 68)], edit
    assert action["kind"] == "quickfix" and "units" in one["message"], (action, one)
    warning, = editor.change("import os\nos.getcwd()\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n")[:1]
    assert (warning["severity"], warning["code"]) == (2, "foreign"), warning


def check_protocol():
    server = subprocess.Popen([sys.argv[1], "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    editor = Editor.__new__(Editor)
    editor.server, editor.number = server, 0
    assert editor.ask("textDocument/hover")["error"]["code"] == -32002
    editor.ask("initialize", capabilities={})
    assert editor.ask("initialize")["error"]["code"] == -32600
    assert editor.ask("workspace/none")["error"]["code"] == -32601
    editor.tell("workspace/none")
    editor.raw(b"{")
    assert editor.read()["error"]["code"] == -32700
    editor.raw(b"[1]")
    assert editor.read()["error"]["code"] == -32600
    for params in None, [], {"textDocument": 3}, {"textDocument": {"uri": URI}}, {"position": {"line": -1}}:
        for method in "hover", "completion", "codeAction":
            editor.send(method=f"textDocument/{method}", params=params, id=7)
            assert editor.read()["result"] is None, (method, params)
    editor.open("\u20ac x = (")
    editor.change("")
    editor.at("hover", 5, 5)
    editor.at("completion", 0, 1 << 40)
    editor.tell("textDocument/didClose", textDocument={"uri": URI})
    assert editor.diagnostics() == []
    server.stdin.close()
    assert server.wait(timeout=60) == 1  # without a shutdown


def main():
    for encodings, name, clef in (None, "utf-16", 2), (["utf-16"], "utf-16", 2), (["utf-8", "utf-16"], "utf-8", 4):
        editor = Editor(encodings=encodings)
        assert editor.able["positionEncoding"] == name, editor.able
        check_typing(editor, clef)
        check_looks(editor)
        check_fixes(editor)
        editor.leave()
    silent = Editor("-Wno-foreign")
    assert silent.open("import os\nos.getcwd()\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n") == []
    silent.leave()
    check_protocol()


main()
