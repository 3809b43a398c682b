#!/bin/sh
# SPDX-License-Identifier: MIT
# Code for a CPU is not run on a lesser one: programs say so, and headers say what is needed.
#     cpu.sh run CNNC MODEL.cnn MAKE_DIGITS MCPU CPU...    a program for MCPU on QEMU's models CPU: it
#         runs, or refuses, and on a CPU that there is, the program that it advises to build runs
#     cpu.sh needs CNNC MODEL.cnn              what each CPU of --print-cpus needs, says clang too
# Exit code 77 means skipped.
set -eu
fail() { echo "cpu.sh: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
what=$1 cnnc=$(realpath "$2") model=$(realpath "$3") folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
[ "$(uname -m)" = x86_64 ] || skip "programs for x86-64"

# Trains, validates and evaluates, and sets code; the program's own messages go to the file errors.
on() { # CPU PROGRAM
    code=0
    qemu-x86_64 -cpu "$1" "$2" --data data --epochs 1 --threads 1 >out 2>all || code=$?
    grep -v '^qemu-x86_64: warning' all >errors || true
}

# LLVM's name of what QEMU's model CPU,-FLAG lacks first of all.
lacking() { # CPU
    case $1 in
    *,-abm) echo lzcnt ;;
    *,-lahf-lm) echo sahf ;;
    *,-xsave) echo avx ;;
    *,-*) echo "${1#*,-}" ;;
    esac
}

case $what in
run)
    command -v qemu-x86_64 >/dev/null || skip "no qemu-x86_64"
    digits=$(realpath "$4") mcpu=$5 ran=0 refused=0
    cd "$folder"
    mkdir data
    "$digits" data 64 32 1
    "$cnnc" build "$model" -mcpu="$mcpu" -o program
    if ldd ./program | grep -q libasan; then skip "no sanitizer in an emulator"; fi
    shift 5
    for cpu; do
        on "$cpu" ./program
        [ $code -ne 0 ] || { ran=$((ran + 1)); continue; }
        [ $code -eq 3 ] || fail "$mcpu on $cpu: exit code $code: $(cat errors)"
        [ ! -s out ] || fail "$mcpu on $cpu: it did something first: $(cat out)"
        [ "$(wc -l <errors)" -eq 1 ] || fail "$mcpu on $cpu: $(cat errors)"
        grep -qE "^mlp: error: compiled for .*, but this machine's CPU or system lacks ([^;]*, )?$(lacking "$cpu")" errors ||
            fail "$mcpu on $cpu: $(cat errors)"
        refused=$((refused + 1))
        case $cpu in *,-*) continue ;; esac # there the C library may use what is not there
        advice=$(sed -n 's/.* -mcpu=//p' errors)
        [ -e "$advice" ] || "$cnnc" build "$model" -mcpu="$advice" -o "$advice"
        on "$cpu" "./$advice"
        [ $code -eq 0 ] || fail "$advice on $cpu, as advised: exit code $code: $(cat errors)"
    done
    case $mcpu in
    x86-64) [ $refused -eq 0 ] || fail "x86-64 was refused" ;;
    x86-64-v[23]) [ $refused -gt 0 ] && [ $ran -gt 0 ] || fail "$refused refused, $ran ran" ;;
    x86-64-v4) [ $ran -eq 0 ] || fail "x86-64-v4 ran on a CPU without AVX-512" ;;
    esac
    ;;
needs)
    command -v clang-19 >/dev/null || skip "no clang-19"
    cd "$folder"
    for cpu in $("$cnnc" --print-cpus | sed -n 's/^\([^ ]*\) *x86_64.*/\1/p'); do
        "$cnnc" emit "$model" --as=header --prefix=m -mcpu="$cpu" -o m.h
        sed -n 's/^#define M_CPU_NEEDS "\(.*\)".*/\1/p' m.h | tr ' ' '\n' | sed '/^$/d' | sort >seen
        # What LLVM may use by itself; other features are for functions that a program calls.
        clang-19 -march="$cpu" -dM -E - </dev/null |
            sed -n 's/^#define __\([A-Za-z0-9_]*\) 1$/\1/p' | sed 's/__$//' |
            sed -n '/^AVX512VP2INTERSECT$/d
                s/^SSE4_\([12]\)$/sse4.\1/p
                s/^LAHF_SAHF$/sahf/p
                s/^GCC_HAVE_SYNC_COMPARE_AND_SWAP_16$/cx16/p
                s/^\(SS*E3\|SSE4A\|MOVBE\|POPCNT\|FMA4*\|F16C\|BMI2*\|LZCNT\|GFNI\|XOP\|TBM\)$/\L\1/p
                s/^AVX[A-Z0-9]*$/\L&/p' | sort >wanted
        [ "$cpu" = x86-64 ] || [ -s wanted ] || fail "clang says nothing of $cpu"
        diff wanted seen || fail "$cpu needs something else, says clang"
    done
    "$cnnc" emit "$model" --as=header --prefix=m --cpu-dispatch -o m.h
    grep -q '^#define M_CPU_NEEDS ""' m.h || fail "an object for all CPUs needs $(cat m.h)"
    ;;
*) fail "unknown command '$what'" ;;
esac
