"""Sweeps: every point of a grid simulated, here or on a Dask cluster, as one dataset.

A unit of work is one point with all its replications. It is a text (the scenario with manifests
and traces inside) and a few numbers, so workers need the program but no files, and whoever runs a
unit, and however often, the bits are the same.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import hashlib
import itertools
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import xarray as xr

from lagsim import errors, program, results

if TYPE_CHECKING:
    from distributed import Client

#: Values of a path, or named variants that set several paths at once.
Axis = Sequence[Any] | npt.NDArray[Any] | Mapping[str, Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Unit:
    """One point of a study, complete in itself."""

    label: str
    text: str
    series: tuple[str, ...]
    engine: str | None
    version: str  #: of the client's program; another one might give other bits

    @property
    def key(self) -> str:
        """Equal for equal work, so that Dask does not do it twice."""
        content = json.dumps([self.text, self.series, self.engine, self.version])
        return f"lagsim-{hashlib.sha256(content.encode()).hexdigest()[:32]}"


@dataclasses.dataclass(frozen=True)
class _Axis:
    name: str  #: of the dimension
    path: str | None  #: None for named variants
    values: npt.NDArray[Any]  #: the coordinate
    overrides: list[dict[str, Any]]  #: paths set at each value


def sweep(
    scenario: program.Scenario,
    axes: Mapping[str, Axis],
    *,
    client: Client | None = None,
    replications: int | None = None,
    seed: int | None = None,
    set: Mapping[str, Any] | None = None,
    engine: str | None = None,
    series: Iterable[str] = (),
    jobs: int = 0,
    retries: int = 3,
    directory: str | os.PathLike[str] | None = None,
) -> xr.Dataset:
    """Simulates a scenario at every point of a grid.

    Axes are paths with their values, or a name with variants, each a mapping of paths::

        sweep("my.yaml", {
            "ScaledObject.spec.triggers[0].metadata.lagThreshold": [100, 500, 1000],
            "rollout": {"eager": {}, "cooperative": {
                "consumers[0].protocol": {"client": "java", "assignor": "cooperative-sticky"}}},
        }, replications=20)

    The dimensions are called `lagThreshold` (the last key of the path; the whole path where that
    would be two of them) and `rollout`. The dataset is the files' /summary with the axes before
    its own:

    - one variable a metric (`lag.p99` ...) over (axes, replication),
    - `mean`, `half_width` (of a confidence interval) and `n` over (axes, metric),
    - `event_fingerprint` over (axes, replication): equal = the same run,
    - `assertions_held` over (axes),
    - and those of /timeseries that `series` names, e.g. ["lag_total", "replicas"].

    With the same seed at every point, differences along an axis are paired by replication.
    With `client` the units are Dask's: it schedules them, retries those that fail (`retries`
    times each) and gives those of lost workers to others. Without, `jobs` of them run at a
    time here (0 = one for each core). Points without a value (a metric or a replication that
    only others have) are NaN, -1 in series and counts, and 0 in `event_fingerprint`.

    Raises as `run` does, except that breached assertions are data; mistakes of any point are found
    before the first is simulated. Notes of the exception name the point.
    """
    where = Path(directory or ".").absolute()
    grid = _axes(axes)
    common = program.override_paths(set, {})
    points = [
        _merged(common, combination)
        for combination in itertools.product(*(axis.overrides for axis in grid))
    ]
    labels = [
        ", ".join(f"{axis.name}={value}" for axis, value in zip(grid, values, strict=True))
        for values in itertools.product(*(axis.values for axis in grid))
    ]
    version = program.binary_version(program.find_binary())
    wanted = tuple(dict.fromkeys([series] if isinstance(series, str) else series))

    def resolved(index: int) -> Unit:
        options = program.run_options(points[index], seed=seed, replications=replications)
        with _at(labels[index]):
            text = program.resolve(scenario, options, where)
        return Unit(labels[index], text, wanted, engine, version)

    units = _in_threads(resolved, range(len(points)), jobs)
    done = _on_cluster(client, units, retries) if client else _in_threads(simulate, units, jobs)
    return _assembled(grid, done)


#: netCDF's library knows no threads; Dask's workers and the pool here have several.
_READING = threading.Lock()


class _at:
    """Says in the notes of an exception at which point it was raised."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            error.add_note(f"at the point {self.label}")


