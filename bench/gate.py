#!/usr/bin/python3
"""The regression gate: instructions of every benchmark's body against bench/baselines, +- 2 %.

usage: gate.py PROGRAM [--baselines FOLDER] [--update] [--skip BODY ...] [--burn BODY:STEPS ...]
       gate.py PROGRAM --self-test

PROGRAM is gate_bench (bench/gate.cmake). Instructions are callgrind's, with the kernels for AVX2:
valgrind knows no AVX-512. Exit 0: all within the tolerance; 1: not; 77: nothing was compared,
since there is no baseline for this compiler or CPU, or no valgrind (ctest says "Skipped").
--burn adds work to a body, for the self-test.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 0.02
INSTRUCTION_SET = "avx2"
NOTHING_COMPARED = 77
# Compiled with the flags of the build at hand; see bench/gate.cmake.
NEVER_COUNTED = ("Reader_SmallScenario",)


def run(command, **options):
    return subprocess.run(command, text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **options)


def count(program, skipped, burns):
    """Body -> instructions, in the order of the program."""
    with tempfile.TemporaryDirectory() as folder:
        result = run(["valgrind", "--tool=callgrind", "--instr-atstart=no",
                      f"--callgrind-out-file={folder}/out", program, "--count",
                      *(f"--skip={body}:" for body in skipped), *(f"--burn={b}" for b in burns)],
                     env={**os.environ, "LAGSIM_SIMD": INSTRUCTION_SET})
        if result.returncode != 0:
            sys.exit(f"gate: {program} failed under valgrind:\n{result.stderr}")
        counts = {}
        dumps = pathlib.Path(folder).glob("out.*")
        for dump in sorted(dumps, key=lambda path: int(path.suffix[1:])):
            text = dump.read_text(encoding="utf-8", errors="replace")
            body = re.search(r"^desc: Trigger: Client Request: (\S+)$", text, re.MULTILINE)
            counts[body.group(1)] = int(re.search(r"^totals: (\d+)$", text, re.MULTILINE).group(1))
        return counts


def times(program, skipped):
    """Body -> CPU nanoseconds of one run, for information only."""
    result = run([program, "--benchmark_min_time=0.02", "--benchmark_format=json"])
    if result.returncode != 0:
        sys.exit(f"gate: {program} failed:\n{result.stderr}")
    return {b["name"]: round(b["cpu_time"]) for b in json.loads(result.stdout)["benchmarks"]
            if b["name"] not in skipped}


def verdict(body, now, then):
    """What is wrong with one body; empty = nothing."""
    if body not in then:
        return "no baseline; script/bench --update-baselines"
    if body not in now:
        return "has a baseline but is gone; script/bench --update-baselines"
    change = now[body] / then[body] - 1
    if change > TOLERANCE:
        return f"SLOWER by {change:.1%}"
    if change < -TOLERANCE:
        return f"faster by {-change:.1%}: write the gain down, script/bench --update-baselines"
    return ""


def print_table(now, baseline, nanoseconds):
    then = baseline["instructions"]
    print(f"{'body':32}{'instructions':>14}{'baseline':>14}{'change':>9}{'CPU us':>11}{'then':>11}")
    bad = 0
    for body in list(now) + [body for body in then if body not in now]:
        wrong = verdict(body, now, then)
        bad += wrong != ""
        both = body in now and body in then
        print(f"{body:32}{now.get(body, ''):>14}{then.get(body, ''):>14}"
              + (f"{now[body] / then[body] - 1:>+9.2%}" if both else " " * 9)
              + "".join(f"{source[body] / 1000:>11.1f}" if body in source else " " * 11
                        for source in (nanoseconds, baseline["nanoseconds"]))
              + (f"  {wrong}" if wrong else ""))
    print("Time is for information: fewer instructions are not always faster.")
    return bad


def why_not(program, baselines, updating):
    """Why nothing can be compared here; empty = it can."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed (script/bootstrap test installs it)"
    if INSTRUCTION_SET not in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split():
        return f"no baseline for this CPU: it has no {INSTRUCTION_SET}"
    file = baseline_file(program, baselines)
    if not updating and not file.exists():
        return (f"no baseline for this compiler: there is no {file.name} in {baselines}; "
                "script/bench --update-baselines writes it")
    return ""


