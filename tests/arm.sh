#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs for AArch64, run by qemu's user mode: outputs, loss, gradients and three steps of cases computed by Keras, to
# the same bits by one thread and by two.
#     arm.sh CNNC_CROSS FOLDER RUNTIME "FLAGS" NAME...
set -eu
fail() { echo "arm.sh: $*" >&2; exit 1; }
cnnc=$(realpath "$1") goldens=$(realpath "$2") CNNC_RUNTIME=$(realpath "$3") flags=$4
shift 4
[ $# -gt 0 ] || fail "which models?"
# What the runtime takes from libraries that are not there for AArch64, verify never calls.
CC="aarch64-linux-gnu-gcc -static -L$CNNC_RUNTIME -Wl,--unresolved-symbols=ignore-all"
export CC CNNC_RUNTIME
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
for name; do
    # shellcheck disable=SC2086 # a list of words
    "$cnnc" build --target=aarch64-linux-gnu $flags -g0 "$goldens/$name.cnn" -o "$folder/program" || fail "$name"
    for threads in 1 2; do
        qemu-aarch64 "$folder/program" verify "$goldens/$name.safetensors" --threads $threads -o "$folder/$threads" ||
            fail "$name, $flags, $threads threads"
    done
    cmp "$folder/1" "$folder/2" || fail "$name, $flags: one thread and two give different bits"
done
