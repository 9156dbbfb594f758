"""lagsim.sweep on a real Dask cluster: worker processes, one of them killed in the middle."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

import lagsim
from lagsim import study

distributed = pytest.importorskip("distributed")

#: Some tenths of a second a point, so that there is a middle.
AXES: dict[str, Any] = {"consumers[0].serviceTime": ["10ms", "40ms"], "seed": range(1, 9)}
OPTIONS: dict[str, Any] = {"set": {"duration": "1h"}, "replications": 2, "series": ["lag_total"]}


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two worker processes, whose nannies start them again."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as started:
        yield started


def _until(condition: Any, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.005)
    raise TimeoutError("it never happened")


def _busy_with_results(client: Any) -> str | None:
    """The address of a worker that holds finished units and works on another one."""
    working, holding = client.processing(), client.has_what()
    for address, keys in working.items():
        finished = [key for key in holding.get(address, ()) if str(key).startswith("lagsim-")]
        if keys and finished:
            return str(address)
    return None


def test_a_killed_worker_changes_no_bit(small: Path, cluster: Any) -> None:
    here = lagsim.sweep(small, AXES, **OPTIONS)

    with (
        distributed.Client(cluster) as client,
        concurrent.futures.ThreadPoolExecutor(1) as background,
    ):
        there = background.submit(lagsim.sweep, small, AXES, client=client, **OPTIONS)
        victim = _until(lambda: _busy_with_results(client))
        pid = client.run(os.getpid, workers=[victim])[victim]
        assert not there.done()
        os.kill(pid, signal.SIGKILL)

        xr.testing.assert_identical(there.result(timeout=120), here)
        _until(lambda: len(client.scheduler_info(n_workers=-1)["workers"]) == 2)
        assert pid not in client.run(os.getpid).values()


def test_units_run_on_workers_without_the_scenarios_files(
    autoscaled: Path, tmp_path: Path, cluster: Any
) -> None:
    for name in ("autoscaled.yaml", "scaledobject.yaml"):
        (tmp_path / name).write_text((autoscaled.parent / name).read_text())
    axes = {"ScaledObject.spec.maxReplicaCount": [2, 4]}
    here = lagsim.sweep(tmp_path / "autoscaled.yaml", axes)

    with distributed.Client(cluster) as client:
        client.run(os.chdir, "/")
        there = lagsim.sweep("autoscaled.yaml", axes, client=client, directory=tmp_path)

    xr.testing.assert_identical(there, here)


def test_failures_of_workers_reach_the_client(small: Path, cluster: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("""#!/bin/sh\necho '{"version": "0.1.77"}'\n""")
    other.chmod(0o755)

    with distributed.Client(cluster) as client:
        client.run(lambda: os.environ.update(LAGSIM_BINARY=str(other)))
        with pytest.raises(
            lagsim.VersionMismatch, match=r"0\.1\.77 here, the client's is"
        ) as caught:
            lagsim.sweep(small, {"seed": [1]}, client=client, retries=0)

    assert "at the point seed=1" in caught.value.__notes__


def test_equal_units_have_equal_keys_and_others_do_not() -> None:
    unit = study.Unit("a", "text", ("lag",), None, "0.1.0")

    assert unit.key == study.Unit("b", "text", ("lag",), None, "0.1.0").key
    assert unit.key.startswith("lagsim-")
    others = [
        study.Unit("a", "other", ("lag",), None, "0.1.0"),
        study.Unit("a", "text", (), None, "0.1.0"),
        study.Unit("a", "text", ("lag",), "reference", "0.1.0"),
        study.Unit("a", "text", ("lag",), None, "0.1.1"),
    ]
    assert len({unit.key, *(other.key for other in others)}) == 5
