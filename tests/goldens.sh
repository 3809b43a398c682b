#!/bin/sh
# SPDX-License-Identifier: MIT
# Cases computed by Keras in float64, NAME.cnn with NAME.safetensors and NAME.summary.tsv.
#     goldens.sh case CNNC FOLDER MANY_CPUS NAME    builds, verifies, and has Keras's summary; teams of threads, as if
#         there were 64 CPUs (MANY_CPUS is preloaded), compute the same bits as one
#     goldens.sh flags CNNC FOLDER "FLAGS" NAME...  each builds with FLAGS, without lines, and verifies
# Exit code 77 means skipped: the machine cannot run what the flags ask for.
set -eu
fail() { echo "goldens.sh: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
what=$1 cnnc=$(realpath "$2") goldens=$(realpath "$3")
shift 3
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

verify() { # NAME FLAGS...
    name=$1
    shift
    "$cnnc" build "$goldens/$name.cnn" -o "$folder/$name" "$@" || fail "$name $*: not built"
    "$folder/$name" verify "$goldens/$name.safetensors" || fail "$name $*: wrong results"
}

# The figures of summary --json as the .tsv has them: name, class, shape, parameters; totals.
table() {
    sed -n -e 's/.*"name": "\([^"]*\)", "type": "\([^"]*\)", "output_shape": \[null, \([^]]*\)\], "params": \([0-9]*\)}.*/\1\t\2\t(None, \3)\t\4/p' \
        -e 's/.*"total_params": \([0-9]*\).*/total\t\1/p' \
        -e 's/.*"non_trainable_params": \([0-9]*\).*/non-trainable\t\1/p' \
        -e 's/.*"trainable_params": \([0-9]*\).*/trainable\t\1/p'
}

needs() { # FLAG: skips where this machine lacks what it asks for
    case $1 in
    -mcpu=x86-64*) [ "$(uname -m)" = x86_64 ] || skip "$1 is for x86-64" ;;
    esac
    case $1 in
    -mcpu=x86-64-v3) grep -qw avx2 /proc/cpuinfo || skip "this CPU has no AVX2" ;;
    --blas=always)
        echo 'int main(void) { return 0; }' >"$folder/blas.c"
        ${CC:-cc} "$folder/blas.c" -o "$folder/blas" -lopenblas 2>/dev/null || skip "no OpenBLAS"
        ;;
    esac
}

case $what in
case)
    many=$(realpath "$1")
    shift
    verify "$1" --team=16
    export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" # it replaces no function that a sanitizer does
    for threads in 1 5; do
        LD_PRELOAD="$many" "$folder/$1" verify "$goldens/$1.safetensors" --threads $threads -o "$folder/$threads" \
            >"$folder/out" || fail "$1: wrong results on $threads threads"
    done
    cmp "$folder/1" "$folder/5" || fail "$1: bits depend on the number of threads"
    "$cnnc" summary --json "$goldens/$1.cnn" | table >"$folder/table"
    diff "$goldens/$1.summary.tsv" "$folder/table" || fail "$1: the summary differs from Keras's"
    ;;
flags)
    flags=$1
    shift
    for flag in $flags; do needs "$flag"; done
    [ $# -gt 0 ] || fail "which models?"
    # shellcheck disable=SC2086 # a list of words
    for name; do verify "$name" -g0 $flags; done
    ;;
*) fail "unknown command '$what'" ;;
esac
