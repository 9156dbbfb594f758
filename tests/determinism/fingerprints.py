#!/usr/bin/python3
"""One scenario and seed give one fingerprint: for every build named on the command line, with one
thread and with two, and with the CPU's vector and FMA units hidden from the C library.

usage: fingerprints.py LAGSIM [LAGSIM …]
"""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# glibc picks other variants of log, exp, memcpy … when these are masked; our results must not care.
MASKS = (
    ("all instructions", {}),
    ("no AVX-512", {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F"}),
    ("no AVX2, no FMA", {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}),
)
JOBS = (1, 2)
REPLICATIONS = 3


def summary(lagsim, scenario, jobs, environment):
    """What `run --json` says, without what may differ between two runs."""
    command = [lagsim, "run", str(scenario), "--json", "--replications", str(REPLICATIONS), "-j", str(jobs)]
    result = subprocess.run(command, capture_output=True, text=True, check=False,
                            env=os.environ | environment)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} exited {result.returncode}:\n{result.stderr}")
    answer = json.loads(result.stdout)
    answer.pop("wall_seconds", None)
    return answer


def main(builds):
    failed = False
    for scenario in sorted((HERE / "scenarios").glob("*.yaml")):
        expected = None
        count = 0
        for lagsim in builds:
            for mask, environment in MASKS:
                for jobs in JOBS:
                    actual = summary(lagsim, scenario, jobs, environment)
                    count += 1
                    if expected is None:
                        expected = actual
                    elif actual != expected:
                        failed = True
                        differing = sorted(k for k in expected if actual.get(k) != expected[k])
                        print(f"{scenario.name}: {lagsim} -j {jobs}, {mask}: differs in "
                              f"{', '.join(differing)} ({expected['fingerprint']} became "
                              f"{actual['fingerprint']})")
        print(f"{scenario.name}: {expected['fingerprint']} in {count} runs")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
