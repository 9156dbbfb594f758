"""Result files as an xarray.DataTree, and the few questions that everybody asks of one.

A file's groups share names that mean different things (`lost` is cumulative in /timeseries, a
metric in /summary and a count in /ledger), so a file is a tree of datasets, not one dataset.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

SCHEMA_VERSION = 1
#: Instants since the start of the run, stored as f64 seconds.
_INSTANTS = ("time", "event_time", "decision_time", "lost_time", "duplicate_time")


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric over the replications of a run."""

    name: str
    mean: float
    half_width: float  #: of the confidence interval; NaN with fewer than two replications
    n: int  #: replications that define it
    confidence: float
    unit: str
    values: npt.NDArray[np.float64]  #: [replication]


def open(
    path: str | os.PathLike[str], *, engine: Literal["netcdf4", "h5netcdf"] = "netcdf4"
) -> xr.DataTree:
    """Opens a result file; data are read when they are used, instants at once.

    `open(path).timeseries.lag_total` is a DataArray over (replication, time), with `time` as
    timedelta64[ns]. Other instants (`event_time` ...) are too; metrics in seconds stay numbers.
    The root's attributes are the file's (`title`, `seed`, `lagsim_version` ...) and `fingerprint`,
    as `lagsim run` prints it; /provenance has the inputs. A file that a killed run left
    (`*.partial`) opens too: `complete` is 0 and there is no /summary.

    `engine` is xarray's; "h5netcdf", if installed, is slower by seconds a file. Raises
    ValueError for files of other programs, OSError where there is no HDF5 file. Close it
    with `with` or `close()`.
    """
    path = Path(path).absolute()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file")
    tree = xr.open_datatree(path, engine=engine, decode_timedelta=False)
    try:
        check_type(tree, path, "results")
        for name, node in tree.children.items():
            tree[name].dataset = _with_instants(node.to_dataset(inherit=False))
        tree.attrs = {name: _plain(value) for name, value in tree.attrs.items()}
        fingerprints = variable(tree, "provenance", "event_fingerprint").values
        tree.attrs["fingerprint"] = f"{folded(fingerprints):016x}"
    except BaseException:
        tree.close()
        raise
    return tree


#: What lagsim's HDF5 files hold, and who reads them.
_READERS = {"results": "lagsim.open", "sweep": "lagsim.open_sweep"}


def check_type(tree: xr.DataTree, path: Path, wanted: str) -> None:
    """ValueError unless the file is one of lagsim's, of this kind and schema."""
    found = tree.attrs.get("lagsim_filetype")
    if found != wanted and found in _READERS:
        raise ValueError(f"{path} is a file of {found}: use {_READERS[found]}")
    if found != wanted:
        raise ValueError(f"{path} is no result file of lagsim")
    schema = int(tree.attrs["schema_version"])
    if schema != SCHEMA_VERSION:
        raise ValueError(
            f"{path} has schema version {schema}, this package reads {SCHEMA_VERSION}: it was "
            f"written by lagsim {tree.attrs.get('lagsim_version', 'of an unknown version')}"
        )


def _with_instants(dataset: xr.Dataset) -> xr.Dataset:
    changed = {name: dataset[name].variable for name in _INSTANTS if name in dataset.variables}
    for name, variable in changed.items():
        # The unit is in the type now; xarray refuses to write a unit beside it.
        attributes = {key: value for key, value in variable.attrs.items() if key != "units"}
        changed[name] = xr.Variable(variable.dims, _timedelta(variable.values), attributes)
    return dataset.assign_coords(
        {name: changed.pop(name) for name in ("time",) if name in changed}
    ).assign(changed)


def _timedelta(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.timedelta64]:
    """To whole nanoseconds, which is what the program counts in: exact up to 104 days."""
    nanoseconds = np.rint(np.where(np.isnan(seconds), 0, seconds) * 1e9).astype("m8[ns]")
    return np.where(np.isnan(seconds), np.timedelta64("NaT", "ns"), nanoseconds)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def folded(fingerprints: npt.NDArray[np.uint64]) -> int:
    """One fingerprint of all replications': FNV-1a over their bytes, lowest first."""
    total = 0xCBF29CE484222325
    for fingerprint in fingerprints.tolist():
        for byte in int(fingerprint).to_bytes(8, "little"):
            total = (total ^ byte) * 0x100000001B3 % 2**64
    return total


def variable(tree: xr.DataTree, group: str, name: str) -> xr.DataArray:
    """A variable of a group; KeyError if the file has none of this name."""
    return tree.children[group].to_dataset()[name]


def metrics(result: xr.DataTree) -> list[str]:
    """Names of the metrics, prefixed `GROUP.` with several consumer groups."""
    return [str(name) for name in variable(result, "summary", "name").values]


def metric(result: xr.DataTree, name: str) -> Metric:
    """One metric by its name, e.g. "lag.p99"; KeyError names those that there are."""
    names = metrics(result)
    if name not in names:
        raise KeyError(f"{name!r} is no metric of this result: {', '.join(names)}")
    summary = result["summary"].to_dataset()
    row = summary.isel(metric=names.index(name))
    return Metric(
        name=name,
        mean=float(row["mean"]),
        half_width=float(row["half_width"]),
        n=int(row["n"]),
        confidence=float(row["confidence"]),
        unit=str(row["unit"].values),
        values=metric_variables(summary)[name].values,
    )


def metric_variables(summary: xr.Dataset) -> dict[str, xr.DataArray]:
    """The variables over replication of /summary by the plain names of their metrics.

    They stand in the order of `name`; the names of variables are escaped, `name` is not.
    """
    variables = [one for one in summary.data_vars.values() if one.dims == ("replication",)]
    return dict(zip(map(str, summary["name"].values), variables, strict=True))


def causes(result: xr.DataTree, event: int) -> list[int]:
    """The event, what caused it, what caused that ...; the origin is last."""
    cause = variable(result, "events", "cause").values
    if not 0 <= event < len(cause):
        raise IndexError(f"there are events 0 to {len(cause) - 1}, and no {event}")
    chain = [event]
    while cause[chain[-1]] >= 0:
        chain.append(int(cause[chain[-1]]))
    return chain


def latency_quantile(result: xr.DataTree, q: float, **indexers: Any) -> float:
    """Latency [s] that a part q of the records does not exceed, at most 1 % above the truth.

    NaN without records. `indexers` select, e.g. replication=0 or consumer_group="shop".
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile is from 0 to 1, not {q}")
    histograms = result["histograms"].to_dataset()
    count = histograms["latency_count"].sel(indexers)
    count = count.sum([axis for axis in count.dims if axis != "bucket"])
    total = int(count.sum())
    if total == 0:
        return float("nan")
    reached = np.cumsum(count.values) >= max(1, q * total)
    return float(histograms["upper"].values[int(np.argmax(reached))])


def words(flags: xr.DataArray) -> xr.DataArray:
    """A flag variable (`kind`, `who`, `limited_by`, ...) as words."""
    meanings = np.array(str(flags.attrs["flag_meanings"]).split(), dtype=object)
    return flags.copy(data=meanings[flags.values.astype(int)])
