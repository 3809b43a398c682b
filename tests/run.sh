#!/bin/sh
# SPDX-License-Identifier: MIT
# All tests in one command, on a fresh Debian 12 or newer, or Ubuntu 24.04: installs what is missing, builds Release
# with warnings as errors and runs every test, then the fast ones again under ASan and UBSan. Says
# at the end which tests were skipped. Real MNIST is used if $CNNC_DATA names its folder.
#     tests/run.sh [--quick] [--no-install] [--require-data] [--fuzz SECONDS] [--analyze]
# --quick         Release only
# --no-install    install nothing
# --require-data  tests of real data fail where they would be skipped
# --fuzz SECONDS  also run each fuzzer for so long, and random models through the compiler under the sanitizers
# --analyze       also list what clang-tidy's analyzer finds, for minutes; each is a reason to look, no failure
set -eu
cd "$(dirname "$0")/.."
quick=0 install=1 fuzz=0 analyze=0
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --no-install) install=0 ;;
    --require-data) export CNNC_REQUIRE_DATA=1 ;;
    --fuzz) fuzz=${2:?--fuzz needs seconds} && shift ;;
    --analyze) analyze=1 ;;
    *) sed -n '3,/^set/s/^# \{0,1\}//p' "tests/run.sh" >&2 && exit 2 ;;
    esac
    shift
done
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE # OpenBLAS chooses its kernels by the machine, as it does for users
[ -z "${CNNC_DATA:-}" ] || CNNC_DATA=$(realpath "$CNNC_DATA")
jobs=$(nproc)

step() { printf '\n== %s\n' "$*"; }

if [ $install -eq 1 ]; then
    # What builds it; what packages, shells that complete and pages of the docs tell to use; for objects of other machines
    # and of other levels of x86-64 emulators, and clang, which says what a CPU has and with lld makes what runs on
    # machines without a system.
    set -- gcc g++ libc6-dev binutils cmake ninja-build flex bison pkg-config \
        llvm-19-dev llvm-19-tools zlib1g-dev libjansson-dev libcmocka-dev libopenblas-dev libssl-dev python3 \
        libcurl4-openssl-dev nettle-dev libarchive-dev libhdf5-dev libzip-dev libpng-dev libjpeg-dev openmpi-bin \
        libopenmpi-dev gzip curl clang-format-19 clang-tidy-19 python3-numpy \
        dpkg-dev file zsh fish parallel less \
        qemu-user qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross clang-19 lld-19 nodejs
    [ "$fuzz" -eq 0 ] || set -- "$@" libclang-rt-19-dev
    sh tests/packages.sh "$@"
fi
version=$(cmake --version | sed -n 's/^cmake version //p')
[ "$(printf '3.25\n%s\n' "$version" | sort -V | head -1)" = 3.25 ] ||
    { echo "run.sh: cmake is $version, 3.25 or newer is needed" >&2; exit 3; }

failed=
run() { # PRESET: builds it and runs its tests, one more than there are CPUs: some wait for others, or for a moment
    step "$1: build"
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1" -j "$jobs"
    step "$1: tests"
    ctest --preset "$1" -j $((jobs + 1)) --output-log "build-$1/tests.log" || failed="$failed $1"
}

fuzz_one() { # NAME SEED-FOLDER...
    name=$1 corpus=build-fuzz/corpus-$1
    shift
    step "fuzz $name, $fuzz s"
    mkdir -p "$corpus"
    [ ! -e "tests/fuzz/$name.dict" ] || set -- "-dict=tests/fuzz/$name.dict" "$@"
    "build-fuzz/tests/fuzz_$name" -max_total_time="$fuzz" -timeout=10 -verbosity=0 \
        -artifact_prefix=build-fuzz/ \
        "$corpus" "tests/fuzz/corpus/$name" "$@" >"build-fuzz/$name.log" 2>&1 || {
        tail -40 "build-fuzz/$name.log"
        failed="$failed fuzz_$name"
    }
}

run ci
[ $quick -eq 1 ] || run asan
if [ "$fuzz" -gt 0 ]; then
    step "fuzz: build"
    cmake --preset fuzz >/dev/null
    cmake --build --preset fuzz -j "$jobs"
    mkdir -p build-fuzz/digits
    build-ci/tests/make_digits build-fuzz/digits 3 2
    fuzz_one text tests/compiler tests/scripts models
    fuzz_one safetensors
    fuzz_one image tests/images
    fuzz_one idx build-fuzz/digits
    fuzz_one table tests/data/files
    fuzz_one notebook
    fuzz_one checkpoint
    step "models through the whole compiler, $fuzz s"
    cmake --preset asan >/dev/null
    cmake --build --preset asan -j "$jobs"
    python3 tests/rows/whole.py build-asan --seconds "$fuzz" || failed="$failed whole"
fi
if [ $analyze -eq 1 ]; then
    step "clang-tidy's analyzer"
    tests/style.sh analyze build-ci || true
fi

for log in asan ci; do # ends with Release's closing lines
    [ -e build-$log/tests.log ] || continue
    { [ $log = asan ] && [ $quick -eq 1 ]; } && continue
    step "$log"
    sed -n '/% tests passed/,$p' build-$log/tests.log
done
[ -z "$failed" ] || { echo "FAILED:$failed" >&2; exit 1; }
