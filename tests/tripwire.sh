#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests that vanish make no noise, so this does: there must be at least as many as tests/counts
# says. Who adds tests raises the number; who removes some lowers it, and says why.
#     tripwire.sh CTEST BUILD LIT-COMMAND...
set -eu
here=$(dirname "$0") ctest=$1 build=$2 bad=0
shift 2
listed=$("$ctest" --test-dir "$build" -N)

at_least() { # KIND SEEN: a number
    least=$(sed -n "s/^$1 //p" "$here/counts")
    echo "$1: $2, at least $least"
    [ "$2" -ge "$least" ] || bad=1
}

at_least lit "$("$@" --show-tests | grep -c '\.cnn')"
at_least unit "$(cat "$here"/*/test_*.c | grep -Ec '^ *(cmocka_unit_test|CASE)\(')"
at_least goldens "$(echo "$listed" | grep -c ': golden\.')"
at_least gradients "$(echo "$listed" | grep -c ': gradient\.')"
at_least tests "$(echo "$listed" | grep -c '^ *Test *#')"
[ $bad -eq 0 ] || echo "tripwire.sh: tests have vanished" >&2
exit $bad
