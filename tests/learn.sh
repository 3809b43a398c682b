#!/bin/sh
# SPDX-License-Identifier: MIT
# A model learns from little: 5,000 training images are enough for 95 % of the test images within
# ten epochs. With MAKE_DIGITS on synthetic digits, else on the real MNIST in $CNNC_DATA; where that
# is not there the test is skipped (exit code 77), or fails if CNNC_REQUIRE_DATA is 1.
#     learn.sh CNNC MODEL.cnn [MAKE_DIGITS]
set -eu
fail() { echo "learn.sh: $*" >&2; exit 1; }
cnnc=$(realpath "$1") model=$(realpath "$2") folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

unpacked() { # NAME: an IDX file of $CNNC_DATA, plain or gzipped
    if [ -e "$CNNC_DATA/$1" ]; then cat "$CNNC_DATA/$1"; else gzip -dc "$CNNC_DATA/$1.gz"; fi
}

# The first 5,000 = 0x1388 of the 60,000, under headers that say so.
first_5000() {
    {
        printf '\0\0\10\3\0\0\23\210\0\0\0\34\0\0\0\34'
        unpacked train-images-idx3-ubyte | tail -c +17 | head -c $((5000 * 28 * 28))
    } >"$folder/data/train-images-idx3-ubyte"
    {
        printf '\0\0\10\1\0\0\23\210'
        unpacked train-labels-idx1-ubyte | tail -c +9 | head -c 5000
    } >"$folder/data/train-labels-idx1-ubyte"
    unpacked t10k-images-idx3-ubyte >"$folder/data/t10k-images-idx3-ubyte"
    unpacked t10k-labels-idx1-ubyte >"$folder/data/t10k-labels-idx1-ubyte"
}

mkdir "$folder/data"
if [ $# -gt 2 ]; then
    "$3" "$folder/data" 5000 1000 1
elif [ -n "${CNNC_DATA:-}" ] && ls "$CNNC_DATA"/train-images-idx3-ubyte* >/dev/null; then
    first_5000
elif [ "${CNNC_REQUIRE_DATA:-0}" = 1 ]; then
    fail "CNNC_DATA is not a folder with MNIST, and CNNC_REQUIRE_DATA is 1"
else
    echo "skipped: CNNC_DATA is not a folder with MNIST"
    exit 77
fi

cd "$folder"
"$cnnc" build "$model" -o model
./model train --data data --epochs 10 --out w.st --log log.csv >/dev/null
cat log.csv
./model evaluate --weights w.st --data data | tee result
awk '/^accuracy: / { seen = 1; good = $2 >= 0.95 } END { exit !(seen && good) }' result ||
    fail "less than 95 % of the test images"
