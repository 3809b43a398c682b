#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Downloads MNIST into FOLDER, unpacked, from the first mirror that has it. Mirrors pack it
# differently, so what is checked is the SHA-256 of what comes out.
#     fetch.sh FOLDER            $MIRRORS: other places, separated by blanks
# Exit code 1: no mirror had it.
set -eu
folder=$1
mirrors=${MIRRORS:-https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist}
mkdir -p "$folder"
trap 'rm -f "$folder"/*.part' EXIT

has() { # FILE SHA256
    [ -e "$1" ] && echo "$2  $1" | sha256sum --check --status
}

download() { # URL: to stdout
    if command -v curl >/dev/null; then
        curl --fail --silent --show-error --location --connect-timeout 10 --max-time 600 "$1"
    else
        wget -q --timeout=30 --tries=1 -O - "$1"
    fi
}

fetch() { # NAME BYTES SHA256
    if has "$folder/$1" "$3"; then return 0; fi
    command -v curl >/dev/null || command -v wget >/dev/null ||
        { echo "fetch.sh: needs curl or wget to download $1: install one of them" >&2; exit 1; }
    for mirror in $mirrors; do
        echo "$1 from $mirror"
        # No more is unpacked than belongs there, whatever the mirror sends.
        download "$mirror/$1.gz" | gzip -dc 2>/dev/null | head -c "$2" >"$folder/$1.part" || true
        if has "$folder/$1.part" "$3"; then
            mv "$folder/$1.part" "$folder/$1"
            return 0
        fi
        echo "fetch.sh: $mirror has no $1, or not the right one" >&2
    done
    return 1
}

fetch train-images-idx3-ubyte 47040016 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
fetch train-labels-idx1-ubyte 60008 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
fetch t10k-images-idx3-ubyte 7840016 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
fetch t10k-labels-idx1-ubyte 10008 ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
