"""lagsim.sweep on this machine."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import lagsim

SHORT = {"duration": "1m", "faults": []}
THRESHOLD = "ScaledObject.spec.triggers[0].metadata.lagThreshold"


def test_every_point_is_the_run_of_its_overrides(autoscaled: Path) -> None:
    study = lagsim.sweep(
        autoscaled, {THRESHOLD: [5, 50], "seed": [3, 4]}, replications=2, series=["replicas"]
    )

    assert dict(study["shop.lag.max"].sizes) == {"lagThreshold": 2, "seed": 2, "replication": 2}
    for threshold in (5, 50):
        for seed in (3, 4):
            run = lagsim.run(autoscaled, set={THRESHOLD: threshold}, seed=seed, replications=2)
            point = study.sel(lagThreshold=threshold, seed=seed)
            np.testing.assert_array_equal(point.event_fingerprint, run.provenance.event_fingerprint)
            for name in lagsim.metrics(run):
                metric = lagsim.metric(run, name)
                np.testing.assert_array_equal(point[name], metric.values)
                at = point.sel(metric=name)
                assert (int(at["n"]), str(at["unit"].values)) == (metric.n, metric.unit)
                np.testing.assert_equal(
                    [float(at["mean"]), float(at["half_width"])], [metric.mean, metric.half_width]
                )
            # The samples are those of the file, not the coordinates' order.
            xr.testing.assert_equal(
                point["replicas"].drop_vars(["lagThreshold", "seed"]),
                run["timeseries"].to_dataset()["replicas"],
            )
    # The seeds differ, so these are not twice the same.
    assert len(np.unique(study.event_fingerprint)) == 8


def test_any_number_of_jobs_gives_the_same(small: Path) -> None:
    axes = {"consumers[0].serviceTime": ["10ms", "40ms"], "seed": range(3)}

    one, four = (lagsim.sweep(small, axes, set=SHORT, jobs=jobs) for jobs in (1, 4))

    xr.testing.assert_identical(one, four)


def test_axes_are_coordinates_with_their_paths(small: Path) -> None:
    study = lagsim.sweep(
        small,
        {
            "consumers__0__serviceTime": [datetime.timedelta(milliseconds=n) for n in (10, 20)],
            "spec.consumers[0].retry": [{"backoff": []}, {"backoff": ["1s"]}],
            "pods": {"few": {"consumers[0].replicas": 1}, "many": {"consumers[0].replicas": 4}},
        },
        set=SHORT,
    )

    assert study["duplicates"].dims == ("serviceTime", "retry", "pods", "replication")
    assert study.serviceTime.dtype == np.dtype("m8[ns]")
    assert study.serviceTime.attrs["long_name"] == "spec.consumers[0].serviceTime"
    assert study.retry.values.tolist() == ['{"backoff": []}', '{"backoff": ["1s"]}']
    few, many = (study["podHours"].sel(pods=pods, serviceTime="20ms") for pods in ("few", "many"))
    np.testing.assert_allclose(many, 4 * few)


def test_names_that_would_be_two_are_whole_paths(autoscaled: Path) -> None:
    study = lagsim.sweep(
        autoscaled,
        {"consumers[0].serviceTime": ["1ms"], "consumers[1].serviceTime": ["1ms", "2ms"]},
    )

    assert study["mean"].dims[:2] == (
        "spec.consumers[0].serviceTime",
        "spec.consumers[1].serviceTime",
    )


def test_the_inputs_are_kept_and_the_dataset_can_be_written(small: Path, tmp_path: Path) -> None:
    study = lagsim.sweep(small, {"seed": [1, 2]}, set=SHORT, series=["lag_total", "lost"])
    study.to_netcdf(tmp_path / "study.nc")
    again = xr.load_dataset(tmp_path / "study.nc", decode_timedelta=True)

    xr.testing.assert_equal(again, study)
    assert study.attrs["lagsim_version"] == lagsim.__version__
    # /summary has a metric `lost`, /timeseries a series of that name.
    assert study["lost"].dims == ("seed", "replication")
    assert study["timeseries.lost"].dims == ("seed", "replication", "time")
    scenario = tmp_path / "again.yaml"
    scenario.write_text(study.attrs["scenario"])
    again_run = lagsim.run(scenario, seed=2)
    np.testing.assert_array_equal(
        again_run.provenance.event_fingerprint, study.event_fingerprint.sel(seed=2)
    )


def test_points_of_different_length_are_filled(small: Path) -> None:
    study = lagsim.sweep(
        small,
        {"replications": [1, 3], "duration": ["1m", "2m"]},
        set={"faults": []},
        series=["lag_total"],
    )

    assert (study.sizes["replication"], study.sizes["time"]) == (3, 9)
    short = study.sel(replications=1, duration="1m")
    assert np.isfinite(short["lag.max"].values).tolist() == [True, False, False]
    assert (short.event_fingerprint.values != 0).tolist() == [True, False, False]
    assert (short.lag_total.values[0] >= 0).tolist() == [True] * 5 + [False] * 4
    assert bool((study.lag_total.sel(replications=3, duration="2m") >= 0).all())


def test_breached_assertions_are_data(small: Path) -> None:
    study = lagsim.sweep(
        small,
        {"producers[0].rate": ["1/s", "40/s"]},
        set={**SHORT, "assertions": ["produced < 500"]},
    )

    assert study.assertions_held.values.tolist() == [True, False]


def test_a_mistake_at_any_point_is_found_before_the_first_run(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lagsim.study.simulate", lambda unit: pytest.fail("it was run"))
    with pytest.raises(lagsim.ScenarioError, match="duration") as caught:
        lagsim.sweep(small, {"duration": ["5m", "-1h"]})

    assert caught.value.__notes__ == ["at the point duration=-1h"]


def test_axes_that_make_no_sense_are_refused(small: Path) -> None:
    def refused(axes: dict[str, object], match: str) -> None:
        with pytest.raises(ValueError, match=match):
            lagsim.sweep(small, axes, set=SHORT)  # type: ignore[arg-type]

    refused({}, "at least one axis")
    refused({"seed": []}, "the axis seed has no values")
    refused({"seed": [1, 1]}, "a value twice")
    refused({"seed": [1], "a": {"b": {"spec.seed": 2}}}, r"two axes set spec\.seed")
    refused({"metric": {"a": {}}}, "'metric' is a variable's name")
    with pytest.raises(KeyError, match="no series of /timeseries: log_end_offset"):
        lagsim.sweep(small, {"seed": [1]}, set=SHORT, series=["none"])
    with pytest.raises(ValueError, match="different coordinates 'time'"):
        lagsim.sweep(small, {"sampleInterval": ["15s", "10s"]}, set=SHORT, series="lag_total")
    with pytest.raises(ValueError, match="jobs are 0"):
        lagsim.sweep(small, {"seed": [1]}, set=SHORT, jobs=-1)


def test_pictures_show_the_numbers(autoscaled: Path, autoscaled_file: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from lagsim import plot

    study = lagsim.sweep(autoscaled, {THRESHOLD: [5, 50], "seed": [3, 4]}, replications=2)
    axes = plot.sweep(study, "shop.podHours")
    assert axes.get_legend_handles_labels()[1] == ["seed = 3", "seed = 4"]
    assert axes.get_ylabel() == "shop.podHours [h]"
    drawn = axes.containers[0][0].get_xydata()
    expected = study["mean"].sel(metric="shop.podHours", seed=3).values
    np.testing.assert_array_equal(drawn, np.column_stack([[5, 50], expected]))
    with pytest.raises(KeyError, match="no metric of this sweep"):
        plot.sweep(study, "podHours")

    with lagsim.open(autoscaled_file) as result:
        figure = plot.run(result, consumer_group="shop")
        (line,) = figure.axes[0].get_lines()
        np.testing.assert_array_equal(
            line.get_ydata(), result.timeseries.lag_total.sel(replication=0, consumer_group="shop")
        )
        assert np.asarray(line.get_xdata())[-1] == 10  # minutes
        with pytest.raises(ValueError, match="one of shop, audit"):
            plot.run(result)
