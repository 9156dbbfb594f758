"""Running the program: a scenario in, a result out, mistakes as exceptions."""

from __future__ import annotations

import datetime
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from lagsim import errors, results
from lagsim.version import VERSION

Scenario = str | os.PathLike[str] | Mapping[str, Any]

#: done; done, but an assertion was breached; done, but not to the asked precision
FINISHED = (0, 4, 5)


def find_binary() -> str:
    """The program: $LAGSIM_BINARY, else `lagsim` on the PATH."""
    named = os.environ.get("LAGSIM_BINARY")
    binary = shutil.which(named or "lagsim")
    if binary is None:
        where = f"LAGSIM_BINARY={named} is no program" if named else "no lagsim on the PATH"
        raise errors.BinaryNotFound(f"{where}; set LAGSIM_BINARY to the path of the program")
    # It is started in other directories, where a relative path would be another file.
    return str(Path(binary).absolute())


def binary_version(binary: str) -> str:
    """The program's version; VersionMismatch unless it is of this package's major.minor."""
    state = Path(binary).stat()
    version = _version(binary, state.st_mtime_ns, state.st_size)
    if version.split(".")[:2] != VERSION.split(".")[:2]:
        raise errors.VersionMismatch(
            f"{binary} is lagsim {version}, the Python package is {VERSION}: install the same"
        )
    return version


@functools.cache
def _version(binary: str, mtime_ns: int, size: int) -> str:
    """The file's time and size are there for the cache: a rebuilt program is asked again."""
    done = subprocess.run(
        [binary, "version", "--json"], capture_output=True, encoding="utf-8", check=False
    )
    try:
        return str(json.loads(done.stdout)["version"])
    except (ValueError, KeyError, TypeError):
        raise errors.VersionMismatch(
            f"{binary} does not say its version, so it is no lagsim"
        ) from None


def run(
    scenario: Scenario,
    /,
    *,
    set: Mapping[str, Any] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 0,
    engine: str | None = None,
    resolution: str | None = None,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    directory: str | os.PathLike[str] | None = None,
    **overrides: Any,
) -> xr.DataTree:
    """Simulates a scenario: the path of its file, or the scenario itself as a mapping.

    Overrides are `--set` paths, in `set` as they are, else with `__` for dots and numbers for
    indices; keys under `spec` need no `spec`. Values are numbers, texts, timedeltas, lists or
    mappings::

        run("my.yaml", duration="2h", consumers__0__serviceTime="8ms",
            ScaledObject__spec__maxReplicaCount=24,
            set={'spec.topics["a.b"].partitions': 12})

    Without `out` the result is in memory only; with it the file is written (an existing one needs
    `force`) and opened, see `lagsim.open`. `jobs` is a number of threads, 0 for all cores.
    `directory` is where relative paths start, also those of manifests in a mapping.

    Raises ScenarioError with all mistakes, AssertionsFailed or PrecisionNotReached with the
    result, UsageError, BinaryNotFound, VersionMismatch; LagsimError for the rest.
    """
    where = Path(directory or ".").absolute()
    paths = override_paths(set, overrides)
    options = [f"--jobs={jobs}"] + ["--force"] * force
    options += [
        f"--{name}={value}"
        for name, value in (("engine", engine), ("resolution", resolution))
        if value is not None
    ]
    options += run_options(paths, seed=seed, replications=replications)
    with tempfile.TemporaryDirectory(prefix="lagsim-") as temporary:
        file = where / out if out is not None else Path(temporary, "result.h5")
        report = simulate(scenario, [*options, f"--output={file}"], where)
        result = results.open(file)
        if out is None:
            with result:
                result = result.load()
    raise_unless_held(report, result)
    return result


def raise_unless_held(report: dict[str, Any], result: xr.DataTree) -> None:
    """AssertionsFailed or PrecisionNotReached, if the report of a finished run says so."""
    if report["exit_code"] == 4:
        rows = map(errors.assertion, report["assertions"])
        raise errors.AssertionsFailed([row for row in rows if not row.held], result)
    if report["exit_code"] == 5:
        raise errors.PrecisionNotReached(5, report["stderr"], result)


