"""The package against the real program: LAGSIM_BINARY, or lagsim on the PATH."""

from __future__ import annotations

from pathlib import Path

import pytest

import lagsim

ROOT = Path(__file__).resolve().parents[2]
#: small.yaml: losses, duplicates, crashes; autoscaled.yaml: two groups, decisions; a second each.
FILES = ROOT / "tests" / "results_file"


@pytest.fixture(scope="session")
def small() -> Path:
    """A scenario with something in every list, two replications."""
    return FILES / "small.yaml"


@pytest.fixture(scope="session")
def autoscaled() -> Path:
    """A scenario with manifests beside it and two consumer groups, two replications."""
    return FILES / "autoscaled.yaml"


@pytest.fixture(scope="session")
def small_file(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result file of `small`."""
    file = tmp_path_factory.mktemp("small") / "run.h5"
    lagsim.run(small, out=file).close()
    return file


@pytest.fixture(scope="session")
def autoscaled_file(autoscaled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result file of `autoscaled`."""
    file = tmp_path_factory.mktemp("autoscaled") / "run.h5"
    lagsim.run(autoscaled, out=file).close()
    return file
