# Sourced by the scripts beside it: where we are, how to say things, how many cores there are.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${LAGSIM_JOBS:-$(nproc)}

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
complain() { printf 'error: %s\n' "$*" >&2; }
[ -t 2 ] || say() { printf '==> %s\n' "$*" >&2; }

# configure_and_build PRESET [CMAKE OPTION …] -- TARGET …
configure_and_build() {
    local preset=$1
    shift
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    cmake --preset "$preset" "${options[@]}" >"$root/build/$preset.configure.log" 2>&1 || {
        cat "$root/build/$preset.configure.log" >&2
        return 1
    }
    cmake --build --preset "$preset" --parallel "$jobs" --target "$@"
}

# Clang with Debian 12's libraries: GCC 12's std::stable_sort uses what its own headers mark as
# deprecated, and the packaged libfmt 9 spells vformat_to's name as GCC does.
# shellcheck disable=SC2034  # used by the scripts that source this
clang_flags='-Wno-deprecated-declarations -DFMT_HEADER_ONLY'
