"""lagsim.open: what a result file looks like in Python."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import lagsim

GROUPS = ("provenance", "timeseries", "events", "decisions", "histograms", "ledger", "summary")


def test_a_file_is_a_tree_of_its_groups(small_file: Path) -> None:
    with lagsim.open(small_file) as result:
        assert isinstance(result, xr.DataTree)
        assert sorted(result.children) == sorted(GROUPS)
        assert result.attrs["seed"] == 7
        assert result.attrs["lagsim_version"] == lagsim.__version__


def test_the_fingerprint_is_the_programs(small_file: Path) -> None:
    printed = subprocess.run(
        [lagsim.find_binary(), "inspect", "--json", small_file],
        capture_output=True,
        check=True,
    ).stdout

    with lagsim.open(small_file) as result:
        assert result.attrs["fingerprint"] == json.loads(printed)["fingerprint"]


def test_both_engines_give_the_same(autoscaled_file: Path) -> None:
    with (
        lagsim.open(autoscaled_file) as one,
        lagsim.open(autoscaled_file, engine="h5netcdf") as two,
    ):
        for group in GROUPS:
            xr.testing.assert_equal(one[group].to_dataset(), two[group].to_dataset())


def test_instants_are_timedeltas_and_metrics_stay_seconds(small_file: Path) -> None:
    with lagsim.open(small_file) as result:
        instants = [
            result.timeseries.time,
            result.events.event_time,
            result.decisions.decision_time,
            result.ledger.lost_time,
            result.ledger.duplicate_time,
        ]
        assert {str(one.dtype) for one in instants} == {"timedelta64[ns]"}
        assert result.timeseries.time.values[-1] == np.timedelta64(5, "m")
        assert result.summary["latency.p99"].dtype == np.float64
        assert result.summary["latency.p99"].attrs["units"] == "s"
        at = result.timeseries.lag_total.sel(time="2min", replication=0)
        assert at.time.values == np.timedelta64(120, "s")


def test_instants_are_exact_to_the_nanosecond(small_file: Path) -> None:
    stored = xr.open_dataset(small_file, group="events", decode_timedelta=False)
    with lagsim.open(small_file) as result:
        nanoseconds = result.events.event_time.values.astype(int)

    assert len(nanoseconds) > 50
    # Back to the float that the program wrote: no nanosecond was cut off.
    np.testing.assert_array_equal(nanoseconds / 1e9, stored.event_time.values)


def test_coordinates_and_variables_have_units(small_file: Path) -> None:
    with lagsim.open(small_file) as result:
        series = result.timeseries
        assert series.partition.attrs["units"] == "1"
        assert series.lag.attrs["units"] == "1"
        assert series.lag.attrs["long_name"]
        assert result.histograms.upper.attrs["units"] == "s"


def test_data_are_read_when_they_are_used(small_file: Path) -> None:
    with lagsim.open(small_file) as result:
        lag = result["timeseries"].to_dataset()["lag"].variable
        assert not lag._in_memory
        assert lag.values.shape == (2, 21, 4)


def test_a_tree_can_be_written_again(small_file: Path, tmp_path: Path) -> None:
    with lagsim.open(small_file) as result:
        result.load().to_netcdf(tmp_path / "copy.nc")
    again = xr.open_datatree(tmp_path / "copy.nc", decode_timedelta=True)

    assert again.attrs["fingerprint"] == result.attrs["fingerprint"]
    xr.testing.assert_equal(again["events"].to_dataset(), result["events"].to_dataset())


def test_metrics_have_names_units_and_values(autoscaled_file: Path) -> None:
    with lagsim.open(autoscaled_file) as result:
        metric = lagsim.metric(result, "audit.throughput.produced")

        assert (metric.unit, metric.n, metric.confidence) == ("s-1", 2, 0.95)
        assert metric.mean == pytest.approx(float(np.mean(metric.values)))
        assert metric.half_width > 0
        with pytest.raises(KeyError, match=r"shop\.lag\.max"):
            lagsim.metric(result, "lag.max")  # with two groups it is shop.lag.max


def test_flags_are_read_as_words(autoscaled_file: Path) -> None:
    with lagsim.open(autoscaled_file) as result:
        assert lagsim.words(result.events.kind).values[0] == "pod_created"
        assert set(lagsim.words(result.decisions.who).values) == {"keda", "hpa"}


def test_an_event_is_followed_to_its_origin(autoscaled_file: Path) -> None:
    with lagsim.open(autoscaled_file) as result:
        kinds = lagsim.words(result.events.kind).values
        ready = int(np.flatnonzero(kinds == "pod_ready")[-1])
        chain = lagsim.causes(result, ready)

        assert chain[0] == ready
        assert chain == sorted(chain, reverse=True)
        assert "pod_created" in [kinds[row] for row in chain]
        with pytest.raises(IndexError, match="no -1"):
            lagsim.causes(result, -1)


def test_latency_quantiles_are_those_of_the_summary(autoscaled_file: Path) -> None:
    with lagsim.open(autoscaled_file) as result:
        for replication in (0, 1):
            p99 = lagsim.latency_quantile(
                result, 0.99, replication=replication, consumer_group="shop"
            )
            stored = lagsim.metric(result, "shop.latency.p99").values[replication]
            assert p99 == pytest.approx(stored, rel=0.01)
        assert math.isfinite(lagsim.latency_quantile(result, 1.0))
        with pytest.raises(ValueError, match="from 0 to 1"):
            lagsim.latency_quantile(result, 1.5)


def test_what_a_killed_run_left_opens(small_file: Path, tmp_path: Path) -> None:
    import netCDF4

    partial = tmp_path / "run.h5.partial"
    shutil.copy(small_file, partial)
    with netCDF4.Dataset(partial, "a") as file:
        file.complete = np.int32(0)

    with lagsim.open(partial) as result:
        assert result.attrs["complete"] == 0


def test_other_files_are_refused(small_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    other.write_text("no HDF5")
    with pytest.raises(OSError, match=r"NetCDF|HDF"):
        lagsim.open(other)
    other.write_bytes(small_file.read_bytes()[:5000])
    with pytest.raises(OSError, match=r"NetCDF|HDF"):
        lagsim.open(other)
    with pytest.raises(FileNotFoundError):
        lagsim.open(tmp_path / "none.h5")
    with pytest.raises(FileNotFoundError):
        lagsim.open(tmp_path)
    xr.Dataset({"x": 1}).to_netcdf(tmp_path / "foreign.nc")
    with pytest.raises(ValueError, match="no result file of lagsim"):
        lagsim.open(tmp_path / "foreign.nc")


def test_a_later_schema_is_refused_by_name(small_file: Path, tmp_path: Path) -> None:
    import netCDF4

    later = tmp_path / "later.h5"
    shutil.copy(small_file, later)
    with netCDF4.Dataset(later, "a") as file:
        file.schema_version = np.int32(9)

    with pytest.raises(ValueError, match=r"schema version 9, this package reads 1"):
        lagsim.open(later)
