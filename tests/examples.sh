#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples do what they say.
#     examples.sh embed CNNC EXAMPLES GOLDENS         one answer in C, C++ and Python
#     examples.sh mnist CNNC EXAMPLES MAKE_DIGITS     mnist.sh, on synthetic digits
set -eu
fail() { echo "examples.sh: $*" >&2; exit 1; }
what=$1 cnnc=$(realpath "$2") examples=$(realpath "$3") folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

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
*) fail "unknown command '$what'" ;;
esac
