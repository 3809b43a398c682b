#!/bin/sh
# SPDX-License-Identifier: MIT
# sample_weight in whole programs: weights by label train as class_weight does, to the bit; a weighted accuracy
# that counts one class alone is its recall; a validation split takes its samples' weights along.
#     sample_weight.sh CNNC MAKE_DIGITS
set -eu
samples=200
. "$(dirname "$0")/digits.sh"

program() { # NAME LOSS FIT...
    name=$1 loss=$2
    shift 2
    cat >"$name.cnn" <<END
some = np.where(y_train == 0, 0.0, np.where(y_train == 3, 5.0, np.where(y_train == 7, 0.25, 1.0)))
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile(keras.optimizers.SGD(0.1), "$loss", metrics=["accuracy"], weighted_metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=50, epochs=2, verbose=0, $*)
END
    "$cnnc" build "$name.cnn"
    "./$name" train --out "$name.st" --log "$name.csv"
    tail -c 31400 "$name.st" >"$name.weights" # all of them: 7850 floats
}
column() { # NAME COLUMN: of the last epoch
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } END { print $at }' "$1.csv"
}

for kind in sparse_categorical categorical; do
    loss=${kind}_crossentropy
    program class "$loss" "class_weight={0: 0.0, 3: 5.0, 7: 0.25}"
    program sample "$loss" "sample_weight=some"
    cmp class.weights sample.weights || fail "$kind: other weights than by class_weight"
    for figure in loss accuracy weighted_accuracy; do
        [ "$(column class $figure)" = "$(column sample $figure)" ] || fail "$kind: $figure is $(column sample $figure)"
    done
    [ "$(column sample accuracy)" != "$(column sample weighted_accuracy)" ] || fail "$kind: accuracy is weighted"
    "$cnnc" verify-passes sample.cnn --samples 33 --write-case some.case >/dev/null
    ./sample verify some.case || fail "$kind: not what the interpreter makes of it"
    program three "$loss" "validation_data=(x_test, y_test, np.where(y_test == 3, 1.0, 0.0))"
    ./three evaluate --weights three.st >figures
    recall=$(awk '/recall  samples/ { table = 1 } table && $1 == "3" { print $3; exit }' figures)
    awk -v a="$recall" -v b="$(column three val_weighted_accuracy)" 'BEGIN { exit !(a - b < 1e-4 && b - a < 1e-4) }' ||
        fail "$kind: $(column three val_weighted_accuracy) of class 3 is right, not $recall"
    program whole "$loss" "validation_split=0.25, sample_weight=np.full_like(y_train, 2.0)"
    program plain "$loss" "validation_split=0.25"
    program half "$loss" "validation_split=0.25, sample_weight=2 * np.ones_like(y_train) - 1"
    cmp half.weights plain.weights || fail "$kind: weights of 1 are not none"
    awk -v a="$(column whole val_weighted_accuracy)" -v b="$(column whole val_accuracy)" 'BEGIN { exit !(a == b) }' ||
        fail "$kind: equal weights change an accuracy"
done

# evaluate has weights of its own, and the loss is over the samples
cat >two.cnn <<END
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
a = model.evaluate(x_test, y_test, verbose=0)
b = model.evaluate(x_test, y_test, verbose=0, sample_weight=np.full_like(y_test, 0.5, dtype=float))
print(a[0] / b[0], a[1] - b[1])
END
"$cnnc" build two.cnn
[ "$(./two)" = "2.0 0.0" ] || fail "evaluate with weights of a half: $(./two)"

# Losses that depend on the batch: with weights of 1 the sum of 60 is 60 times their mean, and in batches of 20
# a third of that; a mean by weights that are all the same is the mean.
ratio() { # REDUCTION BATCH WEIGHT: to the mean
    for loss in sum_over_batch_size "$1"; do
        cat >"batches.cnn" <<END
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(reduction="$loss"))
print(model.evaluate(x_test, y_test, verbose=0, batch_size=$2, sample_weight=$([ "$loss" = "$1" ] && echo "$3" || echo None)))
END
        "$cnnc" build batches.cnn
        ./batches
    done | awk 'NR == 1 { mean = $1 } END { printf "%.3f\n", $1 / mean }'
}
[ "$(ratio sum 60 None)" = 60.000 ] || fail "a sum of 60 is $(ratio sum 60 None) times the mean"
[ "$(ratio sum 20 None)" = 20.000 ] || fail "sums of 20 are $(ratio sum 20 None) times the mean"
same='np.full_like(y_test, 0.3, dtype=float)'
[ "$(ratio mean_with_sample_weight 32 "$same")" = 1.000 ] || fail "equal weights: $(ratio mean_with_sample_weight 32 "$same")"

# A validation split is measured in batches of its own size, else of the training's.
split() { # BATCH
    cat >split.cnn <<END
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10)])
loss = keras.losses.SparseCategoricalCrossentropy(True, reduction="sum")
model.compile(keras.optimizers.SGD(0.0001), loss)
model.fit(x_train, y_train, batch_size=50, verbose=0, validation_split=0.25, validation_batch_size=$1)
END
    "$cnnc" build split.cnn
    ./split train --out split.st --log split.csv >split.said
    column split val_loss
}
awk -v all="$(split None)" -v tens="$(split 10)" 'BEGIN { exit !(all / tens > 4.999 && all / tens < 5.001) }' ||
    fail "sums of 50 are $(split None), of 10 $(split 10)"

# From a file, and by labels of a file
PYTHONPATH=$tests python3 - <<END
import random
from programs import npy
random.seed(3)
y = [random.randrange(4) for _ in range(60)]
npy("x.npy", (60, 4), "f", [random.gauss(0, 1) + (k == c) for c in y for k in range(4)])
npy("y.npy", (60,), "q", y)
npy("w.npy", (60,), "d", [2.5 if c == 1 else 0.5 for c in y])
END
for from in 'np.load("w.npy")' 'np.where(y == 1, 2.5, 0.5)' 'np.load("w.npy").reshape((60, 1))' '(y == 1) * 2 + 0.5'; do
    cat >file.cnn <<END
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
w = $from
model = Sequential([Input((4,)), Dense(4, activation="softmax")])
model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
model.fit(x[:50], y[:50], batch_size=10, epochs=2, verbose=0, sample_weight=w[:50], validation_data=(x[50:], y[50:], w[50:]))
END
    "$cnnc" build file.cnn
    ./file train --out file.st --log file.csv
    cut -d, -f1-5 file.csv >>rows
    tail -c 80 file.st >file.weights # all of them: 20 floats
    [ -f first.weights ] || cp file.weights first.weights
    cmp file.weights first.weights || fail "$from: other weights than from the file"
done
[ "$(sort -u rows | wc -l)" -eq 3 ] || fail "the same weights give other figures: $(cat rows)"
exit 0
