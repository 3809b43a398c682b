#!/bin/sh
# SPDX-License-Identifier: MIT
# The same answer: weights are equal in every byte, and logs but for their seconds, for any number
# of threads, run after run; compiling twice gives equal bytes, on any number of CPUs.
#     determinism.sh run CNNC MAKE_DIGITS MODEL.cnn MANY_CPUS    trains a program again and again,
#         as if there were 64 CPUs (MANY_CPUS is preloaded: no more threads start than there are)
#     determinism.sh compile CNNC GOLDENS NAME          compiles again
set -eu
fail() { echo "determinism.sh: $*" >&2; exit 1; }
what=$1 cnnc=$(realpath "$2") third=$(realpath "$3") folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

case $what in
run)
    many=$(realpath "$5") file=$(realpath "$4")
    "$cnnc" build "$file" -o "$folder/model"
    mkdir "$folder/data"
    "$third" "$folder/data" 250 80 3 # 225 for training: the last batch is short
    cd "$folder"
    for run in first 1 2 3 7 16 64 1; do
        threads=$run
        [ "$run" != first ] || threads=1
        LD_PRELOAD="$many" ./model train --data data --epochs 2 --threads "$threads" --out $run.st --log $run.csv \
            >/dev/null
        cut -d, -f1-5,8,9 $run.csv >$run.log # all but the two columns of seconds
        cmp first.st $run.st || fail "other weights with $threads threads"
        cmp first.log $run.log || fail "another log with $threads threads"
    done
    [ "$(wc -l <first.log)" -eq 3 ] || fail "the log has not one row an epoch"
    head -1 first.csv | grep -qx \
        'epoch,loss,accuracy,val_loss,val_accuracy,train_seconds,val_seconds,samples,learning_rate' ||
        fail "the log's columns have other names"
    # In smaller batches, and in leaves of each size, which teams of threads share.
    for batch in 40 7; do
        rm -f few.st
        for threads in 1 2 5 64; do
            LD_PRELOAD="$many" ./model train --data data --epochs 1 --batch-size $batch --threads "$threads" \
                --out $threads.st >/dev/null
            [ -e few.st ] || cp $threads.st few.st
            cmp few.st $threads.st || fail "other weights with $threads threads, in batches of $batch"
        done
    done
    for leaf in 1 2 4 8 16; do
        "$cnnc" build "$file" --leaf=$leaf --team=8 -o leaf
        for threads in 1 3 16; do
            LD_PRELOAD="$many" ./leaf train --data data --epochs 1 --batch-size 21 --threads "$threads" \
                --out leaf$leaf.$threads.st >/dev/null
            cmp leaf$leaf.1.st leaf$leaf.$threads.st || fail "other weights with $threads threads in leaves of $leaf"
        done
    done
    if cmp -s leaf1.1.st leaf16.1.st; then fail "the samples of a leaf change nothing"; fi
    ./model train --data data --epochs 2 --threads 1024 --out last.st >/dev/null # on those there are
    cmp first.st last.st || fail "other weights with as many threads as there can be"
    ./model train --data data --epochs 2 --seed 9 --out seed.st >/dev/null
    if cmp -s first.st seed.st; then fail "the seed changes nothing"; fi
    ;;
compile)
    for run in 1 2; do
        for form in obj asm bitcode; do
            "$cnnc" emit "$third/$4.cnn" -w "$third/$4.safetensors" --as=$form \
                -o "$folder/$form.$run"
        done
        "$cnnc" emit "$third/$4.cnn" --as=header -o "$folder/header.$run"
        "$cnnc" build "$third/$4.cnn" --dump=llvm -o "$folder/llvm.$run"
        "$cnnc" build "$third/$4.cnn" --dump=asm -o "$folder/code.$run"
    done
    "$cnnc" build "$third/$4.cnn" -o "$folder/program.1"
    cpu=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
    taskset -c "$cpu" "$cnnc" build "$third/$4.cnn" -o "$folder/program.2" # by one thread
    for form in obj asm bitcode header llvm code program; do
        [ -s "$folder/$form.1" ] || fail "$4: $form is empty"
        cmp "$folder/$form.1" "$folder/$form.2" || fail "$4: $form differs from run to run"
    done
    ;;
*) fail "unknown command '$what'" ;;
esac
