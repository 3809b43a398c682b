#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiled programs from the command line: what goes wrong is said, with its exit code, and leaves
# nothing behind; Ctrl-C saves. The runtime's own test holds a mock model to the rest.
#     program.sh CNNC MAKE_DIGITS MODELS
set -eu
fail() { echo "program.sh: $*" >&2; exit 1; }
cnnc=$(realpath "$1") digits=$(realpath "$2") models=$(realpath "$3") folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
unset CNNC_DATA
export XDG_DATA_HOME="$folder/nothing-here"

refuses() { # CODE TEXT COMMAND...
    wanted=$1 text=$2 code=0
    shift 2
    "$@" >/dev/null 2>errors || code=$?
    [ $code -eq "$wanted" ] || fail "exit code $code, not $wanted: $* ($(cat errors))"
    grep -qF -- "$text" errors || fail "$*: '$text' is not in: $(cat errors)"
}

for model in "$models"/*.cnn; do
    "$cnnc" check "$model"
    "$cnnc" build "$model"
    name=$(basename "$model" .cnn)
    "$cnnc" summary "$model" >wanted
    "./$name" summary >seen
    cmp wanted seen || fail "$name: the program's summary is not the compiler's"
    "./$name" --version | grep -q "$name.cnn" || fail "$name: --version does not name its source"
    "./$name" --help | grep -q -- --epochs || fail "$name: --help is empty"
done

# Nothing beyond the C library, its mathematics, and the loader (but under a sanitizer).
case $(ldd ./mnist_convnet) in
*libasan*) ;;
*)
    more=$(ldd ./mnist_convnet | grep -Ev 'linux-vdso|libc\.so|libm\.so|ld-linux' || true)
    [ -z "$more" ] || fail "mnist_convnet needs $more"
    ;;
esac

mkdir data
"$digits" data 400 100 1
./mlp train --data data --epochs 1 --out w.st --log log.jsonl >train.txt
grep -q '^Epoch 1/1' train.txt || fail "no line of the epoch"
grep -q '"val_accuracy"' log.jsonl || fail "no val_accuracy in the log"
./mlp evaluate --weights w.st --data data | grep -q '^accuracy: ' || fail "no accuracy"
CNNC_DATA=data ./mlp evaluate --weights w.st | grep -q '^confusion matrix' || fail "no confusion"
CNNC_DATA=data ./mlp --epochs 1 | grep -q '^Test accuracy: ' || fail "the statements did not run"
[ ! -e mlp.safetensors ] || fail "a run without command wrote weights"
cp w.st before.st
CNNC_DATA=data ./mlp train --epochs 1 >/dev/null
cmp mlp.safetensors w.st || fail "train without --out writes other weights"

# A metric looks at this batch's output, though the loss needs only what is in front of it.
cat >metric.cnn <<'END'
model = Sequential([Input((28, 28, 1)), Flatten()])
model.add(Dense(10, activation="sigmoid", kernel_initializer="ones"))
model.compile("sgd", "binary_crossentropy", metrics=["binary_accuracy"])
score = model.evaluate(x_test, y_test, verbose=0)
print(score[1])
END
"$cnnc" build metric.cnn
[ "$(CNNC_DATA=data ./metric | tail -n 1)" = 0.10000000149011612 ] || fail "binary_accuracy is wrong"

# Weights that are not there, cut, or another model's.
refuses 1 none.st ./mlp evaluate --weights none.st --data data
head -c 500 w.st >cut.st
refuses 1 cut.st ./mlp evaluate --weights cut.st --data data
refuses 1 conv2d/kernel ./lenet5 evaluate --weights w.st --data data

# Weights that are not finite are named, and used.
size=$(wc -c <w.st)
{ head -c $((size - 4)) w.st && printf '\000\000\300\177'; } >nan.st
said=" values of dense_1/bias are nan or infinite"
./mlp evaluate --weights nan.st --data data >/dev/null 2>errors
grep -qF " warning: nan.st: 1 of the 10$said" errors || fail "$(cat errors)"
"$cnnc" emit "$models/mlp.cnn" -w nan.st --as=obj -o nan.o 2>errors
grep -qF " warning: nan.st: 1 of the 10 values of 'dense_1/bias'" errors || fail "$(cat errors)"

# Data that is not there, not IDX, cut short, or of another shape.
refuses 1 train-images-idx3-ubyte ./mlp train
refuses 1 train-images-idx3-ubyte ./mlp train --data none --out x.st
refuses 1 "(32, 32, 3)" ./cifar_style train --data data --out x.st
mkdir broken
cp data/* broken
echo "not an image" >broken/train-images-idx3-ubyte
refuses 1 "broken/train-images-idx3-ubyte" ./mlp train --data broken --out x.st
head -c 1000 data/train-images-idx3-ubyte >broken/train-images-idx3-ubyte
refuses 1 "broken/train-images-idx3-ubyte" ./mlp train --data broken --out x.st
cp data/t10k-labels-idx1-ubyte broken/train-labels-idx1-ubyte
cp data/train-images-idx3-ubyte broken
refuses 1 "400" ./mlp train --data broken --out x.st

# Places that cannot be written to.
refuses 3 "none/w.st" ./mlp train --data data --epochs 1 --out none/w.st
refuses 1 "broken" ./mlp train --data data --epochs 1 --out broken
refuses 3 "none/log.csv" ./mlp train --data data --epochs 1 --out x.st --log none/log.csv

# Names from outside command no terminal, wherever they are printed: what is printed has no control
# codes, neither C0 (but line ends) nor C1, and is UTF-8.
esc=$(printf '\033[31m') csi=$(printf '\302\2332J') raw=$(printf '\233')
clean() { # FILE
    LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C grep -q '[[:cntrl:]]' && fail "control codes: $(cat -v "$1")"
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fail "no UTF-8: $(cat -v "$1")"
    ! LC_ALL=C grep -q "$(printf '\302[\200-\237]')" "$1" || fail "C1 codes: $(cat -v "$1")"
}
for foreign in "$esc" "$csi" "$raw"; do
    refuses 2 '\x' ./mlp "$foreign"
    clean errors
    refuses 2 '\x' ./mlp train --epochs "$foreign"
    clean errors
    refuses 1 '\x' ./mlp evaluate --weights "$foreign" --data data
    clean errors
    refuses 1 '\x' ./mlp train --data "$foreign"
    clean errors
    ./mlp train --data data --epochs 1 --out "w$foreign.st" >seen
    clean seen
    python3 - "$foreign.st" <<'END'
import json, os, sys
name = os.fsencode(sys.argv[1]).decode("utf-8", "replace")
header = json.dumps({name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
open(os.fsencode(sys.argv[1]), "wb").write(len(header).to_bytes(8, "little") + header + bytes(4))
END
    refuses 1 'is not in the model' ./mlp evaluate --weights "$foreign.st" --data data
    clean errors
    refuses 1 'not a case' ./mlp verify "$foreign.st"
    clean errors
done
cat >"m$csi.cnn" <<'END'
class_names = ["\x1b[31m", "b", "c", "d", "e", "f", "g", "h", "i", "\x9b2J"]
model = Sequential([Input((28, 28)), Flatten(), Dense(10, activation="softmax")])
model.compile("sgd", "categorical_crossentropy")
model.fit(x_train, y_train)
print("\x1b[31m", "\x9b2J", "line\n\tline")
END
"$cnnc" build "m$csi.cnn" -o strange
for command in --help --version --licenses; do
    ./strange $command >seen
    clean seen
done
CNNC_DATA=data ./strange >seen
tail -n 2 seen | tr '\t' '+' >printed
printf '%s\n' '\x1B[31m \xC2\x9B2J line' '+line' | cmp - printed || fail "$(cat printed)"
./strange train --data data --out s.st >/dev/null
./strange evaluate --data data --weights s.st >seen
clean seen
./strange bench --seconds 0 >seen
clean seen
refuses 2 '\x' ./strange "$csi"
clean errors

# Usage.
refuses 2 --epochs ./mlp train --epochs 0
refuses 2 --threads ./mlp train --threads many
refuses 2 --no-such ./mlp train --no-such
refuses 2 nonsense ./mlp nonsense
refuses 2 --weights ./mlp evaluate
[ ! -e x.st ] || fail "an error left weights behind"
for temporary in *.tmp; do [ ! -e "$temporary" ] || fail "$temporary is left"; done

# Interrupted, once it is under way: it saves, and the weights can be used.
for signal in INT:130 TERM:143; do
    : >stopped.csv
    ./mlp train --data data --epochs 1000000 --out stopped.st --log stopped.csv >/dev/null &
    program=$!
    tries=0
    until [ "$(wc -l <stopped.csv)" -ge 2 ] || [ $tries -eq 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -"${signal%:*}" $program
    code=0
    wait $program || code=$?
    [ $code -eq "${signal#*:}" ] || fail "exit code $code after ${signal%:*}"
    ./mlp evaluate --weights stopped.st --data data >/dev/null
    rm stopped.st stopped.csv
done
