"""Files of `lagsim sweep` and `lagsim merge`, in the shape that lagsim.sweep gives."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from lagsim import results


def open_sweep(
    path: str | os.PathLike[str], *, engine: Literal["netcdf4", "h5netcdf"] = "netcdf4"
) -> xr.Dataset:
    """Reads a file of `lagsim sweep` or `lagsim merge` as one dataset.

    Of a whole grid it is what `lagsim.sweep` gives: the axes as dimensions, one variable a metric
    over (axes, replication), `mean`, `half_width` and `n` over (axes, metric),
    `event_fingerprint`, `assertions_held`. Of a shard, a zip or a Latin hypercube the one dimension
    before is `point` (from 1), with the axes as its coordinates. Besides, over the points:
    `overrides` (path to value, as JSON) and `replication_count`.

    Durations of an axis are timedelta64[ns], other numbers are in base units (`5%` is 0.05), all
    else is the text that `--set` takes. Raises ValueError for other files, OSError where there is
    no HDF5 file.
    """
    path = Path(path).absolute()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file")
    with xr.open_datatree(path, engine=engine, decode_timedelta=False) as tree:
        results.check_type(tree, path, "sweep")
        study = json.loads(str(results.variable(tree, "provenance", "study_json").values))
        dataset = tree.children["sweep"].to_dataset(inherit=False).load()
        attributes = dict(tree.attrs)
    dataset = dataset.rename(_plain_names(dataset, study))
    confidence = float(dataset["confidence"].values.flat[0])
    dataset = dataset.drop_vars("confidence").assign_coords(_coordinates(dataset, study))
    dataset["assertions_held"] = dataset["assertions_held"].astype(bool)
    dataset.attrs = {
        "title": study["scenario"],
        "lagsim_version": study["version"],
        "confidence": confidence,
        "seed": study["seed"],
        "scenario": study["resolved"],
        "method": study["method"],
        "complete": int(attributes["complete"]),
        "study": str(attributes["study"]),
    }
    return dataset


def _plain_names(dataset: xr.Dataset, study: dict[str, Any]) -> dict[str, str]:
    """From variables to axes and metrics: names of variables are escaped."""
    found = {
        str(name): axis["name"]
        for axis in study["axes"]
        for name, variable in dataset.coords.items()
        if variable.attrs.get("long_name") == axis["path"]
    }
    values = [
        str(name)
        for name, variable in dataset.data_vars.items()
        if variable.dims[-1:] == ("replication",) and name != "event_fingerprint"
    ]
    names = [metric["name"] for metric in study["metrics"]]
    found.update(zip(values, names, strict=True))
    return {name: plain for name, plain in found.items() if name != plain}


def _coordinates(dataset: xr.Dataset, study: dict[str, Any]) -> dict[str, xr.Variable]:
    coordinates = {}
    for axis in study["axes"]:
        coordinate = dataset[axis["name"]].variable
        if axis["units"] == "s" and axis["type"] == "number":
            # The unit is in the type now.
            values = np.rint(coordinate.values * 1e9).astype("m8[ns]")
            coordinate = xr.Variable(coordinate.dims, values, {"long_name": axis["path"]})
        coordinates[axis["name"]] = coordinate
    return coordinates
