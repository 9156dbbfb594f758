"""lagsim.open_sweep: files of `lagsim sweep` and `merge` are what lagsim.sweep gives."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

import lagsim

ROOT = Path(__file__).resolve().parents[2]
THRESHOLD = "ScaledObject.spec.triggers[0].metadata.lagThreshold"
SERVICE = "spec.consumers[0].serviceTime"
GRID = ["--axis", f"{THRESHOLD}=5,50", "--axis", f"{SERVICE}=10ms,40ms"]


def called(*arguments: object, environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        [str(lagsim.find_binary()), *map(str, arguments)],
        check=True,
        capture_output=True,
        env={**os.environ, **(environment or {})},
    )


@pytest.fixture(scope="module")
def merged(autoscaled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards and their merge."""
    where = tmp_path_factory.mktemp("sweep")
    for shard in ("1/2", "2/2"):
        called("sweep", autoscaled, *GRID, "-o", where, "--shard", shard)
    called("merge", *sorted(where.glob("shard-*.h5")), "-o", where / "all.h5")
    return where / "all.h5"


def test_a_merged_grid_is_what_a_sweep_here_gives(autoscaled: Path, merged: Path) -> None:
    times = [datetime.timedelta(milliseconds=n) for n in (10, 40)]
    here = lagsim.sweep(autoscaled, {THRESHOLD: [5, 50], SERVICE: times})

    study = lagsim.open_sweep(merged)

    xr.testing.assert_equal(study.drop_vars(["overrides", "replication_count"]), here)
    assert set(study.dims) == set(here.dims)
    assert study["shop.lag.p99"].dims == here["shop.lag.p99"].dims
    for name in ("title", "lagsim_version", "confidence", "seed"):
        assert study.attrs[name] == here.attrs[name]
    assert study.serviceTime.dtype == np.dtype("m8[ns]")
    assert study.lagThreshold.attrs["long_name"] == THRESHOLD
    point = study.sel(lagThreshold=50, serviceTime="40ms")
    assert json.loads(str(point.overrides.values)) == {THRESHOLD: "50", SERVICE: "40ms"}


def test_a_shard_has_points(merged: Path) -> None:
    whole = lagsim.open_sweep(merged)
    shard = lagsim.open_sweep(merged.with_name("shard-2-of-2.h5"))

    assert shard.point.values.tolist() == [2, 4]
    assert shard.lagThreshold.dims == ("point",)
    assert (shard.attrs["complete"], whole.attrs["complete"]) == (0, 1)
    assert shard.attrs["study"] == whole.attrs["study"]
    for point in (2, 4):
        one = shard.sel(point=point)
        same = whole.sel(lagThreshold=one.lagThreshold, serviceTime=one.serviceTime)
        np.testing.assert_array_equal(one["shop.lag.max"], same["shop.lag.max"])
        np.testing.assert_array_equal(one["event_fingerprint"], same["event_fingerprint"])


def test_a_latin_hypercube_has_its_axes_as_coordinates(small: Path, tmp_path: Path) -> None:
    axes = ["--axis", f"{SERVICE}={{from: 1ms, to: 50ms}}", "--axis", "spec.replications=1,3"]
    short = ["--set", "spec.duration=1m", "--set", "spec.faults=[]", "--points", "4"]
    called("sweep", small, *axes, *short, "-o", tmp_path / "study")
    study = lagsim.open_sweep(tmp_path / "study" / "sweep.h5")

    assert study["lag.max"].dims == ("point", "replication")
    assert study.replications.dims == ("point",)
    np.testing.assert_array_equal(study.replication_count, study.replications)
    np.testing.assert_array_equal(study["lag.max"].notnull().sum("replication"), study.replications)
    assert study.attrs["method"] == "latin-hypercube"


def test_both_engines_open_it_without_the_package(merged: Path) -> None:
    with (
        xr.open_dataset(merged, group="sweep", decode_timedelta=True) as one,
        xr.open_dataset(merged, group="sweep", engine="h5netcdf", decode_timedelta=True) as two,
    ):
        xr.testing.assert_equal(one, two)
        assert one["mean"].sel(lagThreshold=5, metric="shop.podHours").shape == (2,)


def test_files_of_the_wrong_kind_name_their_reader(small_file: Path, merged: Path) -> None:
    with pytest.raises(ValueError, match=r"use lagsim\.open_sweep"):
        lagsim.open(merged)
    with pytest.raises(ValueError, match=r"use lagsim\.open$"):
        lagsim.open_sweep(small_file)
    with pytest.raises(FileNotFoundError):
        lagsim.open_sweep("none.h5")


def test_the_indexed_job_runs_what_one_sweep_runs(autoscaled: Path, tmp_path: Path) -> None:
    with (ROOT / "python" / "examples" / "indexed-job.yaml").open() as stream:
        claim, sweep, merge = yaml.safe_load_all(stream)
    shards = sweep["spec"]["completions"]
    assert (claim["kind"], sweep["spec"]["completionMode"]) == ("PersistentVolumeClaim", "Indexed")

    def in_a_pod(job: dict[str, Any], environment: dict[str, str]) -> None:
        """The container's command line, with its volumes here and less to simulate."""
        (container,) = job["spec"]["template"]["spec"]["containers"]
        (line,) = container["args"]
        line = line.replace("/results", str(tmp_path)).replace("/study/study.yaml", str(autoscaled))
        line = line.replace("--replications 20", "--replications 2")
        path = f"{Path(lagsim.find_binary()).parent}:{os.environ['PATH']}"
        variables = {"PATH": path, **environment}
        subprocess.run([*container["command"], line], check=True, env=variables, timeout=120)

    for index in range(shards):
        in_a_pod(sweep, {"JOB_COMPLETION_INDEX": str(index)})
    in_a_pod(merge, {})

    thresholds = f"{THRESHOLD}=100,200,500,1000,2000,5000"
    one = tmp_path / "one"
    called("sweep", autoscaled, "--axis", thresholds, "--replications", 2, "-o", one)
    assert (tmp_path / "all.h5").read_bytes() == (one / "sweep.h5").read_bytes()
    assert lagsim.open_sweep(tmp_path / "all.h5").sizes["lagThreshold"] == 6
