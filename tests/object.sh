#!/bin/sh
# SPDX-License-Identifier: MIT
# The object and header that emit makes, used as a C program uses them.
#     object.sh use CNNC GOLDENS TENSOR CPU       two models linked together, for this machine
#     object.sh cross CNNC GOLDENS TENSOR TARGET  the same for another, run in an emulator
#     object.sh dispatch CNNC GOLDENS TENSOR      the same, for several CPUs; linked in several ways
#     object.sh level CNNC GOLDENS TENSOR LEVEL CPU...   takes LEVEL on QEMU's models CPU
#     object.sh level CNNC GOLDENS TENSOR native         and here the one that Linux names
#     object.sh goldens CNNC GOLDENS TENSOR CPU NAME...   predictions held to Keras's
#     object.sh forms CNNC GOLDENS TENSOR         as a library and as assembly: the same code
#     object.sh refused CNNC GOLDENS              weights missing or wrong, headers of another model
# Exit code 77 means skipped.
set -eu
fail() { echo "object.sh: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
what=$1 cnnc=$(realpath "$2") goldens=$(realpath "$3") here=$(realpath "$(dirname "$0")")
cc=${CC:-cc} cxx=${CXX:-c++}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
strict="-Wall -Wextra -pedantic -Werror"

emit() { # NAME FLAGS...
    name=$1
    shift
    "$cnnc" emit "$goldens/$name.cnn" -w "$goldens/$name.safetensors" --as=obj \
        -o "$folder/$name.o" "$@"
    "$cnnc" emit "$goldens/$name.cnn" --as=header -o "$folder/$name.h" "$@"
}

# Alone and constant: no undefined symbol, no section that is both writable and not empty, but for
# the 8 bytes that remember the CPU's level.
alone() { # NAME NM READELF [WRITABLE-BYTES]
    undefined=$("$2" -u "$folder/$1.o")
    [ -z "$undefined" ] || fail "$1.o needs: $undefined"
    "$3" -SW "$folder/$1.o" | sed 's/^ *\[ *[0-9]*\] *//' |
        awk '$7 ~ /W/ && $7 ~ /A/ && $5 !~ /^0+$/ { print $1, $5 }' >"$folder/writable"
    wanted=${4:+.bss $(printf %06x "$4")}
    [ "$(cat "$folder/writable")" = "$wanted" ] ||
        fail "$1.o has writable data: $(cat "$folder/writable"), not '$wanted'"
}

constants() { # NAME: bytes of them
    readelf -SW "$folder/$1.o" | sed -n 's/.* \.rodata\.cnn *PROGBITS *[^ ]* *[^ ]* *\([^ ]*\).*/0x\1/p'
}

header_is_clean() { # NAME
    printf '#include "%s.h"\n#include "%s.h"\nint main(void) { return %s_info() == 0; }\n' \
        "$1" "$1" "$1" >"$folder/header.c"
    cp "$folder/header.c" "$folder/header.cc"
    # shellcheck disable=SC2086 # a list of words
    for o in 0 2; do
        $cc -std=c99 -O$o $strict "$folder/header.c" "$folder/$1.o" -o "$folder/header"
        "$folder/header"
        $cxx -std=c++11 -O$o $strict "$folder/header.cc" "$folder/$1.o" -o "$folder/header"
        "$folder/header"
    done
}

tensors() { # TENSOR
    for name in mnist_convnet mlp; do
        for key in x predict; do
            "$1" "$goldens/$name.safetensors" $key "$folder/$name.$key"
        done
    done
}

use() { # CC-AND-FLAGS... -- RUNNER...
    compile=
    while [ "$1" != -- ]; do compile="$compile $1" && shift; done
    shift
    # shellcheck disable=SC2086 # a list of words
    $compile -std=c11 -O2 -Wall -Wextra -Werror -I"$folder" "$here/object/use.c" \
        "$folder/mnist_convnet.o" "$folder/mlp.o" -o "$folder/use" -lm -lpthread
    "$@" "$folder/use" "$folder/mnist_convnet.x" "$folder/mnist_convnet.predict" \
        "$folder/mlp.x" "$folder/mlp.predict"
}

mismatch() { # NAME: its header and object do not go together, with and without optimisation
    cat >"$folder/mismatch.c" <<END
#include "$1.h"
int main(void) {
    static float x[4096], y[64];
    static char workspace[1 << 20];
    $1_predict(x, y, workspace + (64 - (size_t)workspace % 64) % 64);
    return 0;
}
END
    for o in 0 2; do
        ! $cc -O$o "$folder/mismatch.c" "$folder/$1.o" -o "$folder/mismatch" 2>"$folder/errors" ||
            fail "$1: links with another's header, at -O$o"
        grep -qF "_object_in" "$folder/errors" || fail "$1: $(cat "$folder/errors")"
    done
}

level() { # PROGRAM FLAGS...: level.c with the object that they give
    program=$1
    shift
    "$cnnc" emit "$goldens/mnist_convnet.cnn" -w "$goldens/mnist_convnet.safetensors" --as=obj \
        --prefix=net -o "$folder/net.o" "$@"
    "$cnnc" emit "$goldens/mnist_convnet.cnn" --as=header --prefix=net -o "$folder/net.h" "$@"
    $cc -std=c11 -O2 -Wall -Wextra -Werror "$here/object/level.c" "$folder/net.o" \
        -o "$program" -I"$folder" -lpthread
}

has() { # FLAG...: of this CPU
    for flag; do grep -qw "$flag" /proc/cpuinfo || return 1; done
}

refuses() { # CODE TEXT COMMAND...
    wanted=$1 text=$2 code=0
    shift 2
    "$@" 2>"$folder/errors" || code=$?
    [ $code -eq "$wanted" ] || fail "exit code $code, not $wanted: $*"
    grep -qF -- "$text" "$folder/errors" || fail "'$text' is not in: $(cat "$folder/errors")"
}

goldens() { # TENSOR CPU NAME...
    tensor=$1 cpu=$2
    shift 2
    for name; do
        "$cnnc" emit "$goldens/$name.cnn" -w "$goldens/$name.safetensors" --as=obj --prefix=net -mcpu="$cpu" \
            -o "$folder/net.o"
        "$cnnc" emit "$goldens/$name.cnn" --as=header --prefix=net -mcpu="$cpu" -o "$folder/net.h"
        for key in x predict slack/predict; do
            "$tensor" "$goldens/$name.safetensors" $key "$folder/$(echo $key | tr / .)"
        done
        $cc -std=c11 -O1 -Wall -Wextra -Werror -I"$folder" "$here/object/golden.c" "$folder/net.o" \
            -o "$folder/golden" -lm
        "$folder/golden" "$folder/x" "$folder/predict" "$folder/slack.predict" ||
            fail "$name: not Keras's predictions"
    done
}

case $what in
use)
    [ "$5" = native ] || [ "$(uname -m)" = x86_64 ] || skip "-mcpu=$5 is for x86-64"
    [ "$5" != x86-64-v3 ] || grep -qw avx2 /proc/cpuinfo || skip "this CPU has no AVX2"
    for name in mnist_convnet mlp; do
        emit $name -mcpu="$5"
        alone "$name" nm readelf
        header_is_clean "$name"
    done
    tensors "$4"
    use "$cc" -- env
    ;;