def simulate(unit: Unit) -> xr.Dataset:
    """Runs one unit on this machine with one thread, and keeps what a sweep needs of its file."""
    with (
        _at(unit.label),
        tempfile.TemporaryDirectory(prefix="lagsim-", dir=_scratch()) as temporary,
    ):
        version = program.binary_version(program.find_binary())
        if version != unit.version:
            raise errors.VersionMismatch(
                f"{program.find_binary()} is lagsim {version} here, the client's is {unit.version}"
            )
        text, file = Path(temporary, "scenario.yaml"), Path(temporary, "result.h5")
        text.write_text(unit.text, encoding="utf-8")
        options = [f"--output={file}", "--jobs=1"]
        options += [f"--engine={unit.engine}"] if unit.engine else []
        report = program.simulate(text, options, Path(temporary))
        with _READING, results.open(file) as result:
            return _kept(result, report, unit.series).load()


def _scratch() -> str | None:
    """On a Dask worker its own directory, which its nanny clears when the worker was killed."""
    try:
        from distributed import get_worker

        return str(get_worker().local_directory)
    except (ImportError, ValueError):
        return None


def _kept(result: xr.DataTree, report: Mapping[str, Any], series: Iterable[str]) -> xr.Dataset:
    summary = result["summary"].to_dataset()
    kept = summary[["mean", "half_width", "n"]].drop_attrs(deep=False)
    kept = kept.assign_coords(unit=("metric", summary["unit"].values))
    kept = kept.assign(results.metric_variables(summary))
    kept["event_fingerprint"] = results.variable(result, "provenance", "event_fingerprint")
    held = all(one["held"] for one in report["assertions"])
    kept["assertions_held"] = xr.Variable((), held, {"long_name": "no assertion was breached"})
    timeseries = result["timeseries"].to_dataset()
    for name in series:
        if name not in timeseries.data_vars or "time" not in timeseries[name].dims:
            there = [n for n, v in timeseries.data_vars.items() if "time" in v.dims]
            raise KeyError(f"{name!r} is no series of /timeseries: {', '.join(map(str, there))}")
        if name in kept:
            # /summary has a metric of this name, its value at the end.
            kept[f"timeseries.{name}"] = timeseries[name]
        else:
            kept[name] = timeseries[name]
    kept.attrs = {
        "title": result.attrs["title"],
        "lagsim_version": result.attrs["lagsim_version"],
        "confidence": float(summary["confidence"].values.flat[0]),
        "seed": result.attrs["seed_text"],
        "scenario": str(results.variable(result, "provenance", "scenario_resolved_yaml").values),
    }
    return kept


def _in_threads(function: Callable[[Any], Any], work: Sequence[Any], jobs: int) -> list[Any]:
    """Results in order; the first failure stops what has not begun. Threads wait for processes."""
    if jobs < 0:
        raise ValueError(f"jobs are 0 (all cores) or more, not {jobs}")
    pool = concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count())
    try:
        return list(pool.map(function, work))
    finally:
        pool.shutdown(cancel_futures=True)


def _on_cluster(client: Client, units: Sequence[Unit], retries: int) -> list[xr.Dataset]:
    futures = [client.submit(simulate, unit, key=unit.key, retries=retries) for unit in units]
    try:
        return cast("list[xr.Dataset]", client.gather(futures))
    except BaseException:
        client.cancel(futures)
        raise


def _axes(axes: Mapping[str, Axis]) -> list[_Axis]:
    if not axes:
        raise ValueError("a sweep needs at least one axis")
    paths = {key: next(iter(program.override_paths(None, {key: None}))) for key in axes}
    short = {key: _last_key(path) for key, path in paths.items()}
    names = list(short.values())
    return [
        _variants(key, values)
        if isinstance(values, Mapping)
        else _values(paths[key] if names.count(short[key]) > 1 else short[key], paths[key], values)
        for key, values in axes.items()
    ]


def _last_key(path: str) -> str:
    """`spec.seed` is `seed`, `backoff[1]` is `backoff`, `topics["a.b"]` is `a.b`."""
    keys = re.findall(r'"([^"]*)"|([^.\[\]"]+)', re.sub(r"\[\d+\]", "", path))
    return "".join(keys[-1]) if keys else path


def _variants(name: str, variants: Mapping[str, Mapping[str, Any]]) -> _Axis:
    overrides = [program.override_paths(paths, {}) for paths in variants.values()]
    return _Axis(name, None, _coordinate(name, list(variants)), overrides)


