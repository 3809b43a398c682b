#!/bin/sh
# SPDX-License-Identifier: MIT
# Each pass held to the Step before it, by `cnnc verify-passes`. Nothing is run but the interpreter, so
# that the passes for any CPU are tested on any machine.
#     passes.sh case CNNC FOLDER NAME        with Keras's answers, of the case NAME.safetensors
#     passes.sh flags CNNC "FLAGS" FILE...   each file with FLAGS
#     passes.sh spoiled CNNC FOLDER NAME     an answer that is wrong is named
#     passes.sh cut CNNC FILE                whose backward phase is cut: programs on one thread and on three
#     passes.sh written CNNC FOLDER NAME     what --write-case writes, PROGRAM verify computes, and --case too
set -eu
fail() { echo "passes.sh: $*" >&2; exit 1; }
what=$1 cnnc=$(realpath "$2")
shift 2
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

case $what in
case) "$cnnc" verify-passes "$1/$2.cnn" --case "$1/$2.safetensors" || fail "$2" ;;
flags)
    flags=$1
    shift
    # shellcheck disable=SC2086 # a list of words
    for file; do "$cnnc" verify-passes "$file" --target=x86_64-linux-gnu $flags || fail "$file $flags"; done
    ;;
spoiled) # of the last number of a case, the upper half
    "$cnnc" verify-passes "$1/$2.cnn" --write-case "$folder/spoiled.safetensors"
    size=$(wc -c <"$folder/spoiled.safetensors")
    printf '\100\100' | dd of="$folder/spoiled.safetensors" bs=1 seek=$((size - 2)) conv=notrunc 2>/dev/null
    code=0
    "$cnnc" verify-passes "$1/$2.cnn" --case "$folder/spoiled.safetensors" >"$folder/out" || code=$?
    tail -1 "$folder/out"
    [ $code -eq 1 ] || fail "exit code $code, not 1"
    tail -1 "$folder/out" | grep -q ': step3/.* is off by ' || fail "the tensor is not named"
    ;;
written)
    "$cnnc" verify-passes "$1/$2.cnn" --samples 19 --seed 5 --write-case "$folder/case.safetensors"
    "$cnnc" verify-passes "$1/$2.cnn" --case "$folder/case.safetensors" | tail -1
    for kernels in plain exact-ties; do
        "$cnnc" build "$1/$2.cnn" -o "$folder/program" --kernels=$kernels
        "$folder/program" verify "$folder/case.safetensors" || fail "$kernels: other than the interpreter"
    done
    ;;
cut)
    "$cnnc" verify-passes "$1" --samples 19 --seed 5 --write-case "$folder/case.safetensors"
    for cpu in x86-64 x86-64-v3; do
        phases=$("$cnnc" plan "$1" -mcpu=$cpu | grep -c '^phase .* over leaves')
        [ "$phases" -ge 3 ] || fail "on $cpu forward and backward are $phases phases: nothing is cut"
        "$cnnc" build "$1" -o "$folder/program" -mcpu=$cpu
        for threads in 1 3; do
            "$folder/program" verify "$folder/case.safetensors" --threads $threads -o "$folder/$threads" ||
                fail "$cpu, $threads threads: other than the interpreter"
        done
        cmp "$folder/1" "$folder/3" || fail "$cpu: bits depend on the number of threads"
    done
    ;;
*) fail "unknown command '$what'" ;;
esac
