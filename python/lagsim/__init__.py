"""Run lagsim and read its result files as xarray datasets.

>>> import lagsim
>>> result = lagsim.run("scenarios/crash-storm.yaml", replications=5)    # doctest: +SKIP
>>> result.metric("duplicates").mean                               # doctest: +SKIP
"""

from lagsim.program import (
    InvalidInput,
    LagsimError,
    Problem,
    UsageError,
    find_binary,
    run,
)
from lagsim.results import Metric, Result, open, words

__all__ = [
    "InvalidInput",
    "LagsimError",
    "Metric",
    "Problem",
    "Result",
    "UsageError",
    "find_binary",
    "open",
    "run",
    "words",
]
__version__ = "0.1.0"