def simulate(scenario: Scenario, options: list[str], where: Path) -> dict[str, Any]:
    """Runs `lagsim run --json`: its report, with `exit_code` (one of FINISHED) and `stderr`."""
    done = start(scenario, ["--json", *options], where)
    printed = json.loads(done.stdout) if done.stdout.strip() else None
    if done.returncode in FINISHED and isinstance(printed, dict):
        return {**printed, "exit_code": done.returncode, "stderr": done.stderr.strip()}
    raise failure(done, printed)


def resolve(scenario: Scenario, options: list[str], where: Path) -> str:
    """The scenario with everything inside (defaults, overrides, manifests, traces), as text.

    Running this text gives the same fingerprints, on a machine that has none of the files.
    """
    done = start(scenario, ["--json", "--dry-run", *options], where)
    if done.returncode == 0:
        return done.stdout
    raise failure(done, json.loads(done.stdout) if done.stdout.strip() else None)


def start(scenario: Scenario, options: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """`lagsim run OPTIONS SCENARIO`, whatever comes of it."""
    binary = find_binary()
    binary_version(binary)
    command = [binary, "run", "--progress=never", "--color=never", *options]
    if isinstance(scenario, Mapping):
        command, text = [*command, "-"], json.dumps(scenario, default=_encoded)
    else:
        file = os.fspath(scenario)
        # A lone "-" would be stdin, which is not theirs to give here.
        command, text = [*command, "--", "./-" if file == "-" else file], ""
    return run_program(command, text, where)


def run_program(command: list[str], text: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command with `text` as its stdin and keeps what it prints."""
    return subprocess.run(
        command, input=text, capture_output=True, encoding="utf-8", cwd=where, check=False
    )


def failure(done: subprocess.CompletedProcess[str], printed: Any) -> errors.LagsimError:
    """The exception for a run that did not finish."""
    if isinstance(printed, list):
        return errors.ScenarioError(done.returncode, [errors.diagnostic(row) for row in printed])
    kind = errors.UsageError if done.returncode == 2 else errors.LagsimError
    signal = f" (signal {-done.returncode})" if done.returncode < 0 else ""
    ended = f"lagsim ended with {done.returncode}{signal}"
    return kind(done.returncode, done.stderr.strip() or ended)


def run_options(
    paths: Mapping[str, Any], *, seed: int | None, replications: int | None
) -> list[str]:
    """Options of the command line; the two integers are checked by the program."""
    options = [f"--set={path}={value_text(value)}" for path, value in paths.items()]
    if seed is not None:
        options.append(f"--seed={seed}")
    if replications is not None:
        options.append(f"--replications={replications}")
    return options


def override_paths(
    literal: Mapping[str, Any] | None, identifiers: Mapping[str, Any]
) -> dict[str, Any]:
    """Paths as `--set` takes them; ValueError if one is given twice."""
    given = [(path_of(name), value) for name, value in (literal or {}).items()]
    given += [(path_of(_dotted(name)), value) for name, value in identifiers.items()]
    paths = dict(given)
    if len(paths) != len(given):
        names = [path for path, _ in given]
        raise ValueError(f"given twice: {next(n for n in names if names.count(n) > 1)}")
    return paths


def _dotted(identifier: str) -> str:
    """`consumers__0__serviceTime` is `consumers[0].serviceTime`."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", identifier.replace("__", "."))


def path_of(name: str) -> str:
    """`seed` is `spec.seed`; whole paths start with `spec`, `metadata` or a manifest's kind."""
    return name if re.match(r"(spec|metadata|[A-Z]\w*)([./\[]|$)", name) else f"spec.{name}"


def value_text(value: Any) -> str:
    """As YAML, of which JSON is a part; texts as they are, timedeltas as durations."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.timedelta | np.timedelta64):
        return str(_encoded(value))
    return json.dumps(value, default=_encoded)


def _encoded(value: Any) -> Any:
    """What json does not know: numpy's scalars and arrays, paths, and timedeltas as durations."""
    if isinstance(value, datetime.timedelta):
        return f"{value // datetime.timedelta(microseconds=1)}us"
    if isinstance(value, np.timedelta64):
        return f"{value.astype('m8[ns]').astype(int)}ns"
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is nothing that a scenario holds: {value!r}")
