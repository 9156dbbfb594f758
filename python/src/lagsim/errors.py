"""What can go wrong, one exception for each exit code of the program.

All of them survive pickling: a Dask worker sends them to the client.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """One mistake in an input file; lines and columns count from 1, 0 where there is no place."""

    file: str
    line: int
    column: int
    path: str
    severity: str
    code: str
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.severity}[{self.code}]: {self.message}{hint}"


@dataclasses.dataclass(frozen=True)
class Assertion:
    """An assertion of the scenario; `value` is the metric's, NaN where it is undefined."""

    text: str
    held: bool
    value: float

    def __str__(self) -> str:
        return f"{self.text} (it was {self.value:g})"


class LagsimError(RuntimeError):
    """The program ended otherwise than asked; `exit_code` is its exit code."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(exit_code, message)
        self.exit_code = exit_code
        self.message = message

    def __str__(self) -> str:
        return self.message


class UsageError(LagsimError):
    """The command line is wrong (exit 2), e.g. an output that exists, or an unknown engine."""


class ScenarioError(LagsimError):
    """A scenario, a manifest or an override is wrong (exit 3), or a file cannot be read (exit 1).

    `diagnostics` holds all mistakes, not only the first.
    """

    def __init__(self, exit_code: int, diagnostics: list[Diagnostic]) -> None:
        super().__init__(exit_code, "\n".join(map(str, diagnostics)))
        self.args = (exit_code, diagnostics)
        self.diagnostics = diagnostics


class _Finished(LagsimError):
    """The run is complete, but not as asked; `result` is what `run` would have returned."""

    def __init__(self, exit_code: int, message: str, result: xr.DataTree) -> None:
        super().__init__(exit_code, message)
        self.args = (exit_code, message, result)
        self.result = result


class AssertionsFailed(_Finished):
    """An assertion of the scenario was breached (exit 4).

    `assertions` holds those that did not hold, `result` the whole run.
    """

    def __init__(self, assertions: list[Assertion], result: xr.DataTree) -> None:
        super().__init__(4, "\n".join(f"breached: {one}" for one in assertions), result)
        self.args = (assertions, result)
        self.assertions = assertions


class PrecisionNotReached(_Finished):
    """The replications that were allowed did not give the asked precision (exit 5)."""


class BinaryNotFound(FileNotFoundError):
    """There is no lagsim on the PATH, and LAGSIM_BINARY does not name one."""


class VersionMismatch(LagsimError):
    """The program found is of another version than this package, or than the client's program."""

    def __init__(self, message: str) -> None:
        super().__init__(1, message)
        self.args = (message,)


def diagnostic(row: dict[str, Any]) -> Diagnostic:
    """A row of the program's `--json`; keys that a later version adds are left out."""
    known = [field.name for field in dataclasses.fields(Diagnostic)]
    return Diagnostic(**{name: row[name] for name in known if name in row})


def assertion(row: dict[str, Any]) -> Assertion:
    """A row of `assertions` in the program's `--json`; JSON's null is an undefined number."""
    value = row["value"]
    return Assertion(row["text"], row["held"], float("nan") if value is None else float(value))
