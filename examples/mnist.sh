#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The whole job in one command: builds cnnc where its sources are, fetches MNIST, compiles models/mnist_convnet.cnn,
# trains it, evaluates it, makes an object of it, and lets a C program that links the object read digits.
#     examples/mnist.sh
# $CNNC_DATA   a folder that has MNIST already (the four IDX files, plain or .gz)
# $EPOCHS      other than the 15 of the model's file
# $CNNC        a cnnc that is built already; without its sources that of $PATH
# $OUT         where everything is written (mnist-example in build/, without the sources in the current folder)
# $NO_INSTALL  1: install nothing
set -eu
root=$(realpath "$(dirname "$0")/..")
if [ -e "$root/CMakeLists.txt" ]; then
    out=${OUT:-$root/build/mnist-example}
else
    out=${OUT:-mnist-example}
    CNNC=${CNNC:-$(command -v cnnc)} || { echo "mnist.sh: no cnnc in PATH; set CNNC to where it is" >&2; exit 1; }
fi
step() { printf '\n== %s\n' "$*"; }
install() { # where the sources are
    [ "${NO_INSTALL:-0}" = 1 ] || [ ! -e "$root/tests/packages.sh" ] || sh "$root/tests/packages.sh" "$@"
}

if [ -z "${CNNC:-}" ]; then
    step "building cnnc into $root/build"
    install gcc libc6-dev cmake ninja-build flex bison pkg-config llvm-19-dev zlib1g-dev libjansson-dev \
        libcurl4-openssl-dev nettle-dev libarchive-dev
    cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF
    cmake --build "$root/build"
    CNNC=$root/build/compiler/cnnc
fi
CNNC=$(realpath "$CNNC")
[ -z "${CNNC_DATA:-}" ] || CNNC_DATA=$(realpath "$CNNC_DATA")
mkdir -p "$out"
cd "$out"

if [ -z "${CNNC_DATA:-}" ]; then
    step "fetching MNIST"
    CNNC_DATA=${XDG_DATA_HOME:-$HOME/.local/share}/cnnc/mnist
    if ! "$CNNC" fetch mnist "$CNNC_DATA"; then
        echo "MNIST cannot be had; the distribution's Fashion-MNIST (clothes, not digits) serves instead"
        install dataset-fashion-mnist
        CNNC_DATA=/usr/share/datasets/fashion-mnist
    fi
fi
if ! ls "$CNNC_DATA"/t10k-images-idx3-ubyte* >/dev/null 2>&1; then
    echo "mnist.sh: no data in $CNNC_DATA; set CNNC_DATA to a folder with the four IDX files" >&2
    exit 1
fi
export CNNC_DATA

step "compiling the model to a program"
"$CNNC" build "$root/models/mnist_convnet.cnn" -o mnist
ls -l mnist

step "training"
./mnist train ${EPOCHS:+--epochs "$EPOCHS"} --out mnist.safetensors --log mnist.csv

step "evaluating on the test images"
./mnist evaluate --weights mnist.safetensors

step "making an object of the trained model"
"$CNNC" emit "$root/models/mnist_convnet.cnn" -w mnist.safetensors --prefix=mnist --as=obj -o mnist.o
"$CNNC" emit "$root/models/mnist_convnet.cnn" --prefix=mnist --as=header -o mnist.h
${CC:-cc} -O2 -I. "$root/examples/classify.c" mnist.o -o classify -lz
ls -l mnist.o classify

step "reading test images with it"
./classify "$CNNC_DATA" 0 4