def baseline_file(program, baselines):
    return baselines / (run([program, "--compiler"]).stdout.strip() + ".json")


def gate(options):
    reason = why_not(options.program, options.baselines, options.update)
    if reason:
        print(f"gate: nothing compared: {reason}")
        return 1 if options.update else NOTHING_COMPARED
    skipped = (*NEVER_COUNTED, *options.skip)
    now = count(options.program, skipped, options.burn)
    nanoseconds = times(options.program, skipped)
    file = baseline_file(options.program, options.baselines)
    if options.update:
        file.write_text(json.dumps(
            {"compiler": file.stem, "instruction_set": INSTRUCTION_SET,
             "valgrind": run(["valgrind", "--version"]).stdout.strip(),
             "instructions": now, "nanoseconds": nanoseconds}, indent=1) + "\n", encoding="utf-8")
        print(f"gate: wrote {len(now)} bodies to {file}")
        return 0
    bad = print_table(now, json.loads(file.read_text(encoding="utf-8")), nanoseconds)
    print(f"gate: {bad} of {len(now)} bodies are outside +-{TOLERANCE:.0%} of {file.name}" if bad
          else f"gate: {len(now)} bodies within +-{TOLERANCE:.0%} of {file.name}")
    return 1 if bad else 0


# A decision, random numbers, the whole engine: enough to see that a slowdown is seen.
SELF_TEST_BODIES = ("Philox_Block", "Autoscaler_PollAndTwoSyncs", "Engine_Lanes")
PLANTED = 0.05


def self_test(program):
    """Fails unless 5 % more work in a body fails the gate, and the same work passes it."""
    names = run([program, "--benchmark_list_tests"]).stdout.split()
    others = [body for body in names if body not in SELF_TEST_BODIES]
    skip = [f"--skip={body}" for body in others]
    plain = count(program, others, [])
    burnt = count(program, others, [f"{SELF_TEST_BODIES[0]}:100000"])
    a_step = (burnt[SELF_TEST_BODIES[0]] - plain[SELF_TEST_BODIES[0]]) / 100_000
    failures = []

    def expect(code, words, *arguments):
        result = run([sys.executable, __file__, program, "--baselines", folder, *skip, *arguments])
        if result.returncode != code or not all(re.search(w, result.stdout) for w in words):
            failures.append(f"{arguments} should exit {code} and say {words}, but exits "
                            f"{result.returncode}:\n{result.stdout}{result.stderr}")

    with tempfile.TemporaryDirectory() as folder:
        expect(NOTHING_COMPARED, ["no baseline for this compiler"])
        expect(0, ["wrote 3 bodies"], "--update")
        expect(0, ["3 bodies within"])
        for body in SELF_TEST_BODIES:
            steps = round(plain[body] * PLANTED / a_step)
            expect(1, [rf"{body} .*SLOWER by (4\.[789]|5\.[0123])%", "gate: 1 of 3 bodies"],
                   "--burn", f"{body}:{steps}")
    for failure in failures:
        print(failure)
    print("gate: the self-test failed" if failures else
          f"gate: {PLANTED:.0%} more work in any of {', '.join(SELF_TEST_BODIES)} fails, none passes")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--baselines", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent / "baselines")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--burn", action="append", default=[])
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not options.self_test:
        return gate(options)
    if shutil.which("valgrind") is None:
        print("gate: nothing compared: valgrind is not installed")
        return NOTHING_COMPARED
    return self_test(options.program)


if __name__ == "__main__":
    sys.exit(main())
