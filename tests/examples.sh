#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples do what they say.
#     examples.sh embed CNNC EXAMPLES GOLDENS         one answer in C, C++ and Python
#     examples.sh mnist CNNC EXAMPLES MAKE_DIGITS     mnist.sh, on synthetic digits
#     examples.sh refetch CNNC EXAMPLES               no good mirror: nothing is kept
#     examples.sh fetch CNNC EXAMPLES                 bad mirrors, then a good one with $CNNC_DATA
# Exit code 77 means skipped.
set -eu
fail() { echo "examples.sh: $*" >&2; exit 1; }
what=$1 cnnc=$(realpath "$2") examples=$(realpath "$3") folder=$(mktemp -d) server=
trap '[ -z "$server" ] || kill $server; rm -r "$folder"' EXIT

# Serves a folder on a free port of this machine; its address is then in $address.
serve() {
    command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
    : >"$folder/server"
    python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$1" >"$folder/server" 2>&1 &
    server=$!
    until grep -q ' port ' "$folder/server"; do
        kill -0 $server 2>/dev/null || fail "no server: $(cat "$folder/server")"
        sleep 0.1
    done
    address=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$folder/server")
    unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
}

case $what in
embed)
    goldens=$(realpath "$4")
    cd "$folder"
    "$cnnc" emit "$goldens/mnist_convnet.cnn" -w "$goldens/mnist_convnet.safetensors" \
        --prefix=mnist --as=obj -o mnist.o
    "$cnnc" emit "$goldens/mnist_convnet.cnn" --prefix=mnist --as=header -o mnist.h
    ${CC:-cc} -Wall -Wextra -Werror -I. "$examples/embed/embed.c" mnist.o -o c
    ${CXX:-c++} -std=c++11 -Wall -Wextra -Werror -I. "$examples/embed/embed.cc" mnist.o -o cc
    ./c >c.txt
    ./cc >cc.txt
    [ "$(wc -l <c.txt)" -eq 10 ] || fail "not ten probabilities: $(cat c.txt)"
    cmp c.txt cc.txt
    ${CC:-cc} -shared mnist.o -o libmnist.so
    if command -v python3 >/dev/null; then
        python3 "$examples/embed/embed.py" ./libmnist.so mnist.h >py.txt
        cmp c.txt py.txt
    fi
    ;;
mnist)
    mkdir "$folder/data"
    "$4" "$folder/data" 2000 100 1
    gzip "$folder/data/t10k-images-idx3-ubyte" # both forms are read
    CNNC=$cnnc CNNC_DATA=$folder/data EPOCHS=8 OUT=$folder/out NO_INSTALL=1 \
        "$examples/mnist.sh" >"$folder/text"
    tail -40 "$folder/text"
    [ "$(grep -c '^this is [0-9] (' "$folder/text")" -eq 4 ] || fail "it did not read four digits"
    [ "$(grep -c '(right): .*%$' "$folder/text")" -ge 3 ] || fail "it reads badly"
    ;;
refetch)
    mkdir "$folder/served"
    for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        echo "not MNIST" | gzip >"$folder/served/$name-ubyte.gz"
    done
    serve "$folder/served"
    code=0
    MIRRORS="$address/none $address" "$examples/fetch.sh" "$folder/got" 2>"$folder/errors" || code=$?
    [ $code -eq 1 ] || fail "exit code $code"
    [ "$(grep -c 'has no train-images-idx3-ubyte, or not the right one' "$folder/errors")" -eq 2 ] ||
        fail "it does not say so: $(cat "$folder/errors")"
    [ -z "$(ls "$folder/got")" ] || fail "something wrong was kept"
    ;;
fetch)
    if [ -z "${CNNC_DATA:-}" ]; then
        [ "${CNNC_REQUIRE_DATA:-0}" != 1 ] || fail "CNNC_DATA is not set, and CNNC_REQUIRE_DATA is 1"
        echo "skipped: CNNC_DATA is not set"
        exit 77
    fi
    mkdir -p "$folder/served/cut" "$folder/served/good"
    for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        packed=$folder/served/good/$name-ubyte.gz
        if [ -e "$CNNC_DATA/$name-ubyte" ]; then
            gzip -1 <"$CNNC_DATA/$name-ubyte" >"$packed"
        else
            cp "$CNNC_DATA/$name-ubyte.gz" "$packed"
        fi
        head -c 4000 "$packed" >"$folder/served/cut/$name-ubyte.gz"
        echo "more than belongs there" | gzip >>"$packed"
    done
    serve "$folder/served"
    export MIRRORS="$address/none $address/cut $address/good"
    "$examples/fetch.sh" "$folder/got"
    [ "$(ls "$folder/got")" = "t10k-images-idx3-ubyte
t10k-labels-idx1-ubyte
train-images-idx3-ubyte
train-labels-idx1-ubyte" ] || fail "not the four files"
    kill $server
    server=
    "$examples/fetch.sh" "$folder/got" # what is there is not fetched again
    cd "$folder"
    "$cnnc" build "$examples/../models/mlp.cnn"
    ./mlp train --data got --epochs 1 | grep -q 'val_accuracy: 0\.9' || fail "it does not learn"
    ;;
*) fail "unknown command '$what'" ;;
esac
