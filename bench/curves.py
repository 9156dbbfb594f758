#!/usr/bin/python3
"""How a record's cost grows: CPU time of whole runs along one axis at a time.

usage: curves.py LAGSIM [--repetitions N]

Each point is bench/scenarios/lanes.yaml or shared-cpu.yaml with some settings, about two million
records, median of three. Small points hold the start of the program (some 15 ms) as well.
"""

import argparse
import pathlib

import table

LANES_RATE = 144  # records/s of one partition at 90 % load


def partitions(count, pods):
    """So many lanes, each at 90 % load, and a duration that keeps the number of records."""
    rate = LANES_RATE * count
    return (f"spec.topics.orders.partitions={count}", f"spec.consumers[0].replicas={pods}",
            f"spec.producers[0].rate={rate}/s", f"spec.duration={max(10, 2_000_000 // rate)}s",
            f"spec.consumers[0].cpu={{share: 0%}}")


def rate(factor):
    """The same load with quicker records."""
    per_second = 3456 * factor
    return (f"spec.producers[0].rate={per_second:g}/s",
            f"spec.consumers[0].serviceTime={{distribution: exponential, mean: {6.25 / factor:g}ms}}",
            f"spec.duration={max(20, int(2_000_000 / per_second))}s")


def rebalances(count):
    """A pod fewer, a pod more, ... over ten minutes."""
    steps = ["{at: 0s, count: 24}"]
    steps += [f"{{at: {10 + 580 * i // max(1, count)}s, count: {23 + i % 2}}}"
              for i in range(count)]
    return (f"spec.consumers[0].replicas=[{', '.join(steps)}]", "spec.duration=600s")


AXES = {
    "partitions (a pod each, from 1,000 on 1,000 pods)": (
        table.LANES, {n: partitions(n, min(n, 1000)) for n in (1, 24, 240, 1000, 10_000)}, ()),
    "pods of 24 partitions, shared CPU, load 90 % of 6": (
        table.SHARED_CPU, {n: (f"spec.consumers[0].replicas={n}", "spec.duration=40m")
                           for n in (6, 8, 12, 24)}, ()),
    "rate, as a multiple of 3,456 records/s": (
        table.LANES, {f: rate(f) for f in (0.01, 0.1, 1, 10, 100)}, ()),
    "changes of the replicas in ten minutes": (
        table.LANES, {n: rebalances(n) for n in (0, 1, 10, 50)}, ()),
    "replications": (
        table.LANES, {n: ("spec.duration=3m",) for n in (1, 4, 16)}, "replications"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lagsim", type=pathlib.Path)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    for axis, (file, points, kind) in AXES.items():
        print(f"\n{axis}\n{'':>10}{'records':>12}{'CPU s':>9}{'ns/record':>11}{'RSS MB':>8}")
        for value, sets in points.items():
            runs = ("-j1", "--replications", str(value if kind == "replications" else 1))
            row = table.Row(axis, file, "")
            costs = sorted((table.run(options.lagsim.resolve(), row, sets, runs)[0]
                            for _ in range(options.repetitions)), key=lambda c: c.cpu_s)
            cost = costs[len(costs) // 2]
            print(f"{value:>10}{cost.records:>12,}{cost.cpu_s:>9.2f}"
                  f"{cost.cpu_s / cost.records * 1e9:>11.1f}{cost.rss / table.MB:>8.0f}",
                  flush=True)


if __name__ == "__main__":
    main()
