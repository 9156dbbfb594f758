#!/usr/bin/env bash
# Both engines write the same result file, byte for byte.
#
# usage: agree.sh LAGSIM SCENARIO
set -euo pipefail
lagsim=$1 scenario=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for engine in lanes reference; do
    # A broken assertion of the scenario (exit 4) is somebody else's test.
    "$lagsim" run "$scenario" --engine "$engine" --replications 1 --progress never --quiet \
        -o "$folder/$engine.h5" >/dev/null || [ $? -eq 4 ]
done
cmp "$folder/lanes.h5" "$folder/reference.h5"
