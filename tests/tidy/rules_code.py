"""Rules about C++ files: which layer may know what, headers, format, length of functions."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from house import LAYERS, Finding

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"(?P<ours>[^"]+)"|<(?P<theirs>[^>]+)>)')

# Layer -> the layers it may include. sim/cli is a layer of its own on top of sim.
MAY_INCLUDE = {
    "core": {"core"},
    "models": {"core", "models"},
    "sim": {"core", "models", "sim"},
    "sim/cli": {"core", "models", "sim", "sim/cli"},
    "production": {"core", "production"},
}

# Library -> (what its headers look like, the only folders that may know it). production/ has
# programs of its own, so it has command lines and threads too.
CONFINED = {
    "yaml-cpp": (re.compile(r"^yaml-cpp/"), ("sim/scenario",)),
    "HDF5": (re.compile(r"^(H5|hdf5)"), ("sim/results",)),
    "Boost.Program_options": (re.compile(r"^boost/"), ("sim/cli", "production")),
    "threads": (
        re.compile(r"^(thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore"
                   r"|latch|barrier|pthread\.h)$"),
        ("sim", "production"),
    ),
    "librdkafka": (re.compile(r"^librdkafka/"), ("production",)),
}

# In core and models: word -> what to do instead.
BANNED = {
    "core": [
        (r"\bthrow\b", "core does not throw; return std::expected or use LAGSIM_CHECK"),
        (r"\b(?:steady|system|high_resolution)_clock\b", "core is told the time; take an Instant"),
        (r"\b(?:rand|srand|getenv|time)\s*\(", "core has no outside world; take the value as a parameter"),
        (r"^\s*#\s*include\s+<(?:random|iostream|fstream|filesystem|thread|mutex|atomic)>",
         "core has no input, output, randomness or threads; take values, return values"),
    ],
    "models": [
        (r"\bthrow\b", "models do not throw; validate before, and use LAGSIM_CHECK for our own bugs"),
        (r"\b(?:steady|system|high_resolution)_clock\b", "models are told the time; take an Instant"),
        (r"^\s*#\s*include\s+<(?:random)>",
         "<random> differs between libraries; use models/random/philox.h and distribution.h"),
        (r"^\s*#\s*include\s+<(?:iostream|fstream|filesystem|atomic)>",
         "models do no input or output and know no threads; return values"),
        (r"\bstd::(?:log|log1p|exp|expm1|pow|tgamma|lgamma|sin|cos)\s*\(",
         "libm's last bits depend on the CPU; use models/random/pinned_math.h"),
    ],
}


def layer_of(path):
    """The layer of a file or an include path; None outside the layers."""
    if path.startswith("sim/cli/"):
        return "sim/cli"
    first = path.split("/", 1)[0]
    return first if first in LAYERS else None


def includes(tree, file):
    for number, line in tree.code_lines(file):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group("ours"), match.group("theirs")


def layers(tree):
    """core <- models <- sim <- sim/cli, and core <- production: includes point one way."""
    for file in tree.code(LAYERS):
        layer = layer_of(file)
        for number, ours, _ in includes(tree, file):
            other = layer_of(ours or "")
            if other is not None and other not in MAY_INCLUDE[layer]:
                yield Finding(file, number, f"{layer} must not include {ours}: move what both need "
                              f"down to {layer}, or this code up to {other}")


def libraries(tree):
    """Each outside library is known to one folder; core knows the standard library only."""
    for file in tree.code(LAYERS):
        for number, _, theirs in includes(tree, file):
            if theirs is None:
                continue
            if file.startswith("core/") and not re.fullmatch(r"[a-z0-9_]+", theirs):
                yield Finding(file, number, f"core uses the C++ standard library only, not <{theirs}>")
            for library, (pattern, folders) in CONFINED.items():
                if pattern.match(theirs) and not file.startswith(tuple(f + "/" for f in folders)):
                    yield Finding(file, number, f"only {folders[0]}/ knows {library}; "
                                  "call a function of that folder instead")


def purity(tree):
    """Core and models cannot ask for the time, draw, throw or print."""
    for layer, words in BANNED.items():
        for file in tree.code([layer]):
            for number, line in tree.code_lines(file):
                for pattern, advice in words:
                    if re.search(pattern, line):
                        yield Finding(file, number, advice)


def headers(tree):
    """Headers say what they are for, guard themselves, and come first in their own source."""
    for file in tree.code(LAYERS):
        path = pathlib.PurePosixPath(file)
        if path.suffix == ".h":
            lines = [line for _, line in tree.lines(file)]
            if not lines or not lines[0].startswith("///"):
                yield Finding(file, 1, "open a header with /// and a sentence on what it is for")
            if file.endswith("-inl.h"):
                if not any("HWY_TARGET_TOGGLE" in line for line in lines):
                    yield Finding(file, 1, "guard it by HWY_TARGET_TOGGLE: it is included once for "
                                  "each instruction set")
            elif "#pragma once" not in lines:
                yield Finding(file, 1, "add #pragma once")
        elif (tree.root / path.with_suffix(".h")).exists():
            first = next(((n, ours) for n, ours, _ in includes(tree, file)), (1, None))
            if first[1] != str(path.with_suffix(".h")):
                yield Finding(file, first[0], f'include "{path.with_suffix(".h")}" first: it shows '
                              "that the header needs nothing before it")


def lonely_headers(tree, compiler="c++", flags=()):
    """Headers without a source of the same name compile alone (the others: see `headers`)."""
    lonely = [f for f in tree.code(LAYERS) if f.endswith(".h") and not f.startswith("production/")
              and not (tree.root / f).with_suffix(".cc").exists()]
    with tempfile.TemporaryDirectory() as folder:
        for file in lonely:
            source = pathlib.Path(folder) / "alone.cc"
            source.write_text(f'#include "{file}"\n')
            result = subprocess.run(
                [compiler, "-std=c++23", "-fsyntax-only", "-I", str(tree.root), *flags, str(source)],
                capture_output=True, text=True, check=False)
            if result.returncode != 0:
                error = next((l for l in result.stderr.splitlines() if "error" in l), result.stderr)
                yield Finding(file, 1, f"does not compile alone; include what it uses ({error.strip()})")


def core_alone(tree):
    """core/ is a CMake project of its own: copied out of the tree, it builds."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "elsewhere" / "core"
        shutil.copytree(tree.root / "core", copy)
        build = pathlib.Path(folder) / "build"
        for command in (["cmake", "-S", str(copy), "-B", str(build), "-G", "Ninja",
                         "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0"],
                        ["cmake", "--build", str(build)]):
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode != 0:
                lines = (result.stdout + result.stderr).splitlines()
                error = next((l for l in lines if "rror" in l), lines[-1] if lines else "")
                yield Finding("core/CMakeLists.txt", 1, "core/ copied to another folder does not "
                              f"build; remove what it needs from outside ({error.strip()})")
                return


