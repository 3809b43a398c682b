#!/bin/sh
# SPDX-License-Identifier: 0BSD
# A whole program, on synthetic digits: it learns; weights and log are the same for any number of
# threads; what it saves it can evaluate; Ctrl-C saves and exits 130, TERM 143.
#     program.sh MOCK_PROGRAM MAKE_DIGITS
set -eu
program=$(realpath "$1") digits=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
fail() { echo "program.sh: $*" >&2; exit 1; }

mkdir data
"$digits" data 2000 500 1
export CNNC_DATA="$folder/data"

for threads in 1 2 3 7; do
    "$program" train --epochs 3 --threads $threads --out $threads.st --log $threads.csv >/dev/null
    cut -d, -f1-5,8 $threads.csv >$threads.log # all but the seconds
    cmp 1.st $threads.st || fail "weights depend on the number of threads"
    cmp 1.log $threads.log || fail "the log depends on the number of threads"
done
"$program" train --epochs 3 --seed 5 --out seed.st >/dev/null
if cmp -s 1.st seed.st; then fail "the seed changes nothing"; fi

"$program" evaluate --weights 1.st >evaluate.txt
grep -q '^accuracy: 0\.[89]' evaluate.txt || fail "it did not learn: $(head -2 evaluate.txt)"
grep -q '^confusion matrix' evaluate.txt || fail "no confusion matrix"

"$program" --epochs 1 >run.txt
grep -q '^Test accuracy: 0\.' run.txt || fail "the file's statements did not run"
[ ! -e mock.safetensors ] || fail "a run without command wrote weights"

"$program" bench --seconds 0 --threads 2 --batch-size 20 --json >bench.json
grep -q '^{"model": "mock", .*"train_us_step_best": [0-9].*"max_rss_mb": .*}$' bench.json ||
    fail "no figures: $(cat bench.json)"
for kernel in train:leaf:mock:sample train:update:mock:step infer1:leaf:mock:sample; do
    IFS=: read -r run name variant per <<END
$kernel
END
    grep -q "{\"run\": \"$run\", \"name\": \"$name\", \"variant\": \"$variant\", \"per\": \"$per\"" \
        bench.json || fail "no kernel $kernel: $(cat bench.json)"
done
"$program" bench --seconds 0 >bench.txt
grep -q '^training, a sample ' bench.txt || fail "no table of figures"
grep -q '^update  *mock .* step .* %$' bench.txt || fail "no table of kernels: $(cat bench.txt)"

"$program" bench --memory >memory.txt
number='[0-9][0-9.]*'
grep -qx " *cnnc plan FILE --memory=\([0-9]*[KM]:$number:$number:$number,\?\)\{3\}" memory.txt ||
    fail "no line for plan: $(cat memory.txt)"
"$program" bench --memory --json >memory.json
grep -q '^\[\({"bytes": [0-9]*, "read": [0-9].*, "written": [0-9].*, "changed": [0-9].*}\(, \)\?\)\{3\}\]$' \
    memory.json || fail "no caches: $(cat memory.json)"

for signal in INT:130 TERM:143; do
    "$program" train --epochs 100000 --out stopped.st >/dev/null &
    sleep 1
    kill -"${signal%:*}" $!
    code=0
    wait $! || code=$?
    [ $code -eq "${signal#*:}" ] || fail "exit code $code after ${signal%:*}"
    "$program" evaluate --weights stopped.st >/dev/null
    rm stopped.st
done

code=0
"$program" train --data /no/such 2>errors.txt || code=$?
[ $code -eq 1 ] || fail "exit code $code without data"
grep -q 'train-images-idx3-ubyte' errors.txt || fail "missing data is not named"

# As one of several processes that would do the same, it does nothing; as the only one, all.
for variable in OMPI_COMM_WORLD_SIZE PMI_SIZE SLURM_STEP_NUM_TASKS; do
    code=0
    env $variable=3 "$program" train --epochs 1 --out copy.st 2>errors.txt || code=$?
    [ $code -eq 2 ] || fail "exit code $code as one of 3 of $variable"
    grep -q "mock: error: started as one of 3 processes ($variable), but it was built to run alone: each would do the same \
work and write the same files; build it with --mpi, start it once or, where copies are wanted that differ in their \
options, unset $variable for each" errors.txt || fail "3 copies of $variable run"
    [ ! -e copy.st ] || fail "a copy wrote weights"
    env $variable=1 "$program" summary >/dev/null
    for word in --version --help --licenses summary; do env $variable=3 "$program" $word >/dev/null; done
done
