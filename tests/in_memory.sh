#!/bin/sh
# SPDX-License-Identifier: MIT
# cnnc run: what it prints and the weights it saves are the built program's to the bit, it needs no C compiler,
# and it leaves no file that it was not asked for.
#     in_memory.sh CNNC MAKE_DIGITS MODELS GOLDENS
set -eu
fail() { echo "in_memory.sh: $*" >&2; exit 1; }
cnnc=$(realpath "$1") digits=$(realpath "$2") models=$(realpath "$3") goldens=$(realpath "$4")
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
mkdir data empty
"$digits" data 600 100 1
export CNNC_DATA="$folder/data"

# The clock's words differ from run to run: seconds, and what is left of a bar.
without_time() {
    sed -e 's/ - [0-9.]*m\?s .*step//' -e 's/[0-9]*\/[0-9]* \[.*\]//' "$1"
}
for model in mnist_convnet mlp; do
    "$cnnc" build "$models/$model.cnn"
    "./$model" train --epochs 1 --out built >built.text
    (cd empty && env -i CNNC_DATA="$CNNC_DATA" PATH=/nowhere "$cnnc" run "$models/$model.cnn" train \
        --epochs 1 --out ../loaded >../loaded.text)
    cmp built loaded || fail "$model: other weights in memory"
    without_time built.text | sed 's/built/WEIGHTS/' >wanted
    without_time loaded.text | sed 's/..\/loaded/WEIGHTS/' >seen
    cmp wanted seen || fail "$model: other words in memory: $(cat seen)"
done
[ -z "$(ls empty)" ] || fail "it left $(ls empty)"

# Kernels as another CPU wants them, arguments with dashes, a model from a pipe.
"$cnnc" run -mcpu=x86-64 -O0 "$models/mlp.cnn" summary >seen
"$cnnc" summary "$models/mlp.cnn" >wanted
cmp wanted seen || fail "another summary"
"$cnnc" run "$models/mlp.cnn" --help | grep -q -- --epochs || fail "the program's own help"
"$cnnc" run - summary <"$models/mlp.cnn" | grep -q dense || fail "a model from a pipe"
"$cnnc" run "$goldens/lenet5.cnn" verify "$goldens/lenet5.safetensors" >/dev/null || fail "a case in memory"

# What metrics make of their sums is the runtime's, too.
cat >sums.cnn <<'END'
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("sgd", "categorical_crossentropy", metrics=["precision", "recall", keras.metrics.AUC()])
model.fit(x_train, y_train, epochs=1, verbose=2)
END
"$cnnc" run sums.cnn | grep -q "recall: " || fail "metrics in memory"

# What the program refuses it refuses with the program's code and words.
code=0
"$cnnc" run "$models/mlp.cnn" evaluate 2>errors || code=$?
[ $code -eq 2 ] || fail "evaluate without weights: $code"
code=0
CNNC_DATA=nowhere "$cnnc" run "$models/mlp.cnn" train >/dev/null 2>errors || code=$?
[ $code -eq 1 ] || fail "no data: $code"
grep -q nowhere errors || fail "no data: $(cat errors)"
echo "x = " >broken.cnn
code=0
"$cnnc" run broken.cnn 2>errors || code=$?
[ $code -eq 1 ] || fail "a broken file: $code"