def format(tree):  # noqa: A001  (named as the rule is)
    """Formatted by clang-format 19."""
    files = tree.code()
    for begin in range(0, len(files), 40):
        result = subprocess.run(["clang-format-19", "--dry-run", *files[begin : begin + 40]],
                                cwd=tree.root, capture_output=True, text=True, check=False)
        seen = set()
        for match in re.finditer(r"^(\S+?):(\d+):\d+: (?:warning|error)", result.stderr, re.MULTILINE):
            if match.group(1) not in seen:
                seen.add(match.group(1))
                yield Finding(match.group(1), int(match.group(2)), "run script/format")


LONGEST = 70
LONG_LIST = "tests/tidy/long_functions.txt"


def function_lengths(tree):
    """(file, line, name, length) of every function, by universal-ctags."""
    files = tree.code(LAYERS)
    result = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+ne", "--kinds-C++=f", "--language-force=C++",
         "-f", "-", *files], cwd=tree.root, capture_output=True, text=True, check=True)
    for line in result.stdout.splitlines():
        tag = json.loads(line)
        if "end" in tag:
            yield tag["path"], tag["line"], tag["name"], tag["end"] - tag["line"] + 1


def functions(tree):
    """No function is longer than 70 lines, but for those in a list that may only shrink."""
    allowed = {}
    if (tree.root / LONG_LIST).exists():
        for number, line in tree.lines(LONG_LIST):
            if line.strip() and not line.startswith("#"):
                file, name, length = line.split()
                allowed[(file, name)] = (number, int(length))
    found = {}
    for file, line, name, length in function_lengths(tree):
        if length > LONGEST:
            found[(file, name)] = max(length, found.get((file, name), 0))
            limit = allowed.get((file, name), (0, LONGEST))[1]
            if length > limit:
                yield Finding(file, line, f"{name} has {length} lines, more than {limit}: give its "
                              "parts names, or turn its cases into a table")
    for key, (number, length) in allowed.items():
        if found.get(key, 0) < length:
            yield Finding(LONG_LIST, number, f"{key[1]} has become shorter "
                          f"({found.get(key, 'below 71')}): lower its number, or take it off the list")
