#!/bin/sh
# SPDX-License-Identifier: MIT
# The form of our own C files, with version 19 of the tools, as each version formats a little
# differently. Exit code 77 means skipped: the tool is not installed.
#     style.sh format          as .clang-format says
#     style.sh arguments CNNC  docs/arguments.md is what the compiler prints
#     style.sh tidy BUILD      what .clang-tidy looks for in the text
#     style.sh analyze BUILD   what its analyzer finds as well, in minutes: a reason to look, and often none to worry
#     style.sh words           kernels are written in the words of codegen/builder.h: no call of LLVM's own;
#                              sizes of caches stand in the descriptions of targets; the plan names no
#                              family of kernels, and a row is named by its symbol; a type stands in the line
#                              of its name, which a long comment behind it may break
set -eu
cd "$(dirname "$0")/.."
if [ "$1" = words ]; then
    ! grep -rnE 'LLVM[A-Z]|ir->(b|context|module)\b' compiler/kernels || exit 1
    ! grep -rnE '<< [12]0\b' compiler/kernels compiler/plan || exit 1
    ! grep -rniE 'winograd|sparse|openblas|include "kernels/' compiler/plan || exit 1
    ! grep -rnE '^ +(int|bool|int64_t|double|const char)$' compiler runtime --include='*.[ch]' || exit 1
    ! grep -rnE 'variant_find\("' compiler || exit 1
    exit 0
fi
if [ "$1" = arguments ]; then # to write it anew: cnnc --print-language > docs/arguments.md
    "$2" --print-language | diff docs/arguments.md - || exit 1
    exit 0
fi
sources() { find compiler runtime -name '*.c' -print0; }
tool=clang-$1-19
[ "$1" != analyze ] || tool=clang-tidy-19
command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
case $1 in
format) find compiler runtime tests examples -name '*.[ch]' -exec "$tool" --dry-run -Werror {} + ;;
tidy) sources | xargs -0 -P2 -n8 "$tool" -p "$2" --quiet --checks='-clang-analyzer-*' ;;
analyze) sources | xargs -0 -P2 -n8 "$tool" -p "$2" --quiet ;;
*) exit 2 ;;
esac
