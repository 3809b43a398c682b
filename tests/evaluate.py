#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`evaluate`, counted a second time from what `predict` says of the same samples: precision, recall, the confusion
matrix and the surest mistakes of classifiers with one output and with many; errors of models whose outputs are
numbers. Tables fit 80 columns, however long the names of classes are.
    evaluate.py CNNC MAKE_DIGITS"""
import json
import os
import sys
from pathlib import Path

import programs
from programs import run

cnnc, digits = (Path(word).resolve() for word in sys.argv[1:3])
TESTS = 150
NAMES = [f"a class with a very long name, in fact the one of the number {i}" for i in range(10)]
MODEL = """\
{names}
model = Sequential([Input((28, 28, 1)), Flatten(), Dense({outputs}{activation})])
model.compile("adam", "{loss}", metrics=[{metric}])
model.fit({x}, {y}, batch_size=32, epochs=1, verbose=0)
"""


def build(name, outputs=10, activation=', activation="softmax"', loss="sparse_categorical_crossentropy",
          metric='"accuracy"', names=(), x="x_train", y="y_train"):
    names = f"class_names = {json.dumps(names)}" if names else ""
    programs.build(cnnc, name, MODEL.format(**locals()))
    run(name, "train", "--out", name + ".st")


def evaluate(name):
    text = run(name, "evaluate", "--weights", name + ".st")
    assert max(map(len, text.splitlines())) <= 80, text
    return text, json.loads(run(name, "evaluate", "--weights", name + ".st", "--json"))


def outputs(name):
    rows = json.loads(run(name, "predict", "--json", "--weights", name + ".st", "data/t10k-images-idx3-ubyte"))
    return [row["output"] for row in rows]


def labels():
    return list(Path("data/t10k-labels-idx1-ubyte").read_bytes()[8:])


def near(a, b):
    return abs(a - b) < 1e-4 * max(1, abs(b))


def check_classes(seen, shares, right):
    """shares: of each sample what each class is given."""
    n = len(shares[0])
    said = [max(range(n), key=lambda c: (share[c], -c)) for share in shares]
    matrix = [[sum(1 for s, r in zip(said, right) if (r, s) == (t, p)) for p in range(n)] for t in range(n)]
    assert seen["confusion"] == matrix, (seen, matrix)
    for c, row in enumerate(seen["classes"]):
        column = sum(line[c] for line in matrix)
        assert row["samples"] == sum(matrix[c])
        assert row["precision"] is None if not column else near(row["precision"], matrix[c][c] / column), row
        assert row["recall"] is None if not sum(matrix[c]) else near(row["recall"], matrix[c][c] / sum(matrix[c])), row
    wrong = [i for i in range(len(said)) if said[i] != right[i]]
    worst = sorted(wrong, key=lambda i: (-shares[i][said[i]], i))[:10]
    assert worst and [m["sample"] for m in seen["mistakes"]] == worst, (seen["mistakes"], worst)
    for m in seen["mistakes"]:
        i = m["sample"]
        assert (m["said"], m["true"]) == (said[i], right[i]) and near(m["probability"], shares[i][said[i]])
    assert near(seen["metrics"]["accuracy"], 1 - len(wrong) / len(said))


def check_many():
    for name, names in (("many", ()), ("named", NAMES)):
        build(name, names=names)
        text, seen = evaluate(name)
        check_classes(seen, outputs(name), labels())
        assert "the most confident mistakes" in text and "confusion matrix" in text
        assert [row["name"] for row in seen["classes"]] == (list(names) or [str(c) for c in range(10)])
    assert text.count("a class with") >= 3 * 10 and "number 7" in text, text


def check_two():
    """Digits 0 and 1 alone, and one output that says which."""
    for half, kind in (("train", "train"), ("t10k", "test")):
        images, classes = (Path("data", f"{half}-{what}-ubyte") for what in ("images-idx3", "labels-idx1"))
        pixels, all_labels = images.read_bytes(), classes.read_bytes()[8:]
        kept = [i for i, label in enumerate(all_labels) if label < 2]
        Path("two").mkdir(exist_ok=True)
        Path("two", images.name).write_bytes(pixels[:4] + len(kept).to_bytes(4, "big") + pixels[8:16]
                                             + b"".join(pixels[16 + 784 * i:16 + 784 * (i + 1)] for i in kept))
        # Some labels are wrong, so that there are mistakes.
        Path("two", classes.name).write_bytes(bytes((0, 0, 8, 1)) + len(kept).to_bytes(4, "big")
                                              + bytes(all_labels[i] ^ (n % 5 == 0) for n, i in enumerate(kept)))
        assert kept, kind
    os.environ["CNNC_DATA"] = str(Path("two").resolve())
    for name, activation, loss in (("two", ', activation="sigmoid"', "binary_crossentropy"),):
        build(name + "_", outputs=1, activation=activation, loss=loss)
        text, seen = evaluate(name + "_")
        rows = json.loads(run(name + "_", "predict", "--json", "--weights", name + "_.st", "two/t10k-images-idx3-ubyte"))
        shares = [[1 - row["output"][0], row["output"][0]] for row in rows]
        check_classes(seen, shares, list(Path("two/t10k-labels-idx1-ubyte").read_bytes()[8:]))
        assert "confusion matrix" in text
        for row, share in zip(rows, shares):
            assert row["top"][0]["class"] == (share[1] > share[0]) and near(row["top"][0]["probability"], max(share))
    os.environ["CNNC_DATA"] = str(Path("data").resolve())


def check_numbers():
    build("number", outputs=1, activation="", loss="mse", metric='"mae"')
    text, seen = evaluate("number")
    z, y = [row[0] for row in outputs("number")], labels()
    n, errors = len(y), [a - b for a, b in zip(z, y)]
    row, = seen["outputs"]
    mean = sum(y) / n
    assert near(row["mae"], sum(map(abs, errors)) / n) and near(row["mae"], seen["metrics"]["mae"]), (row, seen)
    assert near(row["rmse"] ** 2, seen["loss"]) and near(row["mean_target"], mean) and near(row["mean_output"], sum(z) / n)
    assert near(row["r2"], 1 - sum(e * e for e in errors) / sum((v - mean) ** 2 for v in y))
    worst = sorted(range(n), key=lambda i: -abs(errors[i]))[:10]
    assert [e["sample"] for e in seen["errors"]] == worst and near(seen["errors"][0]["is"], z[worst[0]])
    assert "classes" not in seen and "confusion" not in text and "the largest errors" in text


def check_ignored():
    """Samples whose class does not count are in no table; Keras's accuracy counts them."""
    ignored = 3
    programs.build(cnnc, "ignored", f"""
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(ignore_class={ignored}), metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=1, verbose=0)
""")
    run("ignored", "train", "--out", "ignored.st")
    _, seen = evaluate("ignored")
    shares, right = outputs("ignored"), labels()
    said = [max(range(10), key=lambda c, share=share: (share[c], -c)) for share in shares]
    assert ignored in right
    assert seen["confusion"] == [[sum((r, s) == (t, p) and r != ignored for s, r in zip(said, right)) for p in range(10)]
                                 for t in range(10)]
    assert seen["classes"][ignored]["samples"] == 0 and seen["classes"][ignored]["recall"] is None
    worst = sorted((i for i in range(len(said)) if said[i] != right[i] != ignored), key=lambda i: (-shares[i][said[i]], i))
    assert [m["sample"] for m in seen["mistakes"]] == worst[:10], (seen["mistakes"], worst)


def main():
    with programs.folder(digits, 300, TESTS):
        check_many()
        check_two()
        check_numbers()
        check_ignored()


if __name__ == "__main__":
    main()
