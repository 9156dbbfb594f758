"""lagsim.run: what goes in, what comes out, what is raised."""

from __future__ import annotations

import datetime
import pickle
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lagsim

MAPPING: dict[str, Any] = {
    "apiVersion": "lagsim/v1",
    "kind": "Scenario",
    "metadata": {"name": "mapping"},
    "spec": {
        "duration": "1m",
        "manifests": ["scaledobject.yaml"],
        "topics": {"orders": {"partitions": np.int64(2)}},
        "producers": [{"topic": "orders", "rate": "10/s"}],
        "consumers": [{"group": "shop", "serviceTime": datetime.timedelta(milliseconds=5)}],
    },
}


def fingerprint(path: Any, **options: Any) -> str:
    return str(lagsim.run(path, **options).attrs["fingerprint"])


def test_a_result_without_a_file_is_whole_and_in_memory(small: Path) -> None:
    result = lagsim.run(small)

    assert result.attrs["title"] == "small"
    assert (result.attrs["seed"], result.attrs["complete"]) == (7, 1)
    assert result.timeseries.lag.dims == ("replication", "time", "partition")
    assert result.ledger.produced.sizes == {"replication": 2}
    # The file is gone, and nothing has to be read any more.
    assert int(result.events.value.sum()) == int(result.events.value.values.sum())


def test_identifiers_and_paths_override_the_same_keys(small: Path) -> None:
    by_name = lagsim.run(small, consumers__0__serviceTime="10ms", faults=[], metadata__name="other")
    by_path = lagsim.run(
        small,
        set={"spec.consumers[0].serviceTime": "10ms", "faults": [], "metadata.name": "other"},
    )

    assert by_name.attrs["title"] == "other"
    assert by_name.attrs["fingerprint"] == by_path.attrs["fingerprint"] != fingerprint(small)


def test_options_are_those_of_the_program(small: Path) -> None:
    result = lagsim.run(
        small, seed=2**63 + 1, replications=3, jobs=2, engine="reference", resolution="exact"
    )

    assert (result.attrs["seed"], result.attrs["seed_text"]) == (2**63 + 1, str(2**63 + 1))
    assert result.timeseries.sizes["replication"] == 3
    assert result.attrs["fingerprint"] == fingerprint(small, seed=2**63 + 1, replications=3, jobs=1)


def test_overrides_reach_into_manifests(autoscaled: Path) -> None:
    result = lagsim.run(autoscaled, ScaledObject__spec__maxReplicaCount=2)

    assert lagsim.metric(result, "shop.replicas.max").mean == 2


def test_values_may_be_timedeltas_and_numpy_scalars(small: Path) -> None:
    plain = fingerprint(small, duration="2m", replications=1, faults=[])

    for duration in (datetime.timedelta(minutes=2), np.timedelta64(2, "m")):
        assert fingerprint(small, duration=duration, faults=[], replications=1) == plain
    assert fingerprint(small, duration="2m", faults=[], set={"replications": np.int32(1)}) == plain


def test_a_scenario_may_be_a_mapping(autoscaled: Path) -> None:
    result = lagsim.run(MAPPING, directory=autoscaled.parent)

    assert result.attrs["title"] == "mapping"
    assert result.decisions.sizes["decision"] > 0


def test_a_result_runs_again_from_what_it_holds(autoscaled: Path, tmp_path: Path) -> None:
    result = lagsim.run(autoscaled, seed=5)
    again = tmp_path / "again.yaml"
    again.write_text(str(result.provenance.scenario_resolved_yaml.values), encoding="utf-8")

    assert fingerprint(again) == result.attrs["fingerprint"]


def test_breached_assertions_are_raised_with_the_result(small: Path) -> None:
    with pytest.raises(lagsim.AssertionsFailed, match=r"lost > 1000000 \(it was 1\.5\)") as caught:
        lagsim.run(small, assertions=["lost > 1000000", "produced > 0"])

    assert caught.value.exit_code == 4
    assert [one.text for one in caught.value.assertions] == ["lost > 1000000"]
    assert lagsim.metric(caught.value.result, "lost").mean == caught.value.assertions[0].value
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.assertions) == (str(caught.value), caught.value.assertions)


def test_mistakes_in_overrides_come_all_at_once(small: Path) -> None:
    with pytest.raises(lagsim.ScenarioError, match="did you mean 'seed'") as caught:
        lagsim.run(small, sed=3, replicatons=2)

    assert caught.value.exit_code == 3
    assert [one.path for one in caught.value.diagnostics] == ["spec.sed", "spec.replicatons"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.diagnostics) == (str(caught.value), caught.value.diagnostics)