goldens)
    tensor=$4 cpu=$5
    shift 5
    [ $# -gt 0 ] || fail "which models?"
    goldens "$tensor" "$cpu" "$@"
    ;;
cross)
    machine=${5%%-*}
    for tool in "$5-gcc" "$5-nm" "$5-readelf" "qemu-$machine"; do
        command -v "$tool" >/dev/null || skip "no $tool"
    done
    for name in mnist_convnet mlp; do
        emit $name --target="$5"
        alone "$name" "$5-nm" "$5-readelf"
    done
    tensors "$4"
    use "$5-gcc" -static -- "qemu-$machine"
    ;;
dispatch)
    [ "$(uname -m)" = x86_64 ] || skip "--cpu-dispatch is for x86-64"
    for name in mnist_convnet mlp; do
        emit $name --cpu-dispatch
        alone "$name" nm readelf 8
        header_is_clean "$name"
    done
    "$cnnc" emit "$goldens/mlp.cnn" --as=header -o "$folder/mlp.h"
    mismatch mlp
    all=$(constants mlp) # every level reads its weights as they are
    emit mlp
    [ $((all)) -eq $(($(constants mlp))) ] || fail "the levels of mlp share no constants"
    emit mlp --cpu-dispatch
    tensors "$4"
    for flags in -pie -no-pie -static; do use "$cc" -fPIE $flags -- env; done
    use "$cc" -fno-pie -no-pie -- env
    $cc -shared -Wl,-z,defs,-z,text "$folder/mnist_convnet.o" -o "$folder/libmnist_convnet.so"
    $cc -shared -Wl,-z,defs,-z,text "$folder/mlp.o" -o "$folder/libmlp.so"
    cp "$folder/libmnist_convnet.so" "$folder/mnist_convnet.o" # in the objects' places
    cp "$folder/libmlp.so" "$folder/mlp.o"
    use "$cc" -- env
    ;;
