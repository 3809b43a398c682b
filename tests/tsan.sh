#!/bin/sh
# SPDX-License-Identifier: MIT
# A test built with ThreadSanitizer. It needs memory where not all kernels' random addresses leave it
# free: so there are none, where that can be had. Exit code 77 means skipped.
#     tsan.sh PROGRAM
set -eu
plain="setarch $(uname -m) -R" code=0
$plain true 2>/dev/null || plain=env
# shellcheck disable=SC2086 # a list of words
out=$(TSAN_OPTIONS="halt_on_error=1 exitcode=66" $plain "$1" 2>&1) || code=$?
echo "$out"
case $out in *"unexpected memory mapping"*) exit 77 ;; esac
exit $code
