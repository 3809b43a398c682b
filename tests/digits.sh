# SPDX-License-Identifier: MIT
# Sourced by tests of whole programs, X.sh CNNC MAKE_DIGITS: a folder of their own, with so many synthetic digits.
fail() { echo "${0##*/}: $*" >&2; exit 1; }
tests=$(realpath "$(dirname "$0")") cnnc=$(realpath "$1") digits=$(realpath "$2") folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
mkdir data
"$digits" data "$samples" 60 1
export CNNC_DATA="$folder/data"
