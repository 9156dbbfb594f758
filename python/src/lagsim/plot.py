"""The two pictures that everybody draws; needs matplotlib (`pip install lagsim[plot]`)."""

from __future__ import annotations

import itertools

import numpy as np
import xarray as xr
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lagsim.results import words


def run(result: xr.DataTree, *, replication: int = 0, consumer_group: str | None = None) -> Figure:
    """Lag above, replicas (asked for and ready) below, over the time of one replication.

    Dotted lines are faults. With several consumer groups, `consumer_group` says which one.
    """
    series = result["timeseries"].to_dataset().sel(replication=replication)
    if "consumer_group" in series.dims:
        groups = [str(name) for name in series["consumer_group"].values]
        if consumer_group not in groups:
            raise ValueError(f"consumer_group is one of {', '.join(groups)}, not {consumer_group}")
        series = series.sel(consumer_group=consumer_group)
    unit, seconds = _unit_of(series["time"])
    time = series["time"].values / np.timedelta64(1, "s") / seconds
    figure, (above, below) = pyplot.subplots(2, sharex=True, layout="constrained")
    above.plot(time, series["lag_total"].values)
    above.set_ylabel("lag [records]")
    for name, label in (("desired_replicas", "asked for"), ("ready_replicas", "ready")):
        below.step(time, series[name].values, where="post", label=label)
    below.set_ylabel("replicas")
    below.set_xlabel(f"time [{unit}]")
    below.legend()
    for fault in _faults(result, replication):
        for axes in (above, below):
            axes.axvline(fault / seconds, color="0.5", linestyle=":")
    return figure


def sweep(
    dataset: xr.Dataset, metric: str, *, x: str | None = None, axes: Axes | None = None
) -> Axes:
    """A metric's mean along an axis, its confidence interval, and a line for each other point.

    `x` is the first axis of the sweep unless given.
    """
    names = [str(name) for name in dataset["metric"].values]
    if metric not in names:
        raise KeyError(f"{metric!r} is no metric of this sweep: {', '.join(names)}")
    chosen = dataset[["mean", "half_width"]].sel(metric=metric)
    dims = [str(name) for name in chosen["mean"].dims]
    along = x or dims[0]
    if along not in dims:
        raise KeyError(f"{along!r} is no axis of this sweep: {', '.join(dims)}")
    if axes is None:
        axes = pyplot.subplots(layout="constrained")[1]
    others = [name for name in dims if name != along]
    for values in itertools.product(*(dataset[name].values for name in others)):
        line = chosen.sel(dict(zip(others, values, strict=True)))
        label = ", ".join(f"{n} = {v}" for n, v in zip(others, values, strict=True))
        axes.errorbar(
            _plottable(dataset[along]),
            line["mean"].values,
            # One replication has no interval, and is drawn without.
            yerr=np.nan_to_num(line["half_width"].values),
            marker="o",
            capsize=3,
            label=label or None,
        )
    axes.set_xlabel(along)
    axes.set_ylabel(_label(metric, str(dataset["unit"].sel(metric=metric).values)))
    if others:
        axes.legend()
    return axes


def _faults(result: xr.DataTree, replication: int) -> list[float]:
    """Instants at which a fault began [s]."""
    events = result["events"].to_dataset()
    begun = (words(events["kind"]) == "fault_started").values
    mine = (events["replication_index"] == replication).values
    instants = events["event_time"].values[begun & mine] / np.timedelta64(1, "s")
    return [float(instant) for instant in np.unique(instants)]


def _unit_of(time: xr.DataArray) -> tuple[str, float]:
    """The largest unit that the run is at least twice as long as, in seconds."""
    length = float(time.values[-1] / np.timedelta64(1, "s"))
    units = (("h", 3600.0), ("min", 60.0))
    return next((unit for unit in units if length >= 2 * unit[1]), ("s", 1.0))


def _plottable(axis: xr.DataArray) -> np.ndarray:
    """Numbers as they are, timedeltas as seconds, all else as texts."""
    kind = axis.dtype.kind
    if kind == "m":
        return np.asarray(axis.values / np.timedelta64(1, "s"))
    return axis.values if kind in "iuf" else axis.values.astype(str)


def _label(metric: str, unit: str) -> str:
    return metric if unit == "1" else f"{metric} [{unit}]"
