#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs those of the distribution's packages that are missing, and says which (Debian, Ubuntu).
# Where that cannot be done it says so and goes on: the tools may be there from elsewhere, and
# CMake names what is not.
#     packages.sh PACKAGE...
set -eu
missing=
for package; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
if ! command -v apt-get >/dev/null || ! { [ -z "$sudo" ] || command -v sudo >/dev/null; }; then
    echo "packages.sh: please install what these packages hold:$missing" >&2
    exit 0
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
get() { $sudo apt-get install -y -qq --no-install-recommends $* >/dev/null; }
$sudo apt-get update -qq >/dev/null || true
# shellcheck disable=SC2086
get $missing || for package in $missing; do # one that is not to be had keeps none of the others away
    get "$package" || echo "packages.sh: could not install: $package" >&2
done
