"""Run lagsim, open its result files and sweep its scenarios, as xarray.

>>> import lagsim
>>> result = lagsim.run("scenarios/crash-storm.yaml", replications=5)    # doctest: +SKIP
>>> lagsim.metric(result, "duplicates").mean                             # doctest: +SKIP
"""

from lagsim.errors import (
    AssertionsFailed,
    BinaryNotFound,
    Diagnostic,
    LagsimError,
    PrecisionNotReached,
    ScenarioError,
    UsageError,
    VersionMismatch,
)
from lagsim.program import find_binary, run
from lagsim.results import Metric, causes, latency_quantile, metric, metrics, open, words
from lagsim.study import sweep
from lagsim.sweep_file import open_sweep
from lagsim.version import VERSION as __version__

__all__ = [
    "AssertionsFailed",
    "BinaryNotFound",
    "Diagnostic",
    "LagsimError",
    "Metric",
    "PrecisionNotReached",
    "ScenarioError",
    "UsageError",
    "VersionMismatch",
    "__version__",
    "causes",
    "find_binary",
    "latency_quantile",
    "metric",
    "metrics",
    "open",
    "open_sweep",
    "run",
    "sweep",
    "words",
]