def _values(name: str, path: str, values: Iterable[Any]) -> _Axis:
    listed = list(values)
    return _Axis(name, path, _coordinate(name, listed), [{path: value} for value in listed])


def _coordinate(name: str, values: list[Any]) -> npt.NDArray[Any]:
    """Numbers and timedeltas as they are, all else as the texts that `--set` takes."""
    if not values:
        raise ValueError(f"the axis {name} has no values")
    if all(isinstance(value, datetime.timedelta) for value in values):
        values = [np.timedelta64(value, "ns") for value in values]
    array = np.asarray(values) if _scalars(values) else np.array([])
    if array.dtype.kind not in "biufm" or array.shape != (len(values),):
        array = np.array([program.value_text(value) for value in values], dtype=np.str_)
    elif array.dtype.kind == "m":
        array = array.astype("m8[ns]")
    if len(np.unique(array)) != len(array):
        raise ValueError(f"the axis {name} has a value twice: {array.tolist()}")
    return array


def _scalars(values: list[Any]) -> bool:
    return not any(isinstance(value, str | Mapping | Sequence) for value in values)


def _merged(common: Mapping[str, Any], combination: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Later ones win over `common`; two axes may not set the same path."""
    merged: dict[str, Any] = {}
    for overrides in combination:
        if twice := merged.keys() & overrides.keys():
            raise ValueError(f"two axes set {min(twice)}")
        merged.update(overrides)
    return {**common, **merged}


def _assembled(grid: Sequence[_Axis], done: list[xr.Dataset]) -> xr.Dataset:
    """The units' datasets as one, the axes as its first dimensions."""
    shape = tuple(len(axis.values) for axis in grid)
    dims = tuple(axis.name for axis in grid)
    units, coordinates = _aligned(done)
    names = [name for unit in units for name in unit.variables]
    if taken := set(names) & set(dims):
        raise ValueError(f"{min(map(str, taken))!r} is a variable's name, call the axis otherwise")
    variables: dict[Hashable, xr.Variable] = {}
    for name, first in _first_of_each(units).items():
        parts = [
            unit[name].transpose(*first.dims).values
            if name in unit
            else np.full(first.shape, _undefined(first.dtype), first.dtype)
            for unit in units
        ]
        stacked = np.stack(parts).reshape(shape + first.shape)
        variables[name] = xr.Variable(dims + first.dims, stacked, first.attrs)
    dataset = xr.Dataset(variables, coordinates, done[0].attrs)
    for axis in grid:
        attributes = {"long_name": axis.path} if axis.path else {}
        dataset = dataset.assign_coords({axis.name: (axis.name, axis.values, attributes)})
    return dataset


def _aligned(done: list[xr.Dataset]) -> tuple[list[xr.Dataset], dict[Hashable, xr.Variable]]:
    """The units over the same replications, metrics and samples: those of the longest."""
    longest: dict[Hashable, xr.Variable] = {}
    for name in {name for unit in done for name in unit.dims}:
        candidates = [unit[name].variable for unit in done if name in unit.dims]
        longest[name] = max(candidates, key=lambda variable: variable.size)
        for candidate in candidates:
            # A shorter one is the beginning of the longest, or they are not comparable.
            if not np.array_equal(candidate.values, longest[name].values[: candidate.size]):
                raise ValueError(f"the points have different coordinates {name!r}")
    fill = {
        name: _undefined(variable.dtype)
        for unit in done
        for name, variable in unit.variables.items()
    }
    units = [
        unit.reindex({name: longest[name].values for name in unit.dims}, fill_value=fill)
        for unit in done
    ]
    widest = max(units, key=lambda unit: len(unit.coords))
    return units, {name: coordinate.variable for name, coordinate in widest.coords.items()}


def _first_of_each(units: Iterable[xr.Dataset]) -> dict[Hashable, xr.Variable]:
    found: dict[Hashable, xr.Variable] = {}
    for unit in units:
        for name, variable in unit.data_vars.items():
            found.setdefault(name, variable.variable)
    return found


def _undefined(dtype: np.dtype[Any]) -> Any:
    """What stands where there is nothing, as in result files: NaN, -1 for indices and counts."""
    return {"f": np.nan, "i": -1, "u": 0, "b": False, "m": np.timedelta64("NaT")}.get(
        dtype.kind, ""
    )
