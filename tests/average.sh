#!/bin/sh
# SPDX-License-Identifier: MIT
# The weights' moving average in whole programs, where it is known: with a momentum of 0 it is the weights,
# with 1 it stays what the first update made.
#     average.sh CNNC MAKE_DIGITS
set -eu
samples=200
. "$(dirname "$0")/digits.sh"

program() { # NAME ARGUMENTS: one step an epoch
    cat >"$1.cnn" <<END
model = Sequential([Input((28, 28, 1)), Flatten(), BatchNormalization(), Dense(10, activation="softmax")])
model.compile(keras.optimizers.Adam(0.01$2), "sparse_categorical_crossentropy")
model.fit(x_train, y_train, batch_size=200, epochs=3, verbose=0)
END
    "$cnnc" build "$1.cnn"
}
same() { # FILE FILE BYTES: are so many at their ends? All 10986 weights, or the dense layer's, which come last
    tail -c "$3" "$1" >a
    tail -c "$3" "$2" >b
    cmp -s a b
}
all=43944 dense=31400
train() { # PROGRAM EPOCHS NAME
    "./$1" train --epochs "$2" --out "$3.st"
}

program plain ""
program zero ", use_ema=True, ema_momentum=0.0"
program one ", use_ema=True, ema_momentum=1.0"
program half ", use_ema=True, ema_momentum=0.5"
program often ", use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=1"
train plain 3 plain3
train plain 1 plain1
train zero 3 zero
train one 3 one
train half 3 half
train often 3 often
same plain3.st zero.st $all || fail "an average without memory is not the weights"
same one.st plain1.st $dense || fail "an average that never moves is not the first update's"
if same one.st plain1.st $all; then fail "what is not trained was averaged too"; fi
for name in half often; do
    if same $name.st plain3.st $dense; then fail "$name: no average was taken"; fi
done
if same half.st often.st $dense; then fail "overwriting changes nothing"; fi
