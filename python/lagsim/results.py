"""Result files: one xarray dataset a group, and the few questions that everybody asks."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from types import TracebackType
from typing import Any

import h5py
import numpy as np
import xarray as xr

GROUPS = (
    "timeseries",
    "events",
    "decisions",
    "summary",
    "histograms",
    "ledger",
    "provenance",
)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric over the replications of a run."""

    name: str
    mean: float
    half_width: float  #: of the confidence interval; NaN with fewer than two replications
    n: int  #: replications that define it
    confidence: float
    unit: str
    values: np.ndarray  #: [replication]


class Result:
    """A result file. Datasets are read when they are first asked for.

    A file that a killed run left (`*.partial`) opens too: `complete` is False, no summary.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        engine: str = "h5netcdf",
        report: dict[str, Any] | None = None,
    ) -> None:
        self.path = pathlib.Path(path)
        self.engine = engine
        #: what `lagsim run --json` printed; None for an opened file
        self.report = report
        with h5py.File(self.path) as file:
            attributes = {name: _text(value) for name, value in file.attrs.items()}
        if attributes.get("lagsim_filetype") != "results":
            raise ValueError(f"{self.path} is no result file of lagsim")
        self.scenario: str = attributes["title"]
        self.version: str = attributes["lagsim_version"]
        self.schema_version = int(attributes["schema_version"])
        self.seed = int(attributes["seed"])
        self.complete = bool(attributes["complete"])
        self._opened: list[xr.Dataset] = []

    def group(self, name: str) -> xr.Dataset:
        """The dataset of one group of the file, e.g. "timeseries"."""
        if name not in GROUPS:
            raise KeyError(f"{name!r} is no group of a result file: {', '.join(GROUPS)}")
        dataset = xr.open_dataset(self.path, group=name, engine=self.engine)
        self._opened.append(dataset)
        return dataset

    @functools.cached_property
    def timeseries(self) -> xr.Dataset:
        """State at the samples, over replication, time and partition."""
        return self.group("timeseries")

    @functools.cached_property
    def events(self) -> xr.Dataset:
        """What happened, a row an event; `causes` follows one back."""
        return self.group("events")

    @functools.cached_property
    def decisions(self) -> xr.Dataset:
        """Every KEDA poll and HPA sync."""
        return self.group("decisions")

    @functools.cached_property
    def summary(self) -> xr.Dataset:
        """The metrics: means with half-widths, and their values over replications."""
        return self.group("summary")

    @functools.cached_property
    def histograms(self) -> xr.Dataset:
        """Latency counts over replication and bucket."""
        return self.group("histograms")

    @functools.cached_property
    def ledger(self) -> xr.Dataset:
        """The fate of every record, and which were lost or done again."""
        return self.group("ledger")

    @functools.cached_property
    def provenance(self) -> xr.Dataset:
        """What the run was made of, and its fingerprints."""
        return self.group("provenance")

    @property
    def replications(self) -> int:
        return int(self.ledger.sizes["replication"])

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, prefixed `GROUP.` with several consumer groups."""
        return [str(name) for name in self.summary["name"].values]

    def metric(self, name: str) -> Metric:
        """One metric by its name, e.g. "lag.p99"."""
        if name not in self.metrics:
            raise KeyError(f"{name!r} is no metric of {self.path}: {', '.join(self.metrics)}")
        row = self.summary.isel(metric=self.metrics.index(name))
        # Variables stand in the order of the names; the names of variables are escaped.
        per_replication = [v for v in self.summary.data_vars.values() if v.dims == ("replication",)]
        return Metric(
            name=name,
            mean=float(row["mean"]),
            half_width=float(row["half_width"]),
            n=int(row["n"]),
            confidence=float(row["confidence"]),
            unit=str(row["unit"].values),
            values=per_replication[self.metrics.index(name)].values,
        )

    def causes(self, event: int) -> list[int]:
        """The event, what caused it, what caused that ...; the origin is last."""
        cause = self.events.cause.values
        chain = [event]
        while cause[chain[-1]] >= 0:
            chain.append(int(cause[chain[-1]]))
        return chain

    def latency_quantile(self, q: float, **indexers: Any) -> float:
        """Latency [s] that a part q of the records does not exceed, at most 1 % above the truth;
        NaN without records. `indexers` select, e.g. replication=0 or consumer_group="shop"."""
        count = self.histograms.latency_count.sel(**indexers)
        count = count.sum([axis for axis in count.dims if axis != "bucket"]).values
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile is from 0 to 1, not {q}")
        if count.sum() == 0:
            return float("nan")
        reached = np.cumsum(count) >= max(1, q * count.sum())
        return float(self.histograms.upper.values[int(np.argmax(reached))])

    def load(self) -> Result:
        """Reads everything into memory, so that the file may go."""
        for name in GROUPS if self.complete else [g for g in GROUPS if g != "summary"]:
            getattr(self, name).load()
        self.close()
        return self

    def close(self) -> None:
        for dataset in self._opened:
            dataset.close()
        self._opened.clear()

    def __enter__(self) -> Result:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self.complete else ", not complete"
        return f"<lagsim.Result {self.path.name}: {self.scenario}, seed {self.seed}{state}>"


def open(path: str | os.PathLike[str], *, engine: str = "h5netcdf") -> Result:
    """Opens a result file. `engine` is xarray's: "h5netcdf" or "netcdf4"."""
    return Result(path, engine=engine)


def words(flags: xr.DataArray) -> xr.DataArray:
    """A flag variable (`kind`, `who`, `limited_by`, ...) as words."""
    meanings = np.array(str(flags.attrs["flag_meanings"]).split(), dtype=object)
    return flags.copy(data=meanings[flags.values.astype(int)])


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
