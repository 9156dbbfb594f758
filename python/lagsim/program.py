"""Running the program: a scenario in, a result out, mistakes as exceptions."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

from lagsim.results import Result

#: done; done, but an assertion was breached; done, but not to the asked precision
FINISHED = (0, 4, 5)


@dataclasses.dataclass(frozen=True)
class Problem:
    """One mistake in an input file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    path: str
    severity: str
    code: str
    message: str
    suggestion: str | None

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.severity}[{self.code}]: {self.message}{hint}"


class LagsimError(RuntimeError):
    """The program ended without a result; `code` is its exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class UsageError(LagsimError):
    """The command line is wrong (exit 2)."""


class InvalidInput(LagsimError):
    """The scenario is wrong (exit 3), or cannot be read (exit 1); `problems` has all mistakes."""

    def __init__(self, code: int, problems: list[Problem]) -> None:
        super().__init__(code, "\n".join(map(str, problems)))
        self.problems = problems


def find_binary() -> str:
    """The program: $LAGSIM_BINARY, else `lagsim` on the PATH."""
    binary = os.environ.get("LAGSIM_BINARY") or shutil.which("lagsim")
    if not binary:
        raise FileNotFoundError("no lagsim on the PATH; set LAGSIM_BINARY to the program's path")
    return binary


def run(
    scenario: str | os.PathLike[str] | Mapping[str, Any],
    *,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    jobs: int = 0,
    directory: str | os.PathLike[str] | None = None,
    **overrides: Any,
) -> Result:
    """Simulates a scenario: the path of its file, or the scenario itself as a mapping.

    Overrides are keys under `spec`, or whole paths; values are numbers, texts, lists or mappings::

        run("my.yaml", seed=7, duration="2h")
        run("my.yaml", **{"spec.consumers[0].serviceTime": "8ms",
                          "ScaledObject.spec.maxReplicaCount": 24})

    Without `output` the result lives in memory only. `directory` is where relative paths start,
    also those of manifests in a mapping. A breached assertion is no exception: see
    `result.report["assertions"]`.
    """
    where = pathlib.Path(directory or ".").resolve()
    with tempfile.TemporaryDirectory(prefix="lagsim-") as temporary:
        file = where / output if output else pathlib.Path(temporary, "result.h5")
        command = [_absolute(find_binary()), "run", "--json", "--progress", "never"]
        command += [f"--output={file}", f"--jobs={jobs}"] + ["--force"] * force
        command += [f"--set={_path(name)}={_value(value)}" for name, value in overrides.items()]
        if isinstance(scenario, Mapping):
            command, text = [*command, "-"], json.dumps(scenario)
        else:
            command, text = [*command, "--", os.fspath(scenario)], None
        report = _report(command, text, where)
        result = Result(file, report=report)
        return result if output else result.load()


def _report(command: list[str], text: str | None, where: pathlib.Path) -> dict[str, Any]:
    done = subprocess.run(
        command,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=where,
    )
    printed = json.loads(done.stdout) if done.stdout.strip() else None
    if done.returncode in FINISHED and isinstance(printed, dict):
        return printed
    if isinstance(printed, list):
        raise InvalidInput(done.returncode, [Problem(**problem) for problem in printed])
    kind = UsageError if done.returncode == 2 else LagsimError
    raise kind(done.returncode, done.stderr.strip() or f"lagsim ended with {done.returncode}")


def _absolute(binary: str) -> str:
    """The program runs elsewhere, so a relative path of it would be another one."""
    return os.path.abspath(binary) if os.sep in binary else binary


def _path(name: str) -> str:
    """`seed` is `spec.seed`; whole paths start with `spec` or a manifest's kind."""
    return name if re.match(r"(spec|metadata|[A-Z]\w*)([./\[]|$)", name) else f"spec.{name}"


def _value(value: Any) -> str:
    """As YAML, of which JSON is a part; texts as they are."""
    return value if isinstance(value, str) else json.dumps(value)
