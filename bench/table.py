#!/usr/bin/python3
"""The performance table: whole runs of `lagsim run`, what a record costs, beside the target.

usage: table.py LAGSIM [--quick] [--repetitions N] [--only WORD]

CPU time is user + system of the whole process, from reading the scenario to the written result file
(in a temporary folder), median of five; --quick: one run each of a tenth of the records. Rows with an instruction set in
their name set LAGSIM_SIMD. Nothing is judged: a shared machine varies by more than a change is worth.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGNORMAL = "spec.consumers[0].serviceTime={distribution: lognormal, mean: 6.25ms, cv: 0.6}"
GAMMA = "spec.consumers[0].serviceTime={distribution: gamma, mean: 6.25ms, cv: 0.6}"
TWELVE = ("spec.consumers[0].replicas=12", "spec.producers[0].rate=1728/s")
MB = 1e6


@dataclasses.dataclass
class Cost:
    records: int
    cpu_s: float
    wall_s: float
    rss: int  # bytes


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    file: str
    target: str
    sets: tuple = ()
    quick: tuple = ()  # sets of --quick
    simd: str = ""
    options: tuple = ()
    show: str = "ns"  # ns a record | s of CPU | MB of memory


LANES = "bench/scenarios/lanes.yaml"
SHARED_CPU = "bench/scenarios/shared-cpu.yaml"
POD_LOOP = "bench/scenarios/pod-loop.yaml"
SHORT = ("spec.duration=12m",)
ROWS = (
    Row("24 lanes, exponential", LANES, "<= 10 with AVX2, 7 with AVX-512", quick=SHORT),
    Row("24 lanes, SSE2", LANES, "<= 20", quick=SHORT, simd="sse2"),
    Row("24 lanes, AVX2", LANES, "<= 10", quick=SHORT, simd="avx2"),
    Row("24 lanes, AVX-512", LANES, "<= 7", quick=SHORT, simd="avx3"),
    Row("24 lanes, lognormal", LANES, "<= 15", sets=(LOGNORMAL,), quick=SHORT),
    Row("24 lanes, gamma", LANES, "<= 15", sets=(GAMMA,), quick=SHORT),
    Row("shared CPU, 6 pods", SHARED_CPU, "<= 30", quick=SHORT),
    Row("shared CPU, 12 pods", SHARED_CPU, "<= 30", sets=TWELVE, quick=SHORT),
    Row("a loop a pod, 6 pods", POD_LOOP, "<= 30", quick=SHORT),
    Row("a loop a pod, 12 pods", POD_LOOP, "<= 30", sets=TWELVE, quick=SHORT),
    Row("the article's day", "scenarios/article.yaml", "<= 3 s", quick=("spec.duration=2h",), show="s"),
    Row("a day with 10 records/s", "scenarios/article.yaml", "<= 0.050 s",
        sets=("spec.producers[0].rate=10/s",), show="s"),
    Row("100 M records waiting", "bench/scenarios/backlog.yaml", "<= 66 MB",
        quick=("spec.duration=100s",), show="MB"),
)
CPU_FLAGS = {"sse2": "sse2", "avx2": "avx2", "avx3": "avx512f"}


def run(lagsim, row, sets, options=("-j1", "--replications", "1")):
    """One process from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(lagsim), "run", row.file, "--json", "--quiet", "--progress=never",
                   f"-o{folder}/result.h5", *options]
        for one in (*sets, "spec.assertions=[]"):
            command += ["--set", one]
        environment = {**os.environ, **({"LAGSIM_SIMD": row.simd} if row.simd else {})}
        with open(f"{folder}/out", "w+b") as out:
            begin = time.monotonic()
            child = subprocess.Popen(command, stdout=out, cwd=ROOT, env=environment)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - begin
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                raise RuntimeError(f"exit {child.returncode}: {' '.join(command)}")
            out.seek(0)
            report = json.load(out)
    return Cost(report["records_simulated"], usage.ru_utime + usage.ru_stime, wall,
                usage.ru_maxrss * 1024), report


def median_of(lagsim, row, sets, repetitions):
    costs = [run(lagsim, row, sets)[0] for _ in range(repetitions)]
    return Cost(costs[0].records, statistics.median(c.cpu_s for c in costs),
                statistics.median(c.wall_s for c in costs), max(c.rss for c in costs))


def shown(row, cost):
    return {"ns": f"{cost.cpu_s / cost.records * 1e9:.1f} ns", "s": f"{cost.cpu_s:.3f} s",
            "MB": f"{cost.rss / MB:.0f} MB"}[row.show]


def print_row(name, value, target, cost):
    print(f"{name:26}{value:>10}   {target:32}{cost.records:>12,}{cost.cpu_s:>9.2f}"
          f"{cost.rss / MB:>8.0f}", flush=True)


def print_parallel(lagsim, quick, repetitions):
    """20 replications on one core and on two: the ratio of wall times, and both CPU times."""
    row = Row("20 replications", LANES, "")
    sets = ("spec.duration=1m",) if quick else ("spec.duration=6m",)
    on = {j: [run(lagsim, row, sets, (f"-j{j}", "--replications", "20"))[0]
              for _ in range(repetitions)] for j in (1, 2)}
    wall = {j: statistics.median(c.wall_s for c in costs) for j, costs in on.items()}
    for j, costs in on.items():
        cost = costs[0]
        cost.cpu_s = statistics.median(c.cpu_s for c in costs)
        print_row(f"20 replications, -j{j}", f"{wall[j]:.2f} s",
                  "(wall time)" if j == 1 else f">= 1.9 x -j1: {wall[1] / wall[2]:.2f} x", cost)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lagsim", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--only", default="", help="rows whose name holds this word")
    options = parser.parse_args()
    lagsim = options.lagsim.resolve()
    repetitions = options.repetitions or (1 if options.quick else 5)
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.1f}; CPU time, median of {repetitions}")
    print(f"{'':26}{'measured':>10}   {'target':32}{'records':>12}{'CPU s':>9}{'RSS MB':>8}")
    for row in ROWS:
        if options.only not in row.name:
            continue
        if row.simd and CPU_FLAGS[row.simd] not in flags:
            print(f"{row.name:26}{'-':>10}   {row.target:32}this CPU has no {CPU_FLAGS[row.simd]}")
            continue
        cost = median_of(lagsim, row, row.sets + (row.quick if options.quick else ()), repetitions)
        print_row(row.name, shown(row, cost), row.target, cost)
    if options.only in "20 replications":
        print_parallel(lagsim, options.quick, repetitions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
