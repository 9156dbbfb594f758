#!/usr/bin/python3
"""The same 24 queues in lagsim and in other simulators, side by side, each answer checked.

usage: peers.py --programs FOLDER [--lagsim FILE] [--simpy PYTHON] [--rounds N] [--quick] [--only NAME]

24 partitions, a server each, Poisson arrivals at 90 % of an exponential server: M/M/1, where the mean
sojourn is 1 / (1 - 0.9) = 10 service times. An engine whose mean is further from that than four
standard errors fails. CPU time (user + system) of whole processes, median of the rounds, which visit
the engines in turn. FOLDER holds queue_peer, systemc_peer and simgrid_peer.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RHO = 0.9
THEORY = 1 / (1 - RHO)
SERVICE_TIME_S = 6.25e-3  # of bench/scenarios/peers.yaml


def tolerance(records):
    """Four standard errors, and what starting with empty queues takes off the mean.

    n Var(mean waiting time) -> rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4 for M/M/1 (Daley, 1968); it is a
    hundred times that of independent waiting times. The first records of each of the 24 queues wait less:
    together some 1 / (1 - rho)^3 service times.
    """
    variance = RHO * (2 + 5 * RHO - 4 * RHO**2 + RHO**3) / (1 - RHO) ** 4
    return 4 * math.sqrt(variance / records) + 24 / (1 - RHO) ** 3 / records


def cpu_and_output(command):
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, cwd=ROOT,
                                 env={**os.environ, "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE": "1"})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"peers: exit {child.returncode}: {' '.join(map(str, command))}")
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, out.read()


def peer(*command):
    """A program that takes the number of records and prints it and the mean sojourn."""

    def run(records):
        cpu_s, out = cpu_and_output([*map(str, command), str(records)])
        done, sojourn = out.split()[-2:]
        return cpu_s, int(done), float(sojourn)

    return run


def lagsim(program):
    def run(records):
        minutes = math.ceil(records / (24 * 0.9 * 160) / 60)
        with tempfile.TemporaryDirectory() as folder:
            cpu_s, out = cpu_and_output([
                str(program), "run", "bench/scenarios/peers.yaml", "--json", "--quiet", "-j1",
                "--progress=never", "--set", f"spec.duration={minutes}m", f"-o{folder}/result.h5"])
        report = json.loads(out)
        sojourn = report["metrics"]["latency.mean"]["mean"] / SERVICE_TIME_S
        return cpu_s, report["records_simulated"], sojourn

    return run


def engines(options):
    """Name -> (how to run it, records): slow ones get fewer."""
    full = not options.quick
    found = {}
    if options.lagsim:
        found["lagsim"] = (lagsim(options.lagsim.resolve()), 24_000_000 if full else 2_400_000)
    programs = options.programs.resolve()
    for name, file, records in (("std::priority_queue", "queue_peer", 7_200_000),
                                ("SystemC", "systemc_peer", 7_200_000),
                                ("SimGrid", "simgrid_peer", 1_200_000)):
        if (programs / file).exists():
            found[name] = (peer(programs / file), records if full else records // 3)
    if options.simpy:
        found["SimPy"] = (peer(options.simpy, ROOT / "bench/peers/simpy_peer.py"),
                          480_000 if full else 240_000)
    return {name: engine for name, engine in found.items() if options.only in ("", name)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--lagsim", type=pathlib.Path)
    parser.add_argument("--simpy", type=pathlib.Path, help="a Python that has SimPy")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true", help="one round, fewer records")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 5)
    chosen = engines(options)
    if not chosen:
        sys.exit("peers: none of the engines is there")
    runs = {name: [] for name in chosen}
    for _ in range(rounds):
        for name, (run, records) in chosen.items():
            runs[name].append(run(records))
    wrong = 0
    own = None
    print(f"24 queues, rho 0.9, CPU time of whole processes, median of {rounds}")
    print(f"{'engine':22}{'ns a record':>12}{'times lagsim':>14}{'mean sojourn':>14}{'allowed':>17}"
          f"{'records':>13}")
    for name, results in runs.items():
        nanoseconds = statistics.median(cpu_s / done * 1e9 for cpu_s, done, _ in results)
        own = nanoseconds if name == "lagsim" else own
        _, done, sojourn = results[0]
        allowed = tolerance(done)
        right = all(abs(s - THEORY) <= allowed for *_, s in results)
        wrong += not right
        ratio = f"{nanoseconds / own:.1f}" if own else ""
        print(f"{name:22}{nanoseconds:>12.1f}{ratio:>14}{sojourn:>14.3f}"
              f"{f'{THEORY:.0f} +- {allowed:.2f}':>17}{done:>13,}{'' if right else '  WRONG'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
