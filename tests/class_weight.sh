#!/bin/sh
# SPDX-License-Identifier: MIT
# class_weight in whole programs: where each class counts twice, the loss is twice as large and a step of half the
# rate leaves the same weights; where one class alone counts, the losses of all classes add up to the whole one.
#     class_weight.sh CNNC MAKE_DIGITS
set -eu
samples=200
. "$(dirname "$0")/digits.sh"

program() { # NAME LOSS RATE WEIGHTS
    cat >"$1.cnn" <<END
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile(keras.optimizers.SGD($3), "$2", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=50, epochs=2, verbose=0, validation_data=(x_test, y_test), class_weight=$4)
END
    "$cnnc" build "$1.cnn"
    "./$1" train --out "$1.st" --log "$1.csv"
    tail -c 31400 "$1.st" >"$1.weights" # all of them: 7850 floats
}
loss() { # NAME: of the first epoch
    sed -n 2p "$1.csv" | cut -d, -f2
}

for kind in sparse_categorical categorical; do
    program plain ${kind}_crossentropy 0.1 None
    program twice ${kind}_crossentropy 0.05 "{i: 2.0 for i in range(10)}"
    cmp plain.weights twice.weights || fail "$kind: other weights where each class counts twice"
    awk -v a="$(loss plain)" -v b="$(loss twice)" 'BEGIN { exit !(2 * a == b) }' ||
        fail "$kind: the loss is $(loss twice), not twice $(loss plain)"
    cut -d, -f3-5 plain.csv >a # accuracy and validation do not see it
    cut -d, -f3-5 twice.csv >b
    cmp a b || fail "$kind: accuracy or validation are weighted"
    # The interpreter gives both classes' gradients their weights, and so must the program.
    program some ${kind}_crossentropy 0.1 "{0: 0.0, 3: 5.0, 7: 0.25}"
    "$cnnc" verify-passes some.cnn --samples 33 --write-case some.case >/dev/null
    ./some verify some.case || fail "$kind: not what the interpreter makes of it"
    program still ${kind}_crossentropy 0.0 None
    : >losses
    for class in 0 1 2 3 4 5 6 7 8 9; do
        program one ${kind}_crossentropy 0.0 "{i: float(i == $class) for i in range(10)}"
        loss one >>losses
    done
    awk -v all="$(loss still)" '{ sum += $1; if ($1 <= 0 || $1 >= all) exit bad = 1 }
        END { d = sum - all; exit bad || d > 1e-5 || d < -1e-5 }' losses ||
        fail "$kind: $(cat losses) are not parts of $(loss still)"
done
exit 0
