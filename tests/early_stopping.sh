#!/bin/sh
# SPDX-License-Identifier: MIT
# EarlyStopping in whole programs, on losses that are known: of a network that does not learn (a rate of 0)
# the loss stays, of one that learns it falls. What it decides epoch by epoch is the unit test's.
#     early_stopping.sh CNNC MAKE_DIGITS
set -eu
samples=300
. "$(dirname "$0")/digits.sh"

program() { # NAME RATE CALLBACKS
    cat >"$1.cnn" <<END
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")])
model.compile(keras.optimizers.SGD($2), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=50, epochs=9, verbose=2, validation_split=0.2, callbacks=$3)
print("done")
END
    "$cnnc" build "$1.cnn"
}
epochs() { # FILE: how many it shows
    grep -c '^Epoch [0-9]*/9$' "$1"
}

# A figure that stays: it improves in the first epoch alone, and the third is the second one without.
program stays 0.0 '[keras.callbacks.EarlyStopping(patience=2, verbose=1)]'
./stays >out
[ "$(epochs out)" = 3 ] || fail "$(cat out)"
[ "$(tail -n 2 out)" = "Epoch 3: early stopping
done" ] || fail "$(cat out)"

# Silent, and of several the first that has enough.
program both 0.0 '[[keras.callbacks.EarlyStopping(patience=6)], keras.callbacks.EarlyStopping("val_accuracy", patience=4, min_delta=-0.5)]'
./both >out
[ "$(epochs out)" = 5 ] || fail "$(cat out)"
grep -q stopping out && fail "$(cat out)"

# A loss that falls goes on; where less of it is worse, the first epoch is the best, and its weights are
# those of one epoch.
program falls 0.05 'keras.callbacks.EarlyStopping("loss", restore_best_weights=True, verbose=1)'
./falls train --out nine.st >out
[ "$(epochs out)" = 9 ] || fail "$(cat out)"
grep -qx 'Restoring model weights from the end of the best epoch: 9.' out || fail "$(cat out)"
program worse 0.05 'keras.callbacks.EarlyStopping("loss", mode="max", patience=3, restore_best_weights=True, verbose=1)'
./worse train --out restored.st --log worse.csv >out
[ "$(epochs out)" = 4 ] || fail "$(cat out)"
[ "$(wc -l <worse.csv)" = 5 ] || fail "the log: $(cat worse.csv)"
grep -qx 'Restoring model weights from the end of the best epoch: 1.' out || fail "$(cat out)"
./worse train --epochs 1 --out one.st >out
cmp restored.st one.st || fail "other weights than the first epoch's"
cmp -s restored.st nine.st && fail "all weights are the same"

# A program without it holds nothing of it.
program none 0.05 None
grep -q 'early stopping' worse || fail "the message is not in the program"
grep -q 'early stopping' none && fail "the message is in a program that never stops"
exit 0