def test_a_diagnostic_names_file_line_column_and_code(tmp_path: Path, small: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(small.read_text().replace("sampleInterval: 15s", "sampleIntervall: 15s"))
    line = file.read_text().splitlines().index("  sampleIntervall: 15s") + 1

    with pytest.raises(lagsim.ScenarioError) as caught:
        lagsim.run(file)

    (one,) = caught.value.diagnostics
    assert (Path(one.file).name, one.line, one.column) == ("wrong.yaml", line, 3)
    assert (one.code, one.severity, one.suggestion) == ("unknown-key", "error", "sampleInterval")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe not UTF-8",
        b"{",
        b"&a [*a, *a]",
        b"kind: Scenario\nkind: Scenario",
        b"[" * 10000,
        b"apiVersion: lagsim/v1\nkind: Scenario\nspec: {duration: .nan}",
    ],
)
def test_hostile_files_are_scenario_errors(text: bytes, tmp_path: Path) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_bytes(text)

    with pytest.raises(lagsim.ScenarioError) as caught:
        lagsim.run(file)

    assert caught.value.diagnostics


@pytest.mark.parametrize("value", ["'", "[", "a: b: c", "\n", "\u202e", "--seed=1", "$(id)", "-"])
def test_hostile_values_are_values(small: Path, value: str) -> None:
    with pytest.raises(lagsim.ScenarioError) as caught:
        lagsim.run(small, duration=value)

    assert {one.file for one in caught.value.diagnostics} == {"--set"}


@pytest.mark.parametrize("name", ["-", "--seed=1", "no such file", "a\nb", "."])
def test_hostile_paths_are_paths(name: str, tmp_path: Path) -> None:
    with pytest.raises(lagsim.ScenarioError) as caught:
        lagsim.run(name, directory=tmp_path)

    assert caught.value.exit_code == 1
    assert [one.code for one in caught.value.diagnostics] == ["unreadable-file"]


def test_what_cannot_be_written_down_is_refused(small: Path) -> None:
    with pytest.raises(TypeError, match="object is nothing that a scenario holds"):
        lagsim.run(small, duration=object())
    with pytest.raises(ValueError, match=r"given twice: spec\.seed"):
        lagsim.run(small, set={"spec.seed": 1, "seed": 2})
    with pytest.raises(lagsim.UsageError, match="engine"):
        lagsim.run(small, engine="none")


def test_an_existing_file_is_kept_unless_forced(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.h5"
    file.write_text("precious")

    with pytest.raises(lagsim.UsageError, match="--force") as caught:
        lagsim.run(small, out=file)
    assert caught.value.exit_code == 2
    assert file.read_text() == "precious"

    with lagsim.run(small, out=file, force=True) as result:
        assert result.attrs["title"] == "small"
    assert [one.name for one in tmp_path.iterdir()] == ["run.h5"]


def test_a_directory_is_where_relative_paths_start(small: Path, tmp_path: Path) -> None:
    (tmp_path / "here.yaml").write_text(small.read_text())
    lagsim.run("here.yaml", directory=tmp_path, out="there.h5").close()

    assert (tmp_path / "there.h5").is_file()


def _program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_program_that_is_not_there_is_said_so(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LAGSIM_BINARY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(lagsim.BinaryNotFound, match="LAGSIM_BINARY"):
        lagsim.run(small)
    monkeypatch.setenv("LAGSIM_BINARY", str(small))
    with pytest.raises(lagsim.BinaryNotFound, match=r"small\.yaml is no program"):
        lagsim.run(small)


def test_the_programs_version_is_checked(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = _program(tmp_path / "other", """echo '{"version": "7.1.0"}'""")
    monkeypatch.setenv("LAGSIM_BINARY", str(other))
    with pytest.raises(lagsim.VersionMismatch, match=r"is lagsim 7\.1\.0, the Python package is"):
        lagsim.run(small)
    monkeypatch.setenv("LAGSIM_BINARY", str(_program(tmp_path / "true", "echo true")))
    with pytest.raises(lagsim.VersionMismatch, match="is no lagsim"):
        lagsim.run(small)


def test_a_program_that_dies_is_no_result(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = f"""[ "$1" = version ] && echo '{{"version": "{lagsim.__version__}"}}' && exit"""
    dying = _program(tmp_path / "dying", f"{version}\nkill -9 $$")
    monkeypatch.setenv("LAGSIM_BINARY", str(dying))

    with pytest.raises(lagsim.LagsimError, match=r"signal 9") as caught:
        lagsim.run(small)
    assert caught.value.exit_code == -9


def test_precision_not_reached_is_raised_with_the_result(
    small_file: Path, small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Stands for a program that ends with 5; the result it "wrote" is a real one.
    script = f"""
    [ "$1" = version ] && echo '{{"version": "{lagsim.__version__}"}}' && exit
    for word; do case $word in --output=*) cp {small_file} "${{word#--output=}}";; esac; done
    echo '{{"assertions": []}}'; echo 'lag.p99: 7 % instead of 5 %' >&2; exit 5"""
    monkeypatch.setenv("LAGSIM_BINARY", str(_program(tmp_path / "unsure", script)))

    with pytest.raises(lagsim.PrecisionNotReached, match="7 % instead of 5 %") as caught:
        lagsim.run(small)
    assert lagsim.metric(caught.value.result, "lost").n == 2
