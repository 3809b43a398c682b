#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian package in a bare system, uses it there, and follows the pages of the docs. By hand, as root, with
# debootstrap and the network; some minutes.
#     tests/chroot.sh BUILD [SUITE [MIRROR]]
set -eu
fail() { echo "chroot.sh: $*" >&2; exit 1; }
build=$(realpath "$1")
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root" "$root.log"' EXIT
debootstrap --variant=minbase "${2:-bookworm}" "$root" ${3:+"$3"} > "$root.log" || fail "debootstrap: $(tail -1 "$root.log")"
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$root/tmp" > "$root.log" || fail "cpack: $(tail -1 "$root.log")"
for file in /etc/apt/sources.list.d/*.sources; do # where LLVM 19 may come from
    [ ! -e "$file" ] || cp "$file" "$root/etc/apt/sources.list.d/"
done
cp /etc/resolv.conf "$root/etc/"
mkdir "$root/tmp/tests"
(cd "$(dirname "$0")" && cp -r pages.py page_checks.py interpreter.py images "$root/tmp/tests")
cat > "$root/tmp/use" <<'END'
set -eu
cd /tmp
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends ./cnnc_*.deb > install.log
cnnc --version
cp /usr/share/doc/cnnc/models/mlp.cnn .
cnnc summary mlp.cnn | tail -4
cnnc build mlp.cnn -o mlp
./mlp bench --threads 1 --batch-size 8 > bench.log
cnnc verify-passes mlp.cnn --write-batch mlp.safetensors > verify.log
cnnc emit mlp.cnn -w mlp.safetensors --as=shared -o mlp.so
cnnc inspect mlp.so | grep -x 'name: mlp'
cnnc run mlp.cnn summary > run.log
cnnc explain E0301 | head -1

DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3 python3-numpy g++ less > install.log
for page in README.md $(cd /usr/share/doc/cnnc/docs && grep -l README.md#see-it-work -- *.md); do
    code=0
    python3 tests/pages.py follow "$page" /usr tests || code=$?
    [ $code -eq 0 ] || [ $code -eq 77 ] || { echo "$page cannot be followed" >&2; exit 1; }
    echo "$page: followed"
done
END
chroot "$root" sh /tmp/use || fail "what is installed does not work"
echo "installed and used in a bare ${2:-bookworm}"
