# SPDX-License-Identifier: MIT
"""Metrics of a program's `evaluate` against each other and against its confusion matrix, on synthetic
digits, after some training: the first k classes of k = 1 are the accuracy, of k = 10 all there are; a loss as a metric is the loss.
    python3 metrics.py CNNC MAKE_DIGITS
"""
import pathlib
import subprocess
import sys
import tempfile

MODEL = """model = Sequential([Input((28, 28)), Flatten(), Dense(10, activation="softmax")])
model.compile("sgd", "{loss}", metrics=[{metrics}])
model.fit(x_train, y_train, batch_size=32, epochs=1)
"""
TOPS = ", ".join(f'keras.metrics.{{0}}TopKCategoricalAccuracy({k}, name="top{k}")'
                 for k in (1, 2, 10))
SAMPLES = 300


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


def evaluated(cnnc, digits, loss, metrics):
    """The figures that `evaluate` prints, and the lines of the confusion matrix, where it has one."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "data").mkdir()
        run(digits, "data", "200", str(SAMPLES), "1", folder=folder)
        (folder / "m.cnn").write_text(MODEL.format(loss=loss, metrics=metrics))
        run(cnnc, "build", "m.cnn", "-o", "m", folder=folder)
        run("./m", "train", "--data", "data", "--out", "w.st", folder=folder)
        lines = run("./m", "evaluate", "--data", "data", "--weights", "w.st", folder=folder).splitlines()
    figures = {key: float(value) for key, _, value in
               (line.partition(": ") for line in lines) if value.replace(".", "").isdigit()}
    at = next((i for i, line in enumerate(lines) if line.startswith("confusion matrix")), 0)
    return figures, lines[at + 2:at + 12]


def near(what, seen, true, wrong):
    if abs(seen - true) > 1e-4 * max(1, abs(true)):
        wrong.append(f"{what}: {seen}, not {true}")


def check_top(cnnc, digits, loss, kind, wrong):
    seen, lines = evaluated(cnnc, digits, loss, '"accuracy", ' + TOPS.format(kind))
    matrix = [[int(v) for v in line.split()[1:]] for line in lines]
    right = sum(matrix[i][i] for i in range(10)) / SAMPLES
    near(f"{loss} accuracy", seen["accuracy"], right, wrong)
    near(f"{loss} top1", seen["top1"], right, wrong)
    near(f"{loss} top10", seen["top10"], 1, wrong)
    if not seen["top1"] < seen["top2"] < 1:
        wrong.append(f"{loss}: top2 is {seen['top2']}, top1 {seen['top1']}")


def check_loss(cnnc, digits, loss, other, wrong):
    """A loss and the metric of its name are one figure."""
    seen, _ = evaluated(cnnc, digits, loss, f'"{loss}", "{other}"')
    near(f"loss {loss}", seen["loss"], seen[loss], wrong)
    if not 0 < seen["mse"] < seen["mae"] < 1:  # as every error is below 1
        wrong.append(f"mse {seen['mse']}, mae {seen['mae']}")


def main(cnnc, digits):
    cnnc, digits = (pathlib.Path(p).resolve() for p in (cnnc, digits))
    wrong = []
    check_top(cnnc, digits, "categorical_crossentropy", "", wrong)
    check_top(cnnc, digits, "sparse_categorical_crossentropy", "Sparse", wrong)
    check_loss(cnnc, digits, "mse", "mae", wrong)
    check_loss(cnnc, digits, "mae", "mse", wrong)
    print("\n".join(wrong) or "as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
