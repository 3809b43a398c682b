#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the archive of programs that hold LLVM, and checks it: it needs the system's own libraries alone, none newer than
# those of 2021, works from any folder, and compiles to the bytes that the other build compiles to. By hand; it needs
# libzstd-dev.
#     tests/static.sh CNNC      CNNC: of a build of the same sources with LLVM's library
set -eu
fail() { echo "static.sh: $*" >&2; exit 1; }
cnnc=$(realpath "$1")
cd "$(dirname "$0")/.."
cmake --preset static > /dev/null
cmake --build --preset static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack -G TGZ --config build-static/CPackConfig.cmake -B "$work"
mkdir "$work/a folder"
tar -xzf "$work"/cnnc-*.tar.gz -C "$work/a folder"
own=$(echo "$work/a folder"/cnnc-*/bin/cnnc)
for program in "$own" "$(dirname "$own")"/../lib/cnnc/cnnc-back; do
    for library in $(objdump -p "$program" | sed -n 's/^ *NEEDED *//p'); do
        case $library in libc.so.6 | libm.so.6 | ld-linux*) ;; *) fail "$program needs $library" ;; esac
    done
    newest=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1)
    [ "$(printf '%s\n' GLIBC_2.34 "$newest" | sort -V | tail -1)" = GLIBC_2.34 ] || fail "$program needs $newest"
done
cd "$work"
cat > net.cnn <<'END'
model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(3)])
END
env -i PATH="$PATH" "$own" verify-passes net.cnn --write-batch net.safetensors > /dev/null
for target in x86_64-linux-gnu aarch64-linux-gnu riscv64-linux-gnu wasm32-unknown-unknown thumbv7em-none-eabihf; do
    for which in own cnnc; do
        eval "env -i PATH=\"$PATH\" \"\$$which\" emit net.cnn -w net.safetensors --as=obj --target=$target -o $which.o"
    done
    cmp own.o cnnc.o || fail "another object for $target"
done
env -i PATH="$PATH" "$own" build net.cnn -o net
./net summary | grep -qx "Total params: 475" || fail "the program's summary"
env -i PATH="$PATH" "$own" run net.cnn summary | grep -qx "Total params: 475" || fail "cnnc run"
echo "$(basename "$work"/cnnc-*.tar.gz): $(du -m "$work"/cnnc-*.tar.gz | cut -f1) MB; needs a C library of $newest"