level)
    [ "$(uname -m)" = x86_64 ] || skip "--cpu-dispatch is for x86-64"
    wanted=$5
    if [ "$wanted" = native ]; then
        wanted=x86-64
        ! has avx2 fma bmi1 bmi2 f16c abm movbe || wanted=x86-64-v3
        ! has avx512f avx512bw avx512cd avx512dq avx512vl || wanted=x86-64-v4
        set -- "$@" native
    fi
    "$4" "$goldens/mnist_convnet.safetensors" x "$folder/x"
    level "$folder/one" -mcpu="$wanted"
    level "$folder/all" --cpu-dispatch
    shift 5
    for cpu; do
        run="qemu-x86_64 -cpu $cpu"
        [ "$cpu" != native ] || run=env
        command -v "${run%% *}" >/dev/null || skip "no ${run%% *}"
        for way in one all; do # the same bits, as it is the same code
            [ $way = all ] || [ ! -e "$folder/one.y" ] || continue
            # shellcheck disable=SC2086 # a list of words
            $run "$folder/$way" "$folder/x" "$folder/$way.y" >"$folder/info" 2>"$folder/errors" ||
                fail "$cpu: $(cat "$folder/errors")"
            grep -qF "\"cpu\":\"$wanted\"" "$folder/info" || fail "$cpu: $(cat "$folder/info")"
        done
        cmp "$folder/one.y" "$folder/all.y" || fail "$cpu: not the answers of $wanted"
    done
    grep -qF '"levels":["x86-64","x86-64-v3","x86-64-v4"]' "$folder/info" || fail "no levels"
    ;;
forms)
    tensors "$4"
    for name in mnist_convnet mlp a_name_beyond_fifteen; do
        case=$name
        [ -e "$goldens/$name.cnn" ] || case=mlp
        for form in obj lib asm; do
            "$cnnc" emit "$goldens/$case.cnn" -w "$goldens/$case.safetensors" --prefix=$name \
                --as=$form -o "$folder/$name.$form"
        done
        cp "$folder/$name.obj" "$folder/$name.o"
        (cd "$folder" && ar rcsD $name.ar $name.o && cmp $name.ar $name.lib) ||
            fail "$name: not the library that ar makes"
        cp "$folder/$name.asm" "$folder/$name.s"
    done
    for name in mnist_convnet mlp; do
        "$cnnc" emit "$goldens/$name.cnn" --as=header -o "$folder/$name.h"
        mv "$folder/$name.lib" "$folder/$name.o" # in the object's place
    done
    use "$cc" -- env
    for name in mnist_convnet mlp; do $cc -c "$folder/$name.s" -o "$folder/$name.o"; done
    use "$cc" -- env
    ;;
refused)
    model=$goldens/mnist_convnet.cnn out=$folder/out.o
    refuses 2 "-w" "$cnnc" emit "$model" --as=obj -o "$out"
    refuses 1 "none.safetensors" "$cnnc" emit "$model" -w "$folder/none.safetensors" --as=obj -o "$out"
    refuses 1 "conv2d/kernel" "$cnnc" emit "$model" -w "$goldens/mlp.safetensors" --as=obj -o "$out"
    refuses 1 "conv2d/kernel" "$cnnc" emit "$goldens/sgd_momentum.cnn" -w "$goldens/mlp.safetensors" --as=obj -o "$out"
    head -c 1000 "$goldens/mnist_convnet.safetensors" >"$folder/cut.safetensors"
    refuses 1 "cut.safetensors" "$cnnc" emit "$model" -w "$folder/cut.safetensors" --as=obj -o "$out"
    refuses 2 "prefix" "$cnnc" emit "$model" -w "$goldens/mnist_convnet.safetensors" --as=obj --prefix=a-b -o "$out"
    refuses 2 "no-such-cpu" "$cnnc" emit "$model" -w "$goldens/mnist_convnet.safetensors" --as=obj -mcpu=no-such-cpu -o "$out"
    [ ! -e "$out" ] || fail "an error left an output"

    # A header of another model, under the same name.
    emit mnist_convnet
    "$cnnc" emit "$goldens/lenet5.cnn" --as=header --prefix=mnist_convnet -o "$folder/mnist_convnet.h"
    mismatch mnist_convnet
    ;;
*) fail "unknown command '$what'" ;;
esac
